/** Steps of specs with masked language models, small, in shares and whole: the same losses and gradients on every backend, and the peak that was planned. */
import { describe, expect, it } from 'vitest'
import { createRunner } from '../../../src/backends/index.ts'
import type { Batch } from '../../../src/data/dataset.ts'
import { differentiate } from '../../../src/differentiate/differentiate.ts'
import { ops } from '../../../src/graph/ops/index.ts'
import { compileStage } from '../../../src/lower/stage.ts'
import { stageSizes } from '../../../src/lower/stage-sizes.ts'
import { chunking } from '../../../src/optimize/passes/chunk-vocabulary-loss.ts'
import { planStep } from '../../../src/plan/plan.ts'
import { positionsOf } from '../../../src/run/positions.ts'
import { evaluateBatch } from '../../../src/train/step.ts'
import { batchOf, prepare, programOf } from '../../lower/spec-run.ts'
import { passContext } from '../context.ts'

const root = new URL('../../..', import.meta.url).pathname
/** Rows of more numbers than any layer of these models has; in as many shares as there may be. */
const small = { wideRow: 64, smallWide: 1, smallShare: 0, fewestRows: 1 }
const uneven = batchOf([9, 6, 16, 4], { vocabulary: 96, classes: 2 })

/** No token is masked. */
function unmasked(batch: Batch): Batch {
  const inputs = new Map(batch.inputs)
  for (const [name, value] of [
    ['masked', 0],
    ['batch.original', -100],
  ] as const) {
    const tensor = inputs.get(name)
    if (tensor) inputs.set(name, { ...tensor, data: tensor.data.slice().fill(value) })
  }
  return { ...batch, inputs }
}

function compiled(path: string) {
  const program = programOf({ path: root + path })
  const [stage] = program.stages
  if (stage === undefined) throw new Error('no stage')
  const whole = compileStage(program, stage, { passes: { disabled: new Set(['donate-buffers']) } })
  const apart = chunking(small).run(whole.forward, {
    ...passContext(),
    sizes: stageSizes(program, stage),
    frozen: (key) => !stage.trained.includes(key),
  })
  expect(apart).not.toBe(whole.forward)
  const step = differentiate(apart, 'total', stage.trained, ops)
  return { program, stage, whole, apart: { ...whole, step } }
}

type Backend = Parameters<typeof createRunner>[0]
const random = { seed: 0, stage: 'plain', step: 3 }
const moment = { progress: 0, step: 3, epoch: 0 }

describe.each(['test/reference/distilbert_pretrain.distill', 'test/reference/albert_mlm.distill'])(
  '%s',
  (path) => {
    const { program, stage, whole, apart } = compiled(path)

    const batches = { uneven, unmasked: unmasked(uneven) }
    const evaluated = async (graphs: typeof whole, backend: Backend, which: keyof typeof batches) => {
      const prepared = prepare(program, stage, await createRunner(backend), 0.2)
      const counter = prepare(program, stage).runner
      const result = evaluateBatch({ ...prepared, graphs, counter }, [batches[which]], random, moment)
      prepared.runner.dispose()
      return result
    }
    const wanted = {
      uneven: evaluated(whole, 'reference', 'uneven'),
      unmasked: evaluated(whole, 'reference', 'unmasked'),
    }

    it.each([
      ['reference', 'uneven', 1e-9, 3e-7],
      ['reference', 'unmasked', 1e-9, 3e-7],
      ['cpu', 'uneven', 1e-5, 1e-4],
      ['wasm', 'uneven', 1e-5, 1e-4],
      ['wasm', 'unmasked', 1e-5, 1e-4],
    ] as const)('on %s, %s, is what it is whole', async (backend, which, ofLoss, ofNorm) => {
      const [a, b] = [await wanted[which], await evaluated(apart, backend, which)]
      expect([...b.terms.keys()]).toEqual([...a.terms.keys()])
      for (const [term, value] of a.terms)
        expect(Math.abs(value - (b.terms.get(term) ?? Number.NaN)), term).toBeLessThanOrEqual(
          ofLoss * (1e-3 + Math.abs(value)),
        )
      const norm = Math.hypot(...[...a.gradients.values()].map((g) => Math.hypot(...g)))
      for (const [key, gradient] of a.gradients) {
        const other = b.gradients.get(key)
        const apartBy = Math.hypot(...[...gradient].map((g, i) => g - (other?.[i] ?? Number.NaN)))
        expect(apartBy, key).toBeLessThanOrEqual(ofNorm * norm)
      }
    })

    it.each(['cpu', 'wasm'] as const)('holds on %s what was planned', async (backend) => {
      const runner = await createRunner(backend)
      const context = {
        ...prepare(program, stage, runner),
        graphs: apart,
        counter: prepare(program, stage).runner,
      }
      evaluateBatch(context, [uneven], random, moment)
      const { bytes } = runner.memory()
      evaluateBatch(context, [uneven], random, moment)
      expect(runner.memory().bytes).toBe(bytes)
      const { peak } = planStep(apart.step, positionsOf(uneven.inputs, uneven).sizes)
      const measured =
        'peak' in runner && typeof runner.peak === 'function' ? Number(runner.peak()) - bytes : 0
      expect(peak / measured).toBeGreaterThan(0.9)
      expect(peak / measured).toBeLessThan(1.1)
      runner.dispose()
    })
  },
)
