/** Steps whose update happens on the device, against the same steps of the reference evaluator and against the update on the host. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRunner } from '../../src/backends/index.ts'
import { splitMicrobatches } from '../../src/data/batching.ts'
import { compileStage } from '../../src/lower/stage.ts'
import type { Passes } from '../../src/lower/stage-options.ts'
import { weightUpdate } from '../../src/optimize/pass.ts'
import type { Runner } from '../../src/run/runner.ts'
import { evaluateBatch, runSteps, type StepResult, trainStep } from '../../src/train/step.ts'
import type { OptimizerState } from '../../src/train/update.ts'
import { batchOf, prepare, programOf } from '../lower/spec-run.ts'
import { describeBackends } from '../run/backends.ts'

const wasm = await createRunner('wasm')
const reference = await createRunner('reference')
afterAll(() => wasm.dispose())

/** Dropout, groups of weights, a schedule, and a teacher; `settings` beside batch and optimizer. */
const specOf = (optimizer: string, settings = '') => `
import { bert_base } from "std/bert.distill"
import { classifier } from "std/heads.distill"
import { soften } from "std/losses.distill"
data texts { train = "train.tsv", text = column("text"), label = class(column("label"), ["a", "b"])
  tokenizer = wordpiece(size = 40), max_length = 12 }
model deep = bert_base with { vocabulary = texts.vocabulary, positions = 12, layers = 2, hidden_size = 16, heads = 2 }
model flat = deep with { layers = 1, hidden_size = 8 }
teacher T : deep { heads { task = classifier(texts.label) } }
student S : flat { heads { task = classifier(texts.label) } }
projection W : flat.hidden_size -> deep.hidden_size = linear
loss hidden = mse(W(S.hidden[1]), T.hidden[2]) where attended
stage distil {
  minimize soften(S.task.logits, T.task.logits, temperature = 2) + hidden
  data = texts, budget = 10 steps, batch = 6, microbatch = 3 ${settings}
  optimizer = ${optimizer} except [**.bias, **.scale] { weight_decay = 0, rate = 5e-3 }
}
`
const optimizers = {
  adamw: 'adamw(rate = linear(1e-2, warmup = 40%), weight_decay = 0.1, clip = 0.05)',
  adam: 'adam(rate = 1e-2, weight_decay = 0.01, clip = 0.05)',
  bert_adam: 'bert_adam(rate = 1e-2, weight_decay = 0.1)',
  lamb: 'lamb(rate = 1e-2, weight_decay = 0.1, clip = 0.05)',
  'published lamb':
    'lamb(rate = 1e-2, weight_decay = 0.1, clip = 0.05, bias_correction = off) except [**.bias, **.scale] { trust = off }',
  sgd: 'sgd(rate = 1e-1, momentum = 0.9, weight_decay = 0.01, clip = 0.05)',
}
const every: Passes = { disabled: new Set() }
const hostUpdate: Passes = { disabled: new Set(['fuse-optimizer']) }

function opened(spec: string, runner: Runner, passes: Passes) {
  const program = programOf({ text: spec })
  const [stage] = program.stages
  if (!stage?.optimizer) throw new Error('no stage')
  const { optimizer } = stage
  const capabilities = runner.capabilities ?? new Set<string>()
  const prepared = {
    ...prepare(program, stage, runner, 0.2),
    graphs: compileStage(program, stage, { passes, capabilities }),
    counter: reference,
  }
  const state: OptimizerState = new Map()
  const step = (n: number, lengths = [5, 9, 4, 7, 12, 3]): StepResult => {
    const batch = batchOf(lengths, { vocabulary: 40, classes: 2, ids: lengths.map((_, i) => 10 * n + i) })
    const random = { seed: 1, stage: stage.name, step: n }
    const moment = { progress: n / 10, step: n, epoch: 0 }
    return trainStep(prepared, optimizer, state, splitMicrobatches(batch, 3), random, moment)
  }
  return { stage, prepared, state, step, weights: () => prepared.store.snapshot(stage.trained) }
}

/** Largest difference of weights, as a share of the largest step that a weight took; a key's bias has a gradient of rounding alone. */
function apart(
  a: Map<string, Float32Array>,
  b: Map<string, Float32Array>,
  start: Map<string, Float32Array>,
): number {
  let [difference, moved] = [0, 0]
  for (const [key, values] of a) {
    if (key.endsWith('key.bias')) continue
    values.forEach((x, i) => {
      difference = Math.max(difference, Math.abs(x - (b.get(key)?.[i] ?? Number.NaN)))
      moved = Math.max(moved, Math.abs(x - (start.get(key)?.[i] ?? Number.NaN)))
    })
  }
  return difference / moved
}

