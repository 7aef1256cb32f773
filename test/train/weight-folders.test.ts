import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { createRunner } from '../../src/backends/index.ts'
import { DiagnosticError } from '../../src/diagnostics/diagnostic.ts'
import { differentLabelOrder } from '../../src/diagnostics/messages/transformers.ts'
import { renderDiagnostics } from '../../src/diagnostics/render.ts'
import { checkFile } from '../../src/disk/check-file.ts'
import { knownDisagreements } from '../../src/train/weight-folders.ts'
import { writeFolder } from '../huggingface/folders.ts'
import { layouts, sizes } from '../huggingface/layouts.ts'
import { trainerOf } from './trainer-of.ts'

/** A spec beside folders of weights; what is wrong between them. */
const root = mkdtempSync(path.join(tmpdir(), 'weight-folders-'))
const runner = await createRunner('reference')
afterAll(() => {
  runner.dispose()
  rmSync(root, { recursive: true })
})
const at = (name: string): string => path.join(root, name)

const labels = ['bad', 'fair', 'good']
writeFileSync(
  at('train.tsv'),
  `text\tlabel\n${labels.map((name) => `word1 word2 ${name}\t${name}`).join('\n')}\n`,
)

let count = 0
/** A folder of BertForSequenceClassification that names its classes so. */
function folder(
  id2label: readonly string[] | undefined,
  name = 'BertForSequenceClassification',
  more: Readonly<Record<string, unknown>> = {},
): string {
  const layout = layouts[name]
  if (layout === undefined) throw new Error(`no layout ${name}`)
  const { id2label: _, ...config } = { ...layout.config, ...more }
  const named = id2label === undefined ? {} : { id2label: { ...id2label } }
  const place = `model-${++count}`
  writeFolder(at(place), name, { ...layout, config: { ...config, ...named } })
  return place
}

interface Parts {
  readonly weights: string
  readonly label?: string
  readonly tokenizer?: string
  readonly head?: string
  readonly student?: string
  /** In the braces of the model of both. */
  readonly model?: string
}

function specOf({
  weights,
  label,
  tokenizer,
  head = 'texts.label',
  student = '',
  model = '',
}: Parts): string {
  const { V, P, H, I, L } = sizes
  const list = label ?? `class(column("label"), [${labels.map((name) => `"${name}"`).join(', ')}])`
  return `import { bert_base } from "std/bert.distill"
import { classifier } from "std/heads.distill"
import { soften } from "std/losses.distill"
data texts {
  train = "train.tsv", text = column("text"), label = ${list}
  tokenizer = ${tokenizer ?? `"${weights}"`}, max_length = 12
}
model big = bert_base with {
  vocabulary = ${V}, positions = ${P}, hidden_size = ${H}, intermediate_size = ${I}, layers = ${L}, heads = 2${model}
}
teacher T : big { weights = "${weights}", heads { task = classifier(${head}) } }
student S : big { ${student}heads { task = classifier(${head}) } }
stage distil {
  minimize soften(S.task.logits, T.task.logits)
  data = texts, budget = 1 steps, batch = 2, optimizer = adam(rate = 1e-3)
}
`
}

function checked(parts: Parts) {
  const file = at('spec.distill')
  writeFileSync(file, specOf(parts))
  const { program, diagnostics, sources } = checkFile(file)
  if (program === undefined) throw new Error(renderDiagnostics(diagnostics, sources, { color: false }))
  return { program, sources }
}

/** What `distill check` adds. */
function found(parts: Parts): string {
  const { program, sources } = checked(parts)
  return renderDiagnostics(knownDisagreements(program), sources, { color: false }).replaceAll(`${root}/`, '')
}

/** What `distill train` says before its first step; nothing where it would go on. */
function refusal(parts: Parts, options: { readonly randomWeights?: boolean } = {}): string {
  const { program, sources } = checked(parts)
  try {
    trainerOf(program, at('run'), { runner, ...options })
    return ''
  } catch (error) {
    if (!(error instanceof DiagnosticError)) throw error
    return renderDiagnostics(error.diagnostics, sources, { color: false }).replaceAll(`${root}/`, '')
  }
}

