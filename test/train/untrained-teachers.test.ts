import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { renderDiagnostics } from '../../src/diagnostics/render.ts'
import { checkFile } from '../../src/disk/check-file.ts'
import { RunPlan } from '../../src/train/run-plan.ts'
import { untrainedTeachers } from '../../src/train/untrained-teachers.ts'
import { writeFolder } from '../huggingface/folders.ts'
import { layouts, sizes } from '../huggingface/layouts.ts'

/** Models that teach and were never taught. */
const root = mkdtempSync(path.join(tmpdir(), 'untrained-'))
afterAll(() => rmSync(root, { recursive: true }))
for (const name of ['BertModel', 'BertForSequenceClassification']) {
  const layout = layouts[name]
  if (layout) writeFolder(path.join(root, name), name, layout)
}

const { V, P, H, I, L } = sizes
const preamble = `import { bert_base } from "std/bert.distill"
import { classifier, masked_lm } from "std/heads.distill"
import { soften } from "std/losses.distill"
data texts {
  train = "train.tsv", text = column("text"), label = class(column("label"), ["bad", "fair", "good"])
  tokenizer = wordpiece(size = ${V}), max_length = 12
}
model big = bert_base with {
  vocabulary = ${V}, positions = ${P}, hidden_size = ${H}, intermediate_size = ${I}, layers = ${L}, heads = 2
}
student S : big { heads { task = classifier(texts.label) } }
`
const rest = 'data = texts, budget = 1 steps, batch = 2, optimizer = adam(rate = 1e-3)'
const soft = (teacher: string, name = 'distil'): string =>
  `stage ${name} { minimize soften(S.task.logits, ${teacher}.task.logits), ${rest} }`
const learn = (model: string, name = 'learn'): string =>
  `stage ${name} { minimize cross_entropy(${model}.task.logits, batch.label), ${rest} }`

/** What train says before anything runs; nothing where it would go on. */
function refusal(lines: readonly string[], stages?: readonly string[]): string {
  const file = path.join(root, 'spec.distill')
  writeFileSync(file, `${preamble}${lines.join('\n')}\n`)
  const { program, diagnostics, sources } = checkFile(file)
  const render = (all: typeof diagnostics): string =>
    renderDiagnostics(all, sources, { color: false }).replaceAll(`${root}/`, '')
  if (program === undefined) throw new Error(render(diagnostics))
  return render(untrainedTeachers(program, new RunPlan(program, stages).stages))
}

const teacher = 'teacher T : big { heads { task = classifier(texts.label) } }'
const from = (folder: string): string =>
  `teacher T : big { weights = "${folder}", heads { task = classifier(texts.label) } }`

describe('a teacher', () => {
  it('without weights, or without the head that is read, is refused', async () => {
    const said = [refusal([teacher, soft('T')]), refusal([from('BertModel'), soft('T')])]
    await expect(said.join('\n')).toMatchFileSnapshot('../golden/train/untrained-teachers.txt')
  })
  it('with weights is fine, and so is a head that no loss reads', () => {
    expect(refusal([from('BertForSequenceClassification'), soft('T')])).toBe('')
    const hidden = `stage distil { minimize mse(S.hidden[4], T.hidden[4]), ${rest} }`
    expect(refusal([from('BertModel'), hidden])).toBe('')
  })
  it('whose weights are not here is left to whoever reads them', () => {
    expect(refusal([from('nowhere'), soft('T')])).toBe('')
  })
  it('several are all named at once', () => {
    const two = [teacher, teacher.replace('T', 'B')]
    const both = `stage distil { minimize soften(S.task.logits, T.task.logits) + soften(S.task.logits, B.task.logits), ${rest} }`
    expect(refusal([...two, both]).match(/E0511/g)).toHaveLength(2)
  })
  it('that is made from one without weights has none', () => {
    expect(
      refusal([
        teacher,
        'teacher B : big { weights = T, heads { task = classifier(texts.label) } }',
        soft('B'),
      ]),
    ).toContain('B is read in stage distil')
    const half =
      'teacher B : big { weights = "BertForSequenceClassification", heads { task = classifier(texts.label) }'
    expect(refusal([teacher, `${half}, init { layer[2] from mean(T.layer[1..2]) } }`, soft('B')])).toContain(
      'B.layer[2] is read in stage distil',
    )
  })
  it('that proposes words for the data is one too', () => {
    const lines = [
      'teacher G : big { heads { mlm = masked_lm(tied = embedding.word) } }',
      'data more = texts with { augment { proposals = G.mlm } }',
      learn('S').replace('data = texts', 'data = more'),
    ]
    expect(refusal(lines)).toContain('G is read in stage learn')
    const tied = [
      `teacher G : big { weights = "BertModel", heads { mlm = masked_lm(tied = embedding.word) } }`,
    ]
    expect(refusal([...tied, ...lines.slice(1)])).toContain('G.mlm is read in stage learn')
  })
})

