import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { HostTensor, Runner } from '../../src/run/runner.ts'
import { evaluateBatch } from '../../src/train/step.ts'
import { readSafetensors } from '../../src/weights/safetensors.ts'
import { describeBackends } from '../run/backends.ts'
import { prepare, programOf } from './spec-run.ts'

/**
 * The losses of std/losses.distill against TextBrewer's own code, on every backend: values and gradients on its random tensors. A tensor becomes the state of a model
 * whose tokens are numbered 0, 1, 2 ... through a lookup that holds it, so that nothing but the language is used.
 */
const folder = 'test/fixtures/reference/textbrewer_losses'
const expected: Record<string, number> = JSON.parse(readFileSync(`${folder}/expected.json`, 'utf8'))
const tensors = readSafetensors(`${folder}/tensors.safetensors`)
const [B, L] = [4, 20]

function tensor(name: string): Float32Array {
  const found = tensors.get(name)
  if (!found) throw new Error(`no tensor ${name}`)
  return Float32Array.from(found.data, Number)
}

/** Models whose states are tensors: `state` [example, token, unit 32], `scores` [example, head 4, token, token'], `logits` [example, class 7]. */
const models = `
import { soft_cross_entropy, logit_mse, attention_mse, attention_mse_sum, attention_ce } from "std/losses.distill"
import { attention_ce_mean, pkd, fsp, nst_mmd } from "std/losses.distill"
model states { first_state = lookup(tokens, 80, 32), second_state = lookup(tokens, 80, 32) }
model attentions {
  rows = split(lookup(tokens, 80, 80), 4)
  columns = lookup(places, 20, 20)
  scores = dot(rows, columns)
}
model classifiers { rows = lookup(tokens, 80, 7), logits = linear(rows.first, 7, axis = class) }
`
interface Case {
  readonly model: string
  readonly loss: string
  /** Parameter -> tensor; the first is the one whose gradient is given. */
  readonly weights: readonly (readonly [string, string])[]
  readonly gradients: readonly (readonly [string, string])[]
}
const hidden = (loss: string): Case => ({
  model: 'states',
  loss,
  weights: [
    ['S.first_state', 'in0'],
    ['T.first_state', 'in1'],
  ],
  gradients: [['S.first_state', 'grad0']],
})
const attention = (loss: string): Case => ({
  model: 'attentions',
  loss,
  weights: [
    ['S.rows', 'in0'],
    ['T.rows', 'in1'],
  ],
  gradients: [['S.rows', 'grad0']],
})
const logits = (loss: string): Case => ({
  model: 'classifiers',
  loss,
  weights: [
    ['S.rows', 'in0'],
    ['T.rows', 'in1'],
  ],
  gradients: [['S.rows', 'grad0']],
})
const pairs = (loss: string): Case => ({
  model: 'states',
  loss,
  weights: [
    ['S.first_state', 's1'],
    ['S.second_state', 's2'],
    ['T.first_state', 't1'],
    ['T.second_state', 't2'],
  ],
  gradients: [
    ['S.first_state', 'grad_s1'],
    ['S.second_state', 'grad_s2'],
  ],
})
const cases: Record<string, Case> = {
  kd_ce: logits('soft_cross_entropy(S.logits, T.logits, temperature = 3)'),
  kd_mse: logits('logit_mse(S.logits, T.logits, temperature = 3)'),
  attention_mse_masked: attention('attention_mse(S.scores, T.scores)'),
  attention_mse_sum_masked: attention('attention_mse_sum(S.scores, T.scores)'),
  attention_ce_masked: attention('attention_ce(S.scores, T.scores)'),
  attention_ce_mean_masked: attention('attention_ce_mean(S.scores, T.scores)'),
  hidden_mse_masked: hidden('mse(S.first_state, T.first_state)'),
  cos_masked: hidden('cosine_distance(S.first_state, T.first_state)'),
  pkd: hidden('pkd(S.first_state, T.first_state)'),
  fsp_masked: pairs('fsp(S.first_state, S.second_state, T.first_state, T.second_state)'),
  nst_mmd_masked: pairs('nst_mmd(S.first_state, S.second_state, T.first_state, T.second_state)'),
}