describe('labels of weights', () => {
  it('in the order of the data are fine, however they are spelled', () => {
    expect(found({ weights: folder(labels) })).toBe('')
    expect(found({ weights: folder(['BAD', 'Fair', '_good']) })).toBe('')
    expect(refusal({ weights: folder(labels) })).toBe('')
  })
  it('in another order, or other labels, are refused by check and by train', async () => {
    const swapped = { weights: folder(['good', 'fair', 'bad']) }
    const others = { weights: folder(['entailment', 'neutral', 'contradiction']) }
    const said = [found(swapped), found(others), found({ ...swapped, head: '3' })]
    await expect(said.join('\n').replace(/model-\d+/g, 'model')).toMatchFileSnapshot(
      '../golden/train/weight-folders-labels.txt',
    )
    expect(refusal(swapped)).toBe(said[0])
    expect(refusal(others)).toBe(said[1])
    expect(refusal(swapped, { randomWeights: true })).toBe('')
  })
  it('that the data lists in a file are compared too', () => {
    writeFileSync(at('labels.txt'), `${labels.join('\n')}\n`)
    const label = 'class(column("label"), file("labels.txt"))'
    expect(found({ weights: folder(labels), label })).toBe('')
    expect(found({ weights: folder(['fair', 'bad', 'good']), label })).toContain(
      'put the lines of labels.txt in the order that',
    )
  })
  it('that are many are not all written out', () => {
    const many = [...labels, ...Array.from({ length: 20 }, (_, k) => `l${k}`)]
    const message = differentLabelOrder({
      head: 'T.task',
      file: 'config.json',
      found: many.toReversed(),
      data: 'd',
      labels: many,
      at: 0,
      tags: false,
      dataSpan: { file: 'a.distill', start: 0, end: 1 },
    })
    expect(message.help).toMatch(/"l19", "l18", .*, and 15 more\]\)$/)
  })
  it('with generic names, or none, say nothing', () => {
    expect(found({ weights: folder(['LABEL_0', 'LABEL_1', 'LABEL_2']) })).toBe('')
    expect(found({ weights: folder(undefined) })).toBe('')
  })
  it('that the data has as numbers are only counted, but a wrong order of numbers is seen', () => {
    const numbers = (list: string): string => `class(column("label"), [${list}])`
    const weights = folder(['good', 'fair', 'bad'])
    expect(found({ weights, label: numbers('"0", "1", "2"') })).toBe('')
    expect(found({ weights, label: numbers('"2", "1", "0"') })).toContain('E0320')
    expect(found({ weights: folder(['0', '1', '2']), label: numbers('"2", "1", "0"') })).toContain('E0319')
  })
  it('do not matter where the head is not in the file', () => {
    expect(found({ weights: folder(['x', 'y', 'z'], 'BertModel') })).toBe('')
  })
  it('are those of the student too, once for a head that is copied', () => {
    const good = folder(labels)
    const bad = folder(['good', 'fair', 'bad'])
    const both = found({ weights: good, student: `weights = "${bad}", ` })
    expect(both).toMatch(/the labels of S\.task stand in another order/)
    expect(both).not.toContain('T.task')
    const copied = found({ weights: bad, student: 'weights = T, ' })
    expect(copied.match(/E0319/g)).toHaveLength(1)
  })
})

describe('the vocabulary of weights', () => {
  it('of equal size, with other pieces, is refused by check and by train', async () => {
    const weights = folder(labels)
    const other = folder(labels)
    const words = Array.from({ length: sizes.V - 5 }, (_, k) => (k === 7 ? 'seven' : `word${k}`))
    writeFileSync(
      at(`${other}/vocab.txt`),
      `${['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', ...words].join('\n')}\n`,
    )
    const parts = { weights, tokenizer: `"${other}"` }
    const said = found(parts)
    await expect(said.replaceAll(weights, 'model').replaceAll(other, 'other')).toMatchFileSnapshot(
      '../golden/train/weight-folders-vocabulary.txt',
    )
    expect(refusal(parts)).toBe(said)
    const copied = found({ ...parts, student: 'weights = T, ' })
    expect(copied.match(/E0321/g)).toHaveLength(1)
  })
  it('is compared with one that is trained from texts before the first step', () => {
    const parts = { weights: folder(labels), tokenizer: 'wordpiece(size = 40)' }
    expect(found(parts)).toBe('')
    expect(refusal(parts)).toContain('in the text of texts')
  })
  it('that has the same pieces elsewhere, more pieces, or pieces in rows kept free, is fine', () => {
    const weights = folder(labels)
    cpSync(at(weights), at('copy'), { recursive: true })
    expect(found({ weights, tokenizer: '"copy"' })).toBe('')
    const pieces = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'a', '[unused1]', 'b']
    writeFileSync(at(`${weights}/vocab.txt`), `${pieces.join('\n')}\n`)
    writeFileSync(at('copy/vocab.txt'), `${pieces.slice(0, 6).join('\n')}\nmine\n`)
    expect(found({ weights, tokenizer: '"copy"' })).toBe('')
    writeFileSync(at('copy/vocab.txt'), `${[...pieces, 'more'].join('\n')}\n`)
    expect(found({ weights, tokenizer: '"copy"' })).toContain('piece 8 is nothing')
  })
  it('is read from any tokenizer.json', () => {
    const weights = folder(labels)
    const copy = folder(labels)
    rmSync(at(`${weights}/vocab.txt`))
    const vocab = Object.fromEntries(Array.from({ length: sizes.V }, (_, id) => [`b${id}`, id]))
    writeFileSync(at(`${weights}/tokenizer.json`), JSON.stringify({ model: { type: 'BPE', vocab } }))
    expect(found({ weights, tokenizer: `"${copy}"` })).toContain('piece 0 is `b0`')
    rmSync(at(`${weights}/tokenizer.json`))
    expect(found({ weights, tokenizer: `"${copy}"` })).toBe('')
  })
})

