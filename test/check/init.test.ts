import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { InitialValue, Program } from '../../src/check/program.ts'
import { check, instance, program } from './spec-text.ts'

const imports = `
  import { bert_base, albert_base } from "std/bert.distill"
  import { classifier, masked_lm } from "std/heads.distill"
  model small = bert_base with { layers = 2, hidden_size = 12, heads = 2, vocabulary = 30 }
  model tall = small with { layers = 4 }
`
function initial(checked: Program, name: string, path: string): InitialValue {
  const found = instance(checked, name).parameters.find((parameter) => parameter.path === path)
  if (found === undefined) throw new Error(`no parameter ${path}`)
  return found.initial
}
const copyOf = (path: string) => ({ kind: 'copy', from: { owner: 'T', path } })

describe('what no line says', () => {
  test('a model without init lines has the defaults', () => {
    const checked = program(`
      model bare {
        hidden_size = 6
        word = lookup(tokens, 10, hidden_size)
        up = linear(word, hidden_size)
        norm = layer_norm(up, 1e-12)
      }
      student S : bare { }`)
    expect(initial(checked, 'S', 'word.weight')).toEqual({ kind: 'normal', deviation: 0.02 })
    expect(initial(checked, 'S', 'up.bias')).toEqual({ kind: 'zeros' })
    expect(initial(checked, 'S', 'norm.scale')).toEqual({ kind: 'ones' })
    expect(initial(checked, 'S', 'norm.bias')).toEqual({ kind: 'zeros' })
  })
  test('lines of the model read its settings, late', () => {
    const checked = program(`${imports}
      model wild = small with { std = 0.5 }
      model one = albert_base with { vocabulary = 30, hidden_size = 12, embedding_size = 12, heads = 2, layers = 2 }
      student S : wild { }
      student A : one { }`)
    expect(initial(checked, 'S', 'pooler.weight')).toEqual({ kind: 'normal', deviation: 0.5 })
    expect(initial(checked, 'S', 'pooler.bias')).toEqual({ kind: 'zeros' })
    expect(initial(checked, 'A', 'pooler.weight')).toEqual({ kind: 'truncated_normal', deviation: 0.02 })
  })
})

