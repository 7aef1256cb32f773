import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { ModelInstance, Projection } from '../../src/check/program.ts'
import { checkFile } from '../../src/disk/check-file.ts'
import { matchProjectionTensors, matchTensors, publishedName } from '../../src/weights/names.ts'
import { instance as find, program } from '../check/spec-text.ts'

/** Tensor names and shapes of files that published code wrote. */
function header(name: string): Map<string, number[]> {
  const path = join(import.meta.dirname, '../fixtures/headers', `${name}.json`)
  return new Map(Object.entries(JSON.parse(readFileSync(path, 'utf8'))))
}
function reference(name: string) {
  const { program: checked } = checkFile(`test/reference/${name}.distill`)
  if (checked === undefined) throw new Error(`${name} does not check`)
  return checked
}
const canonicalPaths = (instance: ModelInstance) => new Set(instance.parameters.map((p) => p.canonical))

describe('files of published code', () => {
  const cases = [
    'tinybert_general',
    'tinybert_prediction',
    'distilbert_pretrain',
    'squad_second_step',
    'albert_mlm',
  ]
  for (const name of cases) {
    for (const role of ['teacher', 'student'] as const) {
      if (name === 'albert_mlm' && role === 'teacher') continue
      test(`${name}, ${role}: every parameter has its tensor, of its shape`, () => {
        const checked = reference(name)
        const instance = [...checked.instances.values()].find((i) => i.role === role)
        if (instance === undefined) throw new Error(`no ${role}`)
        const tensors = header(`${name}.${role}`)
        const { map, missing } = matchTensors(instance, tensors.keys())
        // ALBERT's masked LM has no pooler, the model as declared has
        const without = name === 'albert_mlm' ? ['pooler.weight', 'pooler.bias'] : []
        expect(missing).toEqual(without)
        expect(new Set([...map.keys(), ...without])).toEqual(canonicalPaths(instance))
        for (const { canonical, shape } of instance.parameters) {
          if (without.includes(canonical)) continue
          expect(tensors.get(map.get(canonical) ?? '')).toEqual(shape)
        }
      })
    }
  }
  test('what the model does not use is told apart from copies', () => {
    const checked = reference('tinybert_general')
    const student = [...checked.instances.values()].find(({ role }) => role === 'student')
    if (student === undefined) throw new Error('no student')
    const { unexpected, buffers } = matchTensors(student, header('tinybert_general.student').keys())
    expect(unexpected).toContain('cls.seq_relationship.weight')
    expect(unexpected).toContain('fit_dense.weight')
    expect(buffers).toEqual([])
  })
  test('fit_dense is the projection', () => {
    const checked = reference('tinybert_general')
    const found = matchProjectionTensors(
      [...checked.projections.values()],
      header('tinybert_general.student').keys(),
    )
    expect([...found.values()].sort()).toEqual(['fit_dense.bias', 'fit_dense.weight'])
  })
})

const spec = (head: string, share = '') => `
  import { bert_base } from "std/bert.distill"
  import { masked_lm } from "std/heads.distill"
  model m = bert_base with { layers = 2, hidden_size = 12, heads = 2, vocabulary = 30 ${share} }
  student S : m { heads { mlm = ${head} } }`
const tied = find(program(spec('masked_lm(tied = embedding.word)')), 'S')