/** [4, 4, 20, 20] example, head, token, token' as rows of a lookup: (example, token) x (head, token'). And back. */
function asRows(data: Float32Array, units: number, back = false): Float32Array {
  if (data.length === B * 7) {
    const rows = new Float32Array(B * L * 7)
    for (let b = 0; b < B; b++) rows.set(data.subarray(b * 7, b * 7 + 7), b * L * 7)
    return rows
  }
  if (units !== 80) return data
  const out = new Float32Array(data.length)
  for (let b = 0; b < B; b++)
    for (let h = 0; h < 4; h++)
      for (let i = 0; i < L; i++)
        for (let j = 0; j < L; j++) {
          const tensorAt = ((b * 4 + h) * L + i) * L + j
          const rowAt = (b * L + i) * 80 + h * L + j
          if (back) out[tensorAt] = data[rowAt] ?? 0
          else out[rowAt] = data[tensorAt] ?? 0
        }
  return out
}

function identity(size: number): Float32Array {
  return Float32Array.from({ length: size * size }, (_, i) => (Math.floor(i / size) === i % size ? 1 : 0))
}

function batch(mask: Float32Array) {
  const i32 = (shape: readonly number[], value: (i: number) => number): HostTensor => ({
    dtype: 'i32',
    shape,
    data: Int32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => value(i)),
  })
  const attended: HostTensor = { dtype: 'bool', shape: [B, L], data: Uint8Array.from(mask) }
  const inputs = new Map<string, HostTensor>([
    ['tokens', i32([B, L], (i) => i)],
    ['places', i32([L], (i) => i)],
    ['attended', attended],
  ])
  return { B, L, inputs, liveTokens: mask.reduce((a, b) => a + b, 0), examples: [] }
}

/** The loss of a case and its gradients, evaluated by a backend. */
function evaluated(name: string, { model, loss, weights }: Case, runner: Runner) {
  const program = programOf({
    text: `${models}
teacher T : ${model} { }
student S : ${model} { }
loss tested = ${loss}
stage s { minimize tested }`,
  })
  const [stage] = program.stages
  if (!stage) throw new Error('no stage')
  const prepared = prepare(program, stage, runner)
  const { store } = prepared
  const set = (key: string, data: Float32Array) => store.assign(key, data)
  for (const [parameter, source] of weights)
    set(`${parameter}.weight`, asRows(tensor(`${name}.${source}`), unitsOf(model)))
  for (const owner of ['S', 'T']) {
    if (model === 'attentions') set(`${owner}.columns.weight`, identity(20))
    if (model === 'classifiers') set(`${owner}.logits.weight`, identity(7))
  }
  const own = tensors.get(`${name}.in2`)
  const mask = own ? tensor(`${name}.in2`) : tensor('mask')
  return evaluateBatch(
    prepared,
    [batch(mask)],
    { seed: 0, stage: 's', step: 1 },
    { progress: 0, step: 1, epoch: 0 },
  )
}

function unitsOf(model: string): number {
  return model === 'attentions' ? 80 : 32
}

describeBackends(
  'on %s',
  (open) => {
    let runner: Runner
    beforeAll(async () => {
      runner = await open()
    })
    afterAll(() => runner.dispose())

    it.each(Object.entries(cases))('%s has the published value and gradients', (name, given) => {
      const { total, gradients } = evaluated(name, given, runner)
      const value = expected[name] ?? Number.NaN
      expect(Math.abs(total - value)).toBeLessThanOrEqual(1e-6 + 1e-5 * Math.abs(value))
      for (const [parameter, source] of given.gradients) {
        const units = unitsOf(given.model)
        const found = asRows(gradients.get(`${parameter}.weight`) ?? new Float32Array(), units, true)
        const wanted = tensor(`${name}.${source}`)
        const reference = given.model === 'classifiers' ? asRows(wanted, units) : wanted
        const difference = Array.from(reference, (x, i) => x - (found[i] ?? Number.NaN))
        expect(norm(difference), parameter).toBeLessThanOrEqual(1e-4 * norm(reference))
      }
    })
  },
  ['reference'],
)

function norm(values: Iterable<number>): number {
  return Math.sqrt(Array.from(values).reduce((sum, x) => sum + x * x, 0))
}
