/** Training on the GPU: what the host waits for, what stays behind, and updates against their formulas in float64. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRunner } from '../../src/backends/index.ts'
import { webGpuRunner } from '../../src/backends/webgpu/index.ts'
import { updateKernelsOn } from '../../src/backends/webgpu/update-kernels.ts'
import { splitMicrobatches } from '../../src/data/batching.ts'
import { compileStage } from '../../src/lower/stage.ts'
import type { Held } from '../../src/run/device.ts'
import type { UpdateKernels } from '../../src/run/device-updater.ts'
import type { Runner } from '../../src/run/runner.ts'
import { applyPlainly } from '../../src/train/optimizers/apply-rule.ts'
import { optimizers } from '../../src/train/optimizers/index.ts'
import { trainStep } from '../../src/train/step.ts'
import type { OptimizerState } from '../../src/train/update.ts'
import { batchOf, prepare, programOf, random } from '../lower/spec-run.ts'
import { standingOf } from '../required.ts'
import { describeStanding } from '../run/describe-standing.ts'
import { updateSettings as settings } from '../run/update-settings.ts'

describeStanding('webgpu', await standingOf('webgpu'), () => {
  let runner: Awaited<ReturnType<typeof webGpuRunner>>
  let gpu: typeof runner.gpu
  let counter: Runner
  let updates: UpdateKernels
  beforeAll(async () => {
    runner = await webGpuRunner()
    gpu = runner.gpu
    updates = updateKernelsOn(gpu)
    counter = await createRunner('reference')
  })
  afterAll(() => runner.dispose())

  const spec = (optimizer: string) => `
import { bert_base } from "std/bert.distill"
import { classifier } from "std/heads.distill"
import { soften } from "std/losses.distill"
data texts { train = "train.tsv", text = column("text"), label = class(column("label"), ["a", "b"])
  tokenizer = wordpiece(size = 40), max_length = 12 }
model deep = bert_base with { vocabulary = texts.vocabulary, positions = 12, layers = 1, hidden_size = 16, heads = 2 }
teacher T : deep { heads { task = classifier(texts.label) } }
student S : deep { heads { task = classifier(texts.label) } }
stage distil {
  minimize soften(S.task.logits, T.task.logits, temperature = 2) + mse(S.hidden[1], T.hidden[1])
  data = texts, budget = 10 steps, batch = 6, microbatch = 3
  optimizer = ${optimizer}
}
`

  function opened(optimizer: string) {
    const program = programOf({ text: spec(optimizer) })
    const [stage] = program.stages
    if (!stage?.optimizer) throw new Error('no stage')
    const used = stage.optimizer
    const { capabilities } = runner
    const graphs = compileStage(program, stage, { passes: { disabled: new Set() }, capabilities })
    const context = { ...prepare(program, stage, runner, 0.2), graphs, counter }
    const state: OptimizerState = new Map()
    return (n: number) => {
      const batch = batchOf([5, 9, 4, 7, 12, 3], { vocabulary: 40, classes: 2, ids: [0, 1, 2, 3, 4, 5 + n] })
      const moment = { progress: n / 40, step: n, epoch: 0 }
      const key = { seed: 1, stage: stage.name, step: n }
      return trainStep(context, used, state, splitMicrobatches(batch, 3), key, moment)
    }
  }

  // A limit on the norm of all gradients together, on each one's own, and a ratio of norms: whatever an optimizer wants to know of norms.
  describe.each([
    'adamw(rate = 1e-3, clip = 0.05)',
    'bert_adam(rate = 1e-3)',
    'lamb(rate = 1e-3, clip = 0.05)',
    'sgd(rate = 1e-2, momentum = 0.9)',
  ])('a step of two micro-batches with %s', (optimizer) => {
    it('is waited for once: losses of both and the norm come to the host together', () => {
      const step = opened(optimizer)
      // The first one gives back what the model before it had left on the GPU.
      step(0)
      for (const n of [1, 2, 3]) {
        const before = gpu.readBacks
        const { finite, total, norm } = step(n)
        expect([finite, total > 0, norm > 0]).toEqual([true, true, true])
        expect(gpu.readBacks - before).toBe(1)
      }
    })
  })

  it('says what it runs on, and that it is slow where a processor imitates a GPU', () => {
    const { hardware, description } = runner.adapter
    expect(runner.detail).toContain(description)
    expect(runner.detail.includes('slow')).toBe(!hardware)
  })

  it('holds the same after each step, here and in the thread', () => {
    const step = opened('adamw(rate = 1e-3)')
    step(0)
    step(1)
    const [own, thread] = [gpu.memory(), gpu.threadMemory()]
    for (let n = 2; n < 32; n++) step(n)
    expect(gpu.memory()).toEqual(own)
    expect(gpu.threadMemory()).toEqual(thread)
    expect(thread.values).toBe(own.tensors)
  })

  const upload = (data: Float32Array): Held => gpu.upload(data, [data.length], 'float32')

  /** Numbers of many sizes, zeros among them. */
  function drawn(n: number, salt: number): Float32Array {
    return Float32Array.from({ length: n }, (_, i) => {
      const x = random(i + 7919 * salt)
      return i % 7 === 3 ? 0 : (x - 0.5) * 10 ** -(i % 6)
    })
  }

  describe.each(['adamw', 'adam', 'bert_adam', 'lamb', 'sgd'] as const)('the update of %s', (kind) => {
    // less than one invocation adds up, more than one round of sums
    it.each([1, 50, 9001])('follows its formula in float64 over six steps of %i numbers', (n) => {
      const optimizer = optimizers[kind]
      const expected = drawn(n, 1)
      const slots = optimizer.slots.map(() => new Float32Array(n))
      const [parameter, ...moments] = [expected, ...slots].map(upload)
      if (parameter === undefined) throw new Error('no parameter')
      for (let update = 1; update <= 6; update++) {
        const values = drawn(n, 17 * update)
        const gradient = upload(values)
        const rule = optimizer.rule({ rate: 1e-3 * update, update, settings, scale: 0.4, clip: 0.3 })
        const squares = updates.squares(gradient)
        const exact = values.reduce((sum, x) => sum + x * x, 0)
        expect(Math.abs(squares - exact)).toBeLessThanOrEqual(1e-6 * exact)
        updates.update(rule, parameter, gradient, moments, squares)
        applyPlainly(rule, expected, values, slots)
        gpu.release(gradient)
      }
      const off = (held: Held, wanted: Float32Array): number => {
        const largest = wanted.reduce((most, x) => Math.max(most, Math.abs(x)), 0)
        return Float32Array.from(gpu.read(held)).reduce((worst, x, i) => {
          const at = wanted[i] ?? Number.NaN
          return Math.max(worst, Math.abs(x - at) / (1e-5 * Math.abs(at) + 1e-6 * largest))
        }, 0)
      }
      expect(off(parameter, expected)).toBeLessThanOrEqual(1)
      slots.forEach((slot, k) => {
        expect(off(moments[k] ?? parameter, slot)).toBeLessThanOrEqual(1)
      })
      for (const held of [parameter, ...moments]) gpu.release(held)
    })
  })
})