describe('other spellings', () => {
  const published = () => [...new Set(tied.parameters.map(({ path }) => publishedName(tied, path) ?? path))]
  test('prefix present or absent', () => {
    const names = published()
    expect(names).toContain('bert.pooler.dense.weight')
    const bare = names.map((name) => name.replace(/^bert\./, ''))
    for (const file of [names, bare]) {
      const { map, missing, unexpected } = matchTensors(tied, file)
      expect([missing, unexpected]).toEqual([[], []])
      expect([...map.values()].sort()).toEqual([...file].sort())
    }
  })
  test('our own names, with or without the name of the model', () => {
    const own = tied.parameters.map(({ path }) => path)
    expect(matchTensors(tied, own).missing).toEqual([])
    const owned = own.map((path) => `S.${path}`)
    expect(matchTensors(tied, owned).map.get('layer[1].ffn.up.weight')).toBe('S.layer[1].ffn.up.weight')
  })
  test('gamma and beta', () => {
    const old = published().map((name) =>
      name.includes('LayerNorm') ? name.replace(/weight$/, 'gamma').replace(/bias$/, 'beta') : name,
    )
    const { map, missing, unexpected } = matchTensors(tied, old)
    expect([missing, unexpected]).toEqual([[], []])
    expect(map.get('embedding.norm.scale')).toBe('bert.embeddings.LayerNorm.gamma')
    expect(map.get('layer[2].attention.norm.bias')).toBe(
      'bert.encoder.layer.1.attention.output.LayerNorm.beta',
    )
    expect(map.get('pooler.bias')).toBe('bert.pooler.dense.bias')
  })
  test('buffers, tied decoders and unused heads', () => {
    const extra = [
      'bert.embeddings.position_ids',
      'cls.predictions.decoder.weight',
      'cls.predictions.decoder.bias',
      'classifier.weight',
    ]
    const { buffers, duplicates, unexpected } = matchTensors(tied, [...published(), ...extra])
    expect(buffers).toEqual(['bert.embeddings.position_ids'])
    expect([...duplicates.keys()]).toEqual(['cls.predictions.decoder.weight', 'cls.predictions.decoder.bias'])
    expect(unexpected).toEqual(['classifier.weight'])
  })
  test('a decoder that is not tied is a parameter', () => {
    const untied = find(program(spec('masked_lm()')), 'S')
    const { map } = matchTensors(untied, ['cls.predictions.decoder.weight', 'cls.predictions.bias'])
    expect(map.get('mlm.logits.weight')).toBe('cls.predictions.decoder.weight')
  })
  test('the second copy of the bias of such a decoder is known', () => {
    const untied = find(program(spec('masked_lm()')), 'S')
    const copies = ['cls.predictions.decoder.weight', 'cls.predictions.bias', 'cls.predictions.decoder.bias']
    const { duplicates, unexpected } = matchTensors(untied, copies)
    expect([[...duplicates], unexpected]).toEqual([[['cls.predictions.decoder.bias', 'mlm.logits.bias']], []])
  })
  test('shared layers that a file repeats: the first holds the parameter, the others are copies', () => {
    const one = find(program(spec('masked_lm()', ', share layer[*] in 1 group')), 'S')
    const file = ['bert.encoder.layer.0.output.dense.weight', 'bert.encoder.layer.1.output.dense.weight']
    const { map, duplicates } = matchTensors(one, file)
    expect(map.get('layer[1].ffn.down.weight')).toBe(file[0])
    expect([...duplicates]).toEqual([[file[1], 'layer[1].ffn.down.weight']])
  })
  test('what is missing is named by our path', () => {
    const { missing } = matchTensors(
      tied,
      published().filter((name) => !name.includes('pooler')),
    )
    expect(missing).toEqual(['pooler.weight', 'pooler.bias'])
  })
})

describe('projections', () => {
  const projection = (name: string, indices?: number[]): Projection => ({
    name,
    ...(indices ? { indices } : {}),
    from: 12,
    to: 24,
    activation: 'linear',
    parameters: (indices ?? [undefined]).flatMap((index) => {
      const own = index === undefined ? '' : `[${index}].`
      return [
        { path: `${own}weight`, shape: [24, 12], kind: 'linear' as const },
        { path: `${own}bias`, shape: [24], kind: 'bias' as const },
      ]
    }),
    span: { file: 'test', start: 0, end: 0 },
  })
  test('own names first, TinyBERT’s for the only one', () => {
    const W = projection('W')
    expect(matchProjectionTensors([W], ['W.weight', 'fit_dense.weight', 'fit_dense.bias'])).toEqual(
      new Map([
        ['W.weight', 'W.weight'],
        ['W.bias', 'fit_dense.bias'],
      ]),
    )
    expect(matchProjectionTensors([W, projection('V')], ['fit_dense.weight']).size).toBe(0)
  })
  test('families', () => {
    const found = matchProjectionTensors(
      [projection('W', [1, 2])],
      ['fit_denses.1.weight', 'fit_denses.2.bias', 'fit_denses.0.weight'],
    )
    expect(found).toEqual(
      new Map([
        ['W[1].weight', 'fit_denses.1.weight'],
        ['W[2].bias', 'fit_denses.2.bias'],
      ]),
    )
  })
})