describe('weights of a run of ours', () => {
  /** The layout of a run whose model has the tensors of a folder. */
  const runOf = (name: string, noted: readonly string[], words: string): string => {
    const model = folder(undefined)
    mkdirSync(at(`${name}/best`), { recursive: true })
    mkdirSync(at(`${name}/tokenizers/texts`), { recursive: true })
    cpSync(at(`${model}/model.safetensors`), at(`${name}/best/T.safetensors`))
    const pieces = Array.from({ length: sizes.V - 5 }, (_, k) => `${words}${k}`)
    const all = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', ...pieces]
    writeFileSync(at(`${name}/tokenizers/texts/vocab.txt`), `${all.join('\n')}\n`)
    const data = { texts: { vocabulary: 'x', labels: noted.join(', '), train: '3 examples' } }
    writeFileSync(at(`${name}/config.json`), JSON.stringify({ version: 1, data }))
    return `${name}/best/T.safetensors`
  }
  const tokenizer = (): string => `"${folder(labels)}"`

  it('are fine with the labels and the vocabulary that it noted', () => {
    const weights = runOf('run-a', labels, 'word')
    expect(found({ weights, tokenizer: tokenizer() })).toBe('')
    expect(found({ weights, tokenizer: '"run-a/tokenizers/texts"' })).toBe('')
  })
  it('are refused with other ones', () => {
    const swapped = found({
      weights: runOf('run-b', ['fair', 'bad', 'good'], 'word'),
      tokenizer: tokenizer(),
    })
    expect(swapped).toMatch(/E0319\]: the labels of T\.task stand in another order in run-b\/config\.json/)
    const others = found({ weights: runOf('run-c', ['x', 'y', 'z'], 'word'), tokenizer: tokenizer() })
    expect(others).toMatch(/E0320\].* in run-c\/config\.json/)
    expect(others).not.toContain('id2label')
    const pieces = found({ weights: runOf('run-d', labels, 'piece'), tokenizer: tokenizer() })
    expect(pieces).toMatch(/E0321\].*piece 5 is `piece0` in run-d\/tokenizers\/texts\/vocab\.txt/)
  })
  it('say nothing where several sets of labels may be meant', () => {
    const weights = runOf('run-e', ['x', 'y', 'z'], 'word')
    const data = { a: { labels: 'x, y, z' }, b: { labels: 'u, v, w' } }
    writeFileSync(at('run-e/config.json'), JSON.stringify({ version: 1, data }))
    expect(found({ weights, tokenizer: tokenizer() })).toBe('')
  })
})

