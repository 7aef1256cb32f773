import { describe, expect, test } from 'vitest'
import { check, preamble } from './spec-text.ts'

/** What a spec may say but seldom means: the spec is a program all the same, and there is a way to write it without a warning. */
const warned = (spec: string): readonly string[] => {
  const { program, codes, rendered } = check(`${preamble}\n${spec}`)
  expect(program, rendered).toBeDefined()
  for (const line of rendered.match(/^\w+\[E\d+\]/gm) ?? []) expect(line).toMatch(/^warning/)
  return codes
}

describe('a target of some tokens', () => {
  const models = `
import { token_classifier } from "std/heads.distill"
student W : small { heads { mlm = masked_lm(tied = embedding.word), ner = token_classifier(3) } }`
  test.each([
    ['cross_entropy(W.mlm.logits, batch.original)', true],
    ['cross_entropy(W.mlm.logits, smooth(batch.original, 10%))', true],
    ['cross_entropy(W.mlm.logits, batch.original) per token', true],
    ['cross_entropy(W.mlm.logits, batch.original) where masked', false],
    ['cross_entropy(W.mlm.logits, batch.original) where attended', false],
    ['cross_entropy(W.ner.logits, batch.tags)', true],
    ['cross_entropy(W.ner.logits, batch.tags) where first_piece', false],
    ['cross_entropy(W.ner.logits, batch.tags) where any', false],
    ['cross_entropy(S.task.logits, batch.label)', false],
  ])('%s', (loss, warns) => {
    expect(warned(`${models}\nstage s { minimize ${loss} }`)).toEqual(warns ? ['E0679'] : [])
  })

  test('in a function, whose call may have the mask', () => {
    const words = `${models}\ndef words(s) = cross_entropy(s, batch.original)`
    expect(warned(`${words}\nstage s { minimize words(W.mlm.logits) where masked }`)).toEqual([])
    expect(warned(`${words}\nstage s { minimize words(W.mlm.logits) }`)).toEqual(['E0679'])
  })
})

describe('what is trained', () => {
  test.each([
    ['train S', []],
    ['train S, freeze S.embedding', []],
    ['train S.layer[2].ffn, train S.task', []],
    ['train S.layer[1], train U', ['E0779']],
    ['train S, train W', ['E0779']],
    ['train T', ['E0780']],
    ['train S, train T.task', ['E0780']],
  ])('%s', (lines, codes) => {
    const models = 'student U : small {}\nprojection W : small.hidden_size -> small.hidden_size = linear'
    const loss = 'cross_entropy(T.task.logits, batch.label) + imitate'
    expect(warned(`${models}\nstage s { ${lines}, minimize ${loss} }`)).toEqual(codes)
  })
  test('a head that the loss does not read', () => {
    expect(warned('stage s { train S.layer[2], train S.task, minimize mean(S.hidden[2] ^ 2) }')).toEqual([
      'E0779',
    ])
  })
  test('a teacher that a stage trains is a student with a frozen copy', () => {
    const models =
      'student M : small { heads { task = classifier(labelled.label) } }\nteacher K = M after first'
    const stages = `
stage first { minimize cross_entropy(M.task.logits, batch.label) }
stage second after first { minimize soften(S.task.logits, K.task.logits) }`
    expect(warned(`${models}${stages}`)).toEqual(['E0571'])
  })
})

describe('teacher and student swapped', () => {
  const library =
    'import { attention_ce, attention_mse, attention_transfer, minilm_values, soft_cross_entropy } from "std/losses.distill"'
  test.each([
    ['soften(T.task.logits, S.task.logits, temperature = 2)', true],
    ['soften(S.task.logits, T.task.logits, temperature = 2)', false],
    ['soft_cross_entropy(T.task.logits, S.task.logits)', true],
    ['attention_transfer(T.scores[1], S.scores[1])', true],
    ['attention_ce(T.scores[1], S.scores[1])', true],
    ['attention_ce(S.scores[1], T.scores[1])', false],
    ['minilm_values(T.value[1], S.value[1])', true],
    ['kl(T.task.logits, S.task.logits)', true],
    ['kl(constant(S.task.logits), S.task.logits)', true],
    // The same either way.
    ['attention_mse(T.scores[1], S.scores[1])', false],
    ['cosine_distance(T.hidden[1], S.hidden[1])', false],
    // The reverse divergence, on purpose.
    ['kl(s = T.task.logits, t = S.task.logits)', false],
    ['cross_entropy(S.task.logits, softmax(S.task.logits))', false],
  ])('%s', (loss, swapped) => {
    const spec = `${library}\nloss tested = ${loss}\nstage s { minimize tested + hard }`
    expect(warned(spec)).toEqual(swapped ? ['E0680'] : [])
  })
  test('of two students, the one that the stage trains learns', () => {
    const models = 'student U : small { heads { task = classifier(labelled.label) } }'
    const stage = (lines: string) =>
      `${models}\nstage s { ${lines} minimize soften(S.task.logits, U.task.logits) }`
    expect(warned(stage(''))).toEqual([])
    expect(warned(stage('train S,'))).toEqual([])
    expect(warned(stage('train U,'))).toEqual(['E0680'])
  })
  test("points at the user's call", () => {
    const { rendered } = check(
      `${preamble}\nloss tested = soften(T.task.logits, S.task.logits)\nstage s { minimize tested }`,
    )
    expect(rendered).toMatch(/loss tested = soften.*\n.*\^{36}\n[\s\S]*-{36}\n.*student first, target second/)
    expect(rendered).toContain(
      'stage `s` trains `S` as the target of this loss, and `T`, which is to learn from it, is frozen',
    )
  })
})