describeBackends('on %s', (open, name) => {
  let runner: Runner
  beforeAll(async () => {
    runner = await open()
  })
  afterAll(() => runner.dispose())

  it.each(Object.entries(optimizers))(
    'two steps of %s, optimized, equal two steps of the reference evaluator: losses, norms and weights',
    (_name, optimizer) => {
      const [own, exact, host] = [
        opened(specOf(optimizer), runner, every),
        opened(specOf(optimizer), reference, 'none'),
        opened(specOf(optimizer), runner, hostUpdate),
      ]
      const onDevice = runner.capabilities?.has(weightUpdate) === true
      expect(onDevice || !['wasm', 'native', 'onnxruntime', 'webgpu'].includes(name)).toBe(true)
      expect([own, exact, host].map(({ prepared }) => prepared.graphs.step.keepsGradients === true)).toEqual([
        onDevice,
        false,
        false,
      ])
      const start = own.weights()
      for (const n of [1, 2]) {
        const [a, b, c] = [own.step(n), exact.step(n), host.step(n)]
        for (const [other, tolerance] of [
          [b, 2e-6],
          [c, 1e-6],
        ] as const) {
          expect(Math.abs(a.total - other.total)).toBeLessThanOrEqual(tolerance * other.total)
          expect(Math.abs(a.norm - other.norm)).toBeLessThanOrEqual(10 * tolerance * other.norm)
          expect(a.rate).toBe(other.rate)
          // A divergence is a small difference of logarithms: its rounding is that of what it is the difference of.
          for (const [term, value] of other.terms)
            expect(Math.abs((a.terms.get(term) ?? Number.NaN) - value)).toBeLessThanOrEqual(
              tolerance * other.total,
            )
        }
      }
      expect(apart(own.weights(), exact.weights(), start)).toBeLessThan(5e-5)
      // The norm is added up in another order; where a gradient is nearly nothing, what it is divided by makes more of that.
      expect(apart(own.weights(), host.weights(), start)).toBeLessThan(1e-5)
      for (const [key, { updates, slots }] of own.state) {
        expect(updates).toBe(2)
        expect(slots.map(({ data }) => data.length)).toEqual(
          host.state.get(key)?.slots.map(({ data }) => data.length),
        )
      }
    },
  )
})

describe('a step on the device', () => {
  it('takes the mean over micro-batches where the stage asks for it', () => {
    const spec = specOf(optimizers.adamw, ', normalise = microbatch')
    const [own, host] = [opened(spec, wasm, every), opened(spec, wasm, hostUpdate)]
    const start = own.weights()
    for (const n of [1, 2]) {
      const [a, b] = [own.step(n), host.step(n)]
      expect(Math.abs(a.norm - b.norm)).toBeLessThanOrEqual(1e-6 * b.norm)
      expect(Math.abs(a.total - b.total)).toBeLessThanOrEqual(1e-6 * b.total)
    }
    expect(apart(own.weights(), host.weights(), start)).toBeLessThan(1e-5)
  })

  it('holds the same after each of 200', () => {
    const own = opened(specOf(optimizers.adamw), wasm, every)
    own.step(0)
    const before = wasm.memory()
    for (let n = 1; n <= 200; n++) own.step(n % 3, [2, 3, 2, 3, 2, 3])
    expect(wasm.memory()).toEqual(before)
    // Reading everything back, as a checkpoint does, leaves nothing behind on the device either.
    own.weights()
    for (const { slots } of own.state.values())
      for (const { data } of slots) expect(data.every(Number.isFinite)).toBe(true)
    own.step(1, [2, 3, 2, 3, 2, 3])
    expect(wasm.memory()).toEqual(before)
  })

  it('that is not finite leaves weights and moments as they are, and nothing of its gradients', () => {
    const [own, other] = [
      opened(specOf(optimizers.adamw), wasm, every),
      opened(specOf(optimizers.adamw), wasm, every),
    ]
    for (const { step } of [own, other]) step(1)
    const key = 'T.task.logits.bias'
    const bias = own.prepared.store.get(key).data.slice()
    own.prepared.store.edit(key, (data) => data.fill(Number.NaN))
    const before = own.weights()
    const { finite, rate } = own.step(2)
    expect([finite, rate]).toEqual([false, 0])
    expect(own.weights()).toEqual(before)
    expect(own.state.get('S.task.logits.weight')?.updates).toBe(1)
    own.prepared.store.assign(key, bias)
    for (const { step } of [own, other]) step(2)
    expect(own.weights()).toEqual(other.weights())
  })

  it('reaches evaluation and an edit of the host without anybody asking for it', () => {
    const own = opened(specOf(optimizers.sgd), wasm, every)
    const { store, stage, graphs } = own.prepared
    const batch = batchOf([5, 7], { vocabulary: 40, classes: 2 })
    const moment = { progress: 0, step: 0, epoch: 0 }
    const run = (runner: Runner) =>
      evaluateBatch(
        { stage, graphs, store, runner, counter: reference },
        [batch],
        { seed: 0, stage: 's', step: 0 },
        moment,
      ).total
    own.step(1)
    expect(run(wasm)).toBeCloseTo(run(reference), 5)
    own.step(2)
    store.edit('S.task.logits.bias', (data) => data.fill(3))
    own.step(3)
    expect(store.get('S.task.logits.bias').data[0]).toBeCloseTo(3, 1)
  })

  it('is what `distill step` takes, whose gradients and trajectory are those of the host', () => {
    const batch = batchOf([5, 9, 4, 7], { vocabulary: 40, classes: 2 })
    const results = [every, hostUpdate].map((passes) => {
      const { prepared, weights } = opened(specOf(optimizers.adamw), wasm, passes)
      return { ...runSteps(prepared, splitMicrobatches(batch, 2), 3), weights: weights() }
    })
    const [own, host] = results
    // A norm is summed in another order there.
    expect((own?.norm ?? 0) / (host?.norm ?? 0)).toBeCloseTo(1, 6)
    expect({ ...own, norm: 0 }).toEqual({ ...host, norm: 0 })
  })
})