describe('the computation of weights', () => {
  const { V, P, H, E, I, L } = sizes
  const config = (more: Readonly<Record<string, unknown>>): string => folder(labels, undefined, more)
  const other = { num_attention_heads: 4, hidden_act: 'relu', layer_norm_eps: 1e-5 }

  it('that config.json says otherwise is one error in check and in train', async () => {
    const parts = { weights: config(other) }
    writeFileSync(
      at(`${parts.weights}/config.json`),
      JSON.stringify({ model_type: 'bert', ...other }, undefined, 2),
    )
    const unknown = { weights: config({ hidden_act: 'silu', position_embedding_type: 'relative_key' }) }
    const said = [found(parts), found(unknown)]
    await expect(said.join('\n').replace(/model-\d+/g, 'model')).toMatchFileSnapshot(
      '../golden/train/weight-folders-computation.txt',
    )
    expect(said[0]?.match(/error\[/g)).toHaveLength(1)
    expect(refusal(parts)).toBe(said[0])
    expect(refusal(unknown)).toBe(said[1])
    expect(refusal(parts, { randomWeights: true })).toBe('')
  })
  it('is fine where the spec says the same, by whatever name', () => {
    const same = ', heads = 4, activation = relu, epsilon = 1e-5'
    expect(found({ weights: config(other), model: same })).toBe('')
    expect(refusal({ weights: config(other), model: same })).toBe('')
    for (const name of ['gelu_new', 'gelu_pytorch_tanh'])
      expect(found({ weights: config({ hidden_act: name }), model: ', activation = gelu_tanh' })).toBe('')
    expect(found({ weights: config({ hidden_act: 'gelu_new' }) })).toContain(
      'activation is gelu here and gelu_tanh in',
    )
    expect(found({ weights: config({}), model: ', activation = relu' })).toContain(
      'no "hidden_act", which means "gelu"',
    )
  })
  it('is not compared where one side does not say it', () => {
    expect(found({ weights: config({ hidden_act: 'relu' }), model: ', activation = x -> gelu(x)' })).toBe('')
    expect(found({ weights: config({ ...other, model_type: 'roberta' }) })).toBe('')
    const weights = config(other)
    writeFileSync(at(`${weights}/config.json`), JSON.stringify({ num_attention_heads: 4 }))
    expect(found({ weights })).toBe('')
    writeFileSync(at(`${weights}/config.json`), 'no JSON')
    expect(found({ weights })).toBe('')
  })
  it('is its own affair in a student that takes its values, or parts of the file, and is trained', () => {
    const place = config(other)
    const spec = (student: string): string => `import { bert_base } from "std/bert.distill"
model own = bert_base with {
  vocabulary = ${V}, positions = ${P}, hidden_size = ${H}, intermediate_size = ${I}, layers = ${L}, heads = 2
}
model whole = own with { heads = 4, activation = relu, epsilon = 1e-5 }
teacher T : whole { weights = "${place}" }
student S : own { ${student} }
`
    const said = (student: string): string => {
      writeFileSync(at('own.distill'), spec(student))
      const { program, diagnostics, sources } = checkFile(at('own.distill'))
      if (program === undefined) throw new Error(renderDiagnostics(diagnostics, sources, { color: false }))
      return renderDiagnostics(knownDisagreements(program), sources, { color: false })
    }
    expect(said('weights = T')).toBe('')
    expect(said(`init { embedding from "${place}" }`)).toBe('')
    expect(said(`weights = "${place}", init { layer[1].attention from normal(0.02) }`)).toBe('')
    expect(said(`weights = "${place}"`)).toMatch(
      /^error\[E0322\]: S does not match the config\.json of its weights/,
    )
    expect(said(`init { ** from "${place}", embedding from normal(0.02) }`)).toContain('E0322')
  })
  it('has a number of layers that no tensor tells where they are shared', () => {
    const weights = folder(undefined, 'AlbertModel')
    const distil = folder(undefined, 'DistilBertModel')
    const spec = (base: string, settings: string, place: string): string => {
      writeFileSync(
        at('shared.distill'),
        `import { ${base} } from "std/bert.distill"
model small = ${base} with {
  vocabulary = ${V}, positions = ${P}, hidden_size = ${H}, intermediate_size = ${I}, heads = 2, ${settings}
}
teacher T : small { weights = "${place}" }
`,
      )
      const { program, diagnostics, sources } = checkFile(at('shared.distill'))
      if (program === undefined) throw new Error(renderDiagnostics(diagnostics, sources, { color: false }))
      return renderDiagnostics(knownDisagreements(program), sources, { color: false })
    }
    expect(spec('albert_base', `embedding_size = ${E}, layers = ${L}`, weights)).toBe('')
    expect(spec('albert_base', `embedding_size = ${E}, layers = ${L - 2}`, weights)).toContain(
      `layers is ${L - 2} here and ${L} in`,
    )
    expect(spec('distilbert', `layers = ${L}`, distil)).toBe('')
    expect(spec('distilbert', `layers = ${L - 2}`, distil)).toBe('')
    expect(spec('distilbert', `layers = ${L}, epsilon = 1e-5`, distil)).toContain(
      'always 1e-12 in the classes of distilbert',
    )
  })
})