describe('a model that stages train', () => {
  const student = teacher.replace('teacher', 'student')
  const after = soft('T').replace('distil', 'distil after learn')

  it('may teach afterwards, itself or its copy', () => {
    expect(refusal([student, learn('T'), after])).toBe('')
    expect(
      refusal([
        student,
        'teacher K = T after learn',
        learn('T'),
        soft('K').replace('distil', 'distil after learn'),
      ]),
    ).toBe('')
    expect(
      refusal([
        student,
        learn('T'),
        'student Q : big { weights = K, heads { task = classifier(texts.label) } }',
        'teacher K = T after learn',
        soft('Q').replace('distil', 'distil after learn'),
      ]),
    ).toBe('')
  })
  it('may not teach before, or where its stage is left out', () => {
    const early = soft('T').replace('{ minimize', '{ train S, minimize')
    expect(refusal([student, early, learn('T').replace('learn', 'learn after distil')])).toContain(
      'stage learn trains it, but only later: let distil come after it',
    )
    const copy = [
      student,
      'teacher K = T after learn',
      learn('T'),
      soft('K').replace('distil', 'distil after learn'),
    ]
    expect(refusal(copy, ['distil'])).toMatch(
      /K is read in stage distil[\s\S]*stage learn trains it, but is not part of this run: add --stage learn/,
    )
    expect(refusal(copy, ['learn', 'distil'])).toBe('')
  })
  it('in part is its own business, however the rest starts', () => {
    const head = learn('S').replace('{ minimize', '{ train S.task, minimize')
    expect(refusal([head])).toBe('')
  })
  it('in part only, teaches nothing with the rest', () => {
    const head = learn('T').replace('{ minimize', '{ train T.task, minimize')
    expect(refusal([student, head, after.replace('{ minimize', '{ train S, minimize')])).toMatch(
      /^error\[E0511\]: T\.embedding, T\.layer\[1\], T\.layer\[2\] and 3 more /,
    )
  })
})

describe('a model that another one starts from', () => {
  const random = 'student T : big { heads { task = classifier(texts.label) } }'
  const heir = 'student H : big { weights = T, heads { task = classifier(texts.label) } }'
  const start = learn('H', 'start after learn')

  it('is refused where nothing has filled or trained it by then', async () => {
    const late = [random, heir, learn('H', 'start'), learn('T', 'learn after start')]
    const part = [
      from('BertModel'),
      'student H : big { init { task from T.task }, heads { task = classifier(texts.label) } }',
    ]
    const said = [
      refusal([random, heir, learn('H', 'start')]),
      refusal(late),
      refusal([...part, learn('H', 'start')]),
    ]
    await expect(said.join('\n')).toMatchFileSnapshot('../golden/train/untrained-sources.txt')
  })
  it('may have been trained before, be trained at the same time from a file, or lack a head', () => {
    expect(refusal([random, heir, learn('T'), start])).toBe('')
    expect(refusal([from('BertForSequenceClassification'), heir, learn('H', 'start')])).toBe('')
    expect(refusal([from('BertModel'), heir, learn('H', 'start')])).toBe('')
  })
  it('is refused where the stage that trains it is left out', () => {
    expect(refusal([random, heir, learn('T'), start], ['start'])).toContain(
      'stage learn trains it, but is not part of this run: add --stage learn',
    )
  })
  it('passes its values on, averaged, factorized or copied', () => {
    const slim = 'model slim = big with { factorize layer[1].ffn.up to rank(2) from svd }'
    const made =
      'student H : slim { init { ** from T, layer[2] from mean(T.layer[1..2]) }, heads { task = classifier(texts.label) } }'
    expect(refusal([random, slim, made, learn('T'), start])).toBe('')
    expect(refusal([random, slim, made, learn('H', 'start')])).toContain('H starts from T in stage start')
  })
  it('as a copy is there only when its stage is over', () => {
    const copy = [random, 'teacher K = T after learn', heir.replace('weights = T', 'weights = K')]
    expect(refusal([...copy, learn('T'), start])).toBe('')
    expect(refusal([...copy, learn('H', 'start'), learn('T', 'learn after start')])).toMatch(
      /H starts from K in stage start[\s\S]*stage learn trains it, but only later/,
    )
  })
  it('is the same error where a model that was made from it teaches', () => {
    const teacher = 'teacher B : big { weights = T, heads { task = classifier(texts.label) } }'
    expect(refusal([random, teacher, learn('T'), soft('B', 'distil after learn')])).toBe('')
    const said = refusal([random, teacher, soft('B', 'distil')])
    expect(said.match(/E0511\]/g)).toHaveLength(1)
  })
})
