import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { readSafetensors, writeSafetensors } from '../../src/weights/safetensors.ts'
import { prepare, programOf } from '../lower/spec-run.ts'

/** `distill step` with several models, and with batches that do not fit. */
const root = new URL('../..', import.meta.url).pathname
const home = mkdtempSync(join(tmpdir(), 'step-'))
afterAll(() => rmSync(home, { recursive: true }))

const text = `import { bert_base } from "std/bert.distill"
import { classifier, masked_lm } from "std/heads.distill"
model small = bert_base with { vocabulary = 40, positions = 8, layers = 1, hidden_size = 8, heads = 2, intermediate_size = 8 }
model narrow = small with { hidden_size = 4 }
student A : small { heads { task = classifier(3) } }
student B : small { heads { task = classifier(3) } }
student M : small { heads { mlm = masked_lm(tied = embedding.word) } }
student N : narrow {}
projection W : narrow.hidden_size -> small.hidden_size = linear
loss hard(X) = cross_entropy(X.task.logits, batch.label)
stage two { minimize hard(A) + 2 * hard(B) }
stage one { minimize hard(A) }
stage words { minimize cross_entropy(M.mlm.logits, batch.original) where masked }
stage projected { minimize hard(A) + mse(W(N.hidden[1]), A.hidden[1]) }
`
const spec = join(home, 'spec.distill')
writeFileSync(spec, text)
const program = programOf({ text })

/** Drawn weights of a model under our names, with the projection beside those of N. */
for (const [name, { parameters }] of program.instances) {
  const [stage] = program.stages
  if (!stage) throw new Error('no stage')
  const { store } = prepare(program, stage)
  const written = new Map(
    parameters
      .filter(({ path, canonical }) => path === canonical)
      .map(({ path, shape }) => [path, { shape, data: store.get(`${name}.${path}`).data }]),
  )
  const keys = name === 'N' ? ['W.weight', 'W.bias'] : []
  for (const key of keys) written.set(key, { shape: store.get(key).shape, data: store.get(key).data })
  writeSafetensors(join(home, `${name}.safetensors`), written, 'none')
}

type Values = Readonly<
  Record<string, { readonly shape: readonly number[]; readonly data: readonly number[] }>
>
const ids = Array.from({ length: 12 }, (_, k) => 3 + k)
const good: Values = {
  input_ids: { shape: [2, 6], data: ids },
  labels: { shape: [2], data: [0, 2] },
  mlm_labels: { shape: [2, 6], data: ids.map((id, k) => (k % 3 === 0 ? id : -100)) },
}

function step(stage: string, change: Values = {}, backend = 'cpu') {
  const batch = join(home, 'batch.safetensors')
  const out = join(home, 'out')
  rmSync(out, { recursive: true, force: true })
  const tensors = Object.entries({ ...good, ...change }).map(
    ([name, { shape, data }]) => [name, { shape, data: Int32Array.from(data) }] as const,
  )
  writeSafetensors(batch, new Map(tensors), 'none')
  const students = ['A', 'B', 'M', 'N'].flatMap((name) => [
    '--student',
    `${name}=${home}/${name}.safetensors`,
  ])
  const { status, stderr } = spawnSync(
    process.execPath,
    [
      join(root, 'dist/distill.js'),
      'step',
      spec,
      '--stage',
      stage,
      ...students,
      '--batch',
      batch,
      '--out',
      out,
      '--backend',
      backend,
    ],
    { encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' } },
  )
  const gradients =
    status === 0 ? readSafetensors(join(out, 'gradients.safetensors')) : new Map<string, never>()
  return { status, said: stderr.replaceAll(`${home}/`, ''), gradients }
}
const changed = (name: string, at: number, value: number): Values => {
  const { shape, data } = good[name] ?? { shape: [], data: [] }
  return { [name]: { shape, data: data.map((one, k) => (k === at ? value : one)) } }
}

describe('gradients of a step', () => {
  it('of one trained model have the names of its file', () => {
    const { gradients } = step('one')
    expect([...gradients.keys()]).toContain('task.logits.weight')
    expect([...gradients.keys()].filter((name) => name.startsWith('A.'))).toEqual([])
  })
  it('of several are keyed by model: none overwrites another', () => {
    const { gradients } = step('two')
    const of = (name: string) => Array.from(gradients.get(name)?.data ?? [])
    expect(of('A.task.logits.bias')).toHaveLength(3)
    expect(of('B.task.logits.bias')).toHaveLength(3)
    expect(of('B.task.logits.bias')).not.toEqual(of('A.task.logits.bias'))
    expect([...gradients.keys()].every((name) => /^[AB]\./.test(name))).toBe(true)
  })
  it('of a projection have its own name, from the first file that has it', () => {
    const { gradients } = step('projected')
    expect(gradients.get('W.weight')?.shape).toEqual([8, 4])
    expect([...gradients.keys()]).toContain('N.embedding.word.weight')
  })
})

describe('a batch with values that are out of range is refused, with their place', () => {
  it.each([
    [
      'an id that the vocabulary does not have',
      'one',
      changed('input_ids', 7, 40),
      'input_ids of batch.safetensors holds 40 at example 1, position 1: it must be 0 to 39',
    ],
    [
      'a negative id',
      'one',
      changed('input_ids', 2, -1),
      'input_ids of batch.safetensors holds -1 at example 0, position 2',
    ],
    [
      'a label that is no class',
      'two',
      changed('labels', 1, 3),
      'labels of batch.safetensors holds 3 at example 1: it must be 0 to 2',
    ],
    [
      'a label that PyTorch would ignore',
      'one',
      changed('labels', 0, -100),
      'labels of batch.safetensors holds -100 at example 0: it must be 0 to 2',
    ],
    [
      'a masked piece that is no piece',
      'words',
      changed('mlm_labels', 3, 41),
      'mlm_labels of batch.safetensors holds 41 at example 0, position 3: it must be 0 to 39',
    ],
  ])('%s', (_, stage, change, said) => {
    const result = step(stage, change)
    expect(result.said).toContain(`error[E0971]: ${said}`)
    expect(result.said.match(/error\[/g)).toHaveLength(1)
    expect(result.status).toBe(1)
  })
  it('so is one that is longer than a table of positions', () => {
    const long = {
      input_ids: { shape: [1, 9], data: Array.from({ length: 9 }, () => 5) },
      labels: { shape: [1], data: [1] },
    }
    const { said, status } = step('one', {
      ...long,
      mlm_labels: { shape: [1, 9], data: Array.from({ length: 9 }, () => 5) },
    })
    expect(said).toContain(
      'error[E0971]: input_ids of batch.safetensors has position 8: there are only 8 rows of A.embedding.position',
    )
    expect(status).toBe(1)
  })
  it('what is not masked has no label, and is fine', () => {
    expect(step('words').status).toBe(0)
  })
})