describe('sources', () => {
  test('paths of a teacher, with a map in the index; the last line wins', () => {
    const checked = program(`${imports}
      teacher T : tall { heads { mlm = masked_lm(tied = embedding.word) } }
      map h : small -> tall = [1, 4]
      student S : small {
        heads { mlm = masked_lm(tied = embedding.word) }
        init {
          embedding from T.embedding
          layer[m] from T.layer[h(m)]
          mlm from T.mlm
          layer[2].ffn.up from normal(0.1)
          **.norm.scale from ones()
        }
      }`)
    expect(initial(checked, 'S', 'embedding.word.weight')).toEqual(copyOf('embedding.word.weight'))
    expect(initial(checked, 'S', 'layer[2].attention.query.weight')).toEqual(
      copyOf('layer[4].attention.query.weight'),
    )
    expect(initial(checked, 'S', 'layer[1].ffn.norm.bias')).toEqual(copyOf('layer[1].ffn.norm.bias'))
    expect(initial(checked, 'S', 'layer[1].ffn.norm.scale')).toEqual({ kind: 'ones' })
    expect(initial(checked, 'S', 'layer[2].ffn.up.bias')).toEqual({ kind: 'normal', deviation: 0.1 })
    expect(initial(checked, 'S', 'mlm.logits.bias')).toEqual(copyOf('mlm.logits.bias'))
    expect(initial(checked, 'S', 'pooler.weight')).toEqual({ kind: 'normal', deviation: 0.02 })
  })
  test('a whole teacher; a single binding', () => {
    const checked = program(`${imports}
      teacher T : small { }
      student S : small { weights = T, init { pooler from normal(1), layer[1].ffn.up from T.layer[2].ffn.up } }`)
    expect(initial(checked, 'S', 'layer[2].ffn.up.bias')).toEqual(copyOf('layer[2].ffn.up.bias'))
    expect(initial(checked, 'S', 'layer[1].ffn.up.bias')).toEqual(copyOf('layer[2].ffn.up.bias'))
    expect(initial(checked, 'S', 'pooler.weight')).toEqual({ kind: 'normal', deviation: 1 })
  })
  test('a checkpoint, its name filled from settings', () => {
    const checked = check(`${imports}
      setting task = "sst2"
      teacher T : small { weights = "weights/bert-{task}" }
      student S : small { init { embedding from "weights/other" } }`)
    expect(checked.codes).toEqual([])
    if (!checked.program) throw new Error('no program')
    const path = join(checked.folder, 'weights/bert-sst2')
    expect(initial(checked.program, 'T', 'pooler.weight')).toMatchObject({ kind: 'checkpoint', path })
    const other = { kind: 'checkpoint', path: join(checked.folder, 'weights/other') }
    expect(initial(checked.program, 'S', 'embedding.word.weight')).toMatchObject(other)
    expect(initial(checked.program, 'S', 'pooler.weight')).toMatchObject({ kind: 'normal' })
  })
  test('means of ranges for shared layers', () => {
    const checked = program(`${imports}
      teacher T : tall { }
      model one = tall with { share layer[*] in 2 groups }
      student S : one {
        init { layer[1..2] from mean(T.layer[1..2]), layer[3..4] from mean(T.layer[3], T.layer[4]) }
      }`)
    expect(initial(checked, 'S', 'layer[2].ffn.up.weight')).toEqual({
      kind: 'mean',
      from: [
        { owner: 'T', path: 'layer[1].ffn.up.weight' },
        { owner: 'T', path: 'layer[2].ffn.up.weight' },
      ],
    })
    expect(initial(checked, 'S', 'layer[4].ffn.up.weight')).toMatchObject({
      from: [{ path: 'layer[3].ffn.up.weight' }, { path: 'layer[4].ffn.up.weight' }],
    })
  })
  test('groups of shared layers, picked or averaged by their number', () => {
    const of = (source: string) =>
      program(`${imports}
      teacher T : tall { }
      model one = tall with { share layer[*] in 2 groups }
      student S : one { init { layer[m] from ${source} } }`)
    const picked = of('T.layer[2 * floor((m - 1) / 2) + 1]')
    const averaged = of('mean(T.layer[2 * floor((m - 1) / 2) + 1..2 * floor((m - 1) / 2) + 2])')
    for (const [m, first] of [1, 1, 3, 3].entries()) {
      const path = `layer[${m + 1}].ffn.up.weight`
      expect(initial(picked, 'S', path)).toEqual(copyOf(`layer[${first}].ffn.up.weight`))
      expect(initial(averaged, 'S', path)).toMatchObject({
        kind: 'mean',
        from: [{ path: `layer[${first}].ffn.up.weight` }, { path: `layer[${first + 1}].ffn.up.weight` }],
      })
    }
  })
  test('factors of a teacher matrix; the bias beside it is copied', () => {
    const text = (factorize: string, init: string) => `${imports}
      teacher T : small { }
      model slim = small with { factorize layer[*].ffn.up to rank(5) ${factorize} }
      student S : slim { init { ${init} } }`
    for (const checked of [
      program(text('', '** from T, layer[m].ffn.up from svd(T.layer[m].ffn.up)')),
      program(text('from svd', '** from T')),
    ]) {
      const of = { owner: 'T', path: 'layer[2].ffn.up.weight' }
      expect(initial(checked, 'S', 'layer[2].ffn.up.left')).toEqual({
        kind: 'svd',
        of,
        side: 'left',
        rank: 5,
      })
      expect(initial(checked, 'S', 'layer[2].ffn.up.right')).toEqual({
        kind: 'svd',
        of,
        side: 'right',
        rank: 5,
      })
      expect(initial(checked, 'S', 'layer[2].ffn.up.bias')).toEqual(copyOf('layer[2].ffn.up.bias'))
      expect(initial(checked, 'S', 'layer[2].ffn.down.weight')).toEqual(copyOf('layer[2].ffn.down.weight'))
    }
  })
  test('shared from shared: two places of one parameter are one source', () => {
    const checked = program(`${imports}
      model one = small with { share layer[*] in 1 group }
      teacher T : one { }
      student S : one { init { layer[m] from T.layer[m] } }`)
    expect(initial(checked, 'S', 'layer[2].ffn.up.weight')).toEqual(copyOf('layer[1].ffn.up.weight'))
  })
  test('a copy comes from what it copies', () => {
    const checked = program(`${imports}
      student S : small { heads { task = classifier(2) } }
      teacher A = S after first
      stage first { minimize cross_entropy(S.task.logits, batch.label) }`)
    expect(initial(checked, 'A', 'pooler.weight')).toEqual({
      kind: 'copy',
      from: { owner: 'S', path: 'pooler.weight' },
    })
  })
})

describe('a line of a model', () => {
  const models = (path: string): string => `${imports}
    model base = small with { init { ${path} from normal(0.05) } }
    student S : base { heads { task = classifier(2) } }`
  test('that reaches only a head is an error, whichever teacher or student has the head', () => {
    expect(check(models('task.**')).codes).toEqual(['E0431'])
    expect(check(models('task.**').replace('heads { task = classifier(2) }', '')).codes).toEqual(['E0431'])
  })
  test('that reaches heads among others is none', () => {
    expect(initial(program(models('**.weight')), 'S', 'task.logits.weight')).toEqual({
      kind: 'normal',
      deviation: 0.05,
    })
  })
})
