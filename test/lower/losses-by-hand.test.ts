/** Losses on a few numbers, worked out here as their formulas are written: what a factor or a divisor in the library or in the rule of losses may not change. */
import { describe, expect, it } from 'vitest'
import type { HostTensor } from '../../src/run/runner.ts'
import { evaluateBatch } from '../../src/train/step.ts'
import { batchOf, prepare, programOf, random } from './spec-run.ts'

const [B, L, units] = [3, 4, 5]
const lengths = [4, 2, 3]
const rows = B * L
/** A state, or logits, for each token: token i of the batch has id i. */
const models = `
import { soften, soft_cross_entropy, tinybert_prediction } from "std/losses.distill"
model states { state = lookup(tokens, ${rows}, ${units}), logits = linear(state.first, ${units}, axis = class) }
teacher T : states { }
student S : states { }
`
const student = Float32Array.from({ length: rows * units }, (_, i) => 4 * random(i) - 2)
const teacher = Float32Array.from({ length: rows * units }, (_, i) => 4 * random(1000 + i) - 2)
const identity = Float32Array.from({ length: units * units }, (_, i) => (i % (units + 1) === 0 ? 1 : 0))

/** `masked`: by token; default: the batch's own. */
function evaluate(loss: string, masked?: readonly number[]) {
  const program = programOf({ text: `${models}stage s { minimize ${loss} }` })
  const [stage] = program.stages
  if (!stage) throw new Error('no stage')
  const prepared = prepare(program, stage)
  for (const owner of ['S', 'T']) {
    prepared.store.assign(`${owner}.state.weight`, owner === 'S' ? student : teacher)
    prepared.store.assign(`${owner}.logits.weight`, identity)
  }
  const batch = batchOf(lengths, { vocabulary: rows, classes: units, L })
  const tokens: HostTensor = {
    dtype: 'i32',
    shape: [B, L],
    data: Int32Array.from({ length: rows }, (_, i) => i),
  }
  const inputs = new Map([...batch.inputs, ['tokens', tokens] as const])
  if (masked) inputs.set('masked', { dtype: 'bool', shape: [B, L], data: Uint8Array.from(masked) })
  const moment = { progress: 0, step: 1, epoch: 0 }
  const { total, gradients } = evaluateBatch(
    prepared,
    [{ ...batch, inputs }],
    { seed: 0, stage: 's', step: 1 },
    moment,
  )
  return { total, gradient: gradients.get('S.state.weight') ?? new Float32Array() }
}

const row = (values: Float32Array, i: number): number[] => [...values.slice(i * units, (i + 1) * units)]
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0)
const mean = (values: readonly number[]): number => sum(values) / values.length
const softmax = (logits: readonly number[]): number[] => {
  const exps = logits.map(Math.exp)
  return exps.map((x) => x / sum(exps))
}
/** Student and teacher of the first token of each example, softened. */
const softened = (temperature: number) =>
  Array.from({ length: B }, (_, b) => {
    const at = (values: Float32Array) => softmax(row(values, b * L).map((x) => x / temperature))
    return { p: at(teacher), q: at(student) }
  })
const divergence = (p: readonly number[], q: readonly number[]): number =>
  sum(p.map((x, i) => x * Math.log(x / (q[i] ?? Number.NaN))))
const crossEntropy = (p: readonly number[], q: readonly number[]): number =>
  sum(p.map((x, i) => -x * Math.log(q[i] ?? Number.NaN)))

describe('softened logits', () => {
  const temperature = 3

  it('soften: T^2 KL(teacher || student), whose gradient is T (student - teacher)', () => {
    const { total, gradient } = evaluate(`soften(S.logits, T.logits, temperature = ${temperature})`)
    const examples = softened(temperature)
    expect(total).toBeCloseTo(temperature ** 2 * mean(examples.map(({ p, q }) => divergence(p, q))), 6)
    examples.forEach(({ p, q }, b) => {
      row(gradient, b * L).forEach((slope, i) => {
        expect(slope).toBeCloseTo((temperature * ((q[i] ?? 0) - (p[i] ?? 0))) / B, 6)
      })
    })
  })

  it('soft_cross_entropy and tinybert_prediction: without T^2, the second over classes too', () => {
    const wanted = mean(softened(temperature).map(({ p, q }) => crossEntropy(p, q)))
    const of = (loss: string) => evaluate(`${loss}(S.logits, T.logits, temperature = ${temperature})`).total
    expect(of('soft_cross_entropy')).toBeCloseTo(wanted, 6)
    expect(of('tinybert_prediction')).toBeCloseTo(wanted / units, 6)
  })
})

describe('within example', () => {
  /** Mean of (student - teacher)^2 over units, by token. */
  const squares = Array.from({ length: rows }, (_, i) => {
    const target = row(teacher, i)
    return mean(row(student, i).map((x, k) => (x - (target[k] ?? Number.NaN)) ** 2))
  })
  const masks = [
    ['in each example', [1, 1, 0, 1, 0, 1, 0, 0, 1, 0, 0, 0]],
    ['in none of the second', [1, 1, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0]],
    ['in the last alone', [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0]],
  ] as const

  it.each(masks)('is the mean of the examples that have a live token: %s', (_, masked) => {
    const means = Array.from({ length: B }, (_, b) =>
      squares.filter((_, i) => Math.floor(i / L) === b && masked[i] === 1),
    ).flatMap((live) => (live.length === 0 ? [] : [mean(live)]))
    const { total } = evaluate('(mse(S.state, T.state) where masked) within example', masked)
    expect(total).toBeCloseTo(mean(means), 6)
  })
})