describe('a random start beside a trained teacher of the same shape', () => {
  const models = `
model half = bert_base with { layers = 6 }
model narrow = half with { hidden_size = 384, heads = 6 }
teacher F : bert_base { weights = "weights/bert-base" }
teacher R : bert_base {}`
  const lesson = (layer: number, teacher = 'F') =>
    `stage lesson { minimize mse(P.hidden[1], ${teacher}.hidden[${layer}]), train P }`
  const scalars =
    'stage lesson { minimize mse(mean(P.hidden[1], over = unit), mean(F.hidden[1], over = unit)), train P }'
  test.each([
    ['the same model', `student P : bert_base {}\n${lesson(1)}`, true],
    ['fewer layers', `student P : half {}\n${lesson(2)}`, true],
    ['narrower layers', `student P : narrow {}\n${scalars}`, false],
    ['a teacher that knows nothing', `student P : half {}\n${lesson(2, 'R')}`, false],
    ['a start from the teacher', `student P : bert_base { weights = F }\n${lesson(1)}`, false],
    [
      'a random start that is meant',
      `student P : half { init { **.weight from normal(0.02) } }\n${lesson(2)}`,
      false,
    ],
    [
      'more layers',
      `student P : bert_base {}\nteacher Q : half { weights = "weights/half" }\n${lesson(1, 'Q')}`,
      false,
    ],
  ])('%s', (_, spec, warns) => {
    expect(warned(`${models}\n${spec}`)).toEqual(warns ? ['E0571'] : [])
  })

  test('of a teacher that an earlier stage trains, or a copy of one', () => {
    const learn = 'student U : half {}\nstage learn { minimize mean(U.hidden[6] ^ 2) }\nstudent P : half {}'
    const after = 'stage lesson after learn { minimize mse(P.hidden[1], U.hidden[1]), train P }'
    expect(warned(`${models}\n${learn}\n${after}`)).toEqual(['E0571'])
    expect(warned(`${models}\n${learn}\nteacher V = U after learn\n${after.replace('U.h', 'V.h')}`)).toEqual([
      'E0571',
    ])
    const together =
      'student U : half {}\nstudent P : half {}\nstage lesson { minimize mse(P.hidden[1], U.hidden[1]) }'
    expect(warned(`${models}\n${together}`)).toEqual([])
  })

  test.each([
    ['the same model', 'student P : bert_base {}', 1],
    ['fewer layers', 'student P : half {}', 2],
    ['layers that do not divide', 'model five = bert_base with { layers = 5 }\nstudent P : five {}', 2],
    ['a head that the teacher has not', 'student P : half { heads { task = classifier(3) } }', 2],
  ])('what it advises makes the spec right: %s', (_, student, layer) => {
    const { rendered } = check(`${preamble}\n${models}\n${student}\n${lesson(layer)}`)
    const advised = [...rendered.matchAll(/^ {10,}((?:student|map) .*)$/gm)].map(([, line = '']) =>
      line.replace(/ \.\.\. \}$/, ' }'),
    )
    const heads = /heads \{.*?\}/.exec(student)?.[0]
    const fixed = advised.map((line) => (heads ? line.replace(/ \}$/, `, ${heads} }`) : line)).join('\n')
    expect(fixed).toContain('student P')
    const before = student.split('\n').filter((line) => !line.startsWith('student'))
    expect(warned([models, ...before, fixed, lesson(layer)].join('\n')), fixed).toEqual([])
  })
})
