/** What a whole training step holds on the device, weights, moments and sums of gradients included, is what is planned for its stage. */
import { describe, expect, it } from 'vitest'
import { wasmRunner } from '../../src/backends/wasm/index.ts'
import { splitMicrobatches } from '../../src/data/batching.ts'
import { compileStage } from '../../src/lower/stage.ts'
import { stageMemory } from '../../src/plan/memory.ts'
import { positionsOf } from '../../src/run/positions.ts'
import { trainStep } from '../../src/train/step.ts'
import type { OptimizerState } from '../../src/train/update.ts'
import { batchOf, prepare, programOf } from '../lower/spec-run.ts'

const root = new URL('../..', import.meta.url).pathname

describe.each(['test/fixtures/tiny/tiny.distill', 'test/recipes/climb.distill', 'specs/demo.distill'])(
  '%s',
  (path) => {
    const program = programOf({ path: root + path })

    it.each([
      ['in one piece', 'device', 4],
      ['in micro-batches', 'device', 2],
      ['updated on the host', 'host', 4],
    ] as const)('%s', async (_, where, size) => {
      for (const stage of program.stages) {
        if (!stage.optimizer) continue
        const runner = await wasmRunner()
        const { step, ...graphs } = compileStage(program, stage, { capabilities: runner.capabilities })
        const context = {
          ...prepare(program, stage, runner),
          graphs: { ...graphs, step: { ...step, keepsGradients: where === 'device' } },
          counter: prepare(program, stage).runner,
        }
        const state: OptimizerState = new Map()
        const batch = batchOf([9, 6, 16, 4], { vocabulary: 96, classes: 2 })
        const microbatches = splitMicrobatches(batch, size)
        for (const n of [0, 1]) {
          const random = { seed: 0, stage: stage.name, step: n }
          trainStep(context, stage.optimizer, state, microbatches, random, {
            progress: 0.1,
            step: n,
            epoch: 0,
          })
        }
        // Of the last micro-batch, which finds the sum of the others there. Its texts are not longer than those before it.
        const sizes = microbatches.map((one) => positionsOf(one.inputs, one).sizes)
        const planned = sizes.map(
          (one) => stageMemory({ ...stage, batch: batch.B }, context.graphs.step, one).device,
        )
        const ratio = (planned.at(-1) ?? 0) / runner.peak()
        if (process.env.SHOW) console.log(path, stage.name, where, size, planned, runner.peak(), ratio)
        expect(ratio).toBeGreaterThan(0.9)
        expect(ratio).toBeLessThan(1.1)
        runner.dispose()
      }
    })
  },
)
