/** The peak that is planned is the peak that a run has: what the device held at most, less what it holds all the time. */
import { readdirSync } from 'node:fs'
import { basename } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cpuRunner } from '../../src/backends/cpu/index.ts'
import { wasmRunner } from '../../src/backends/wasm/index.ts'
import type { Batch } from '../../src/data/dataset.ts'
import { concreteShape } from '../../src/graph/type.ts'
import { compileStage } from '../../src/lower/stage.ts'
import { stageSizes } from '../../src/lower/stage-sizes.ts'
import { stageMemory } from '../../src/plan/memory.ts'
import { planStep } from '../../src/plan/plan.ts'
import type { Executor } from '../../src/run/executor.ts'
import { positionsOf } from '../../src/run/positions.ts'
import { ParameterStore } from '../../src/train/parameters.ts'
import { evaluateBatch } from '../../src/train/step.ts'
import type { StepContext } from '../../src/train/step-inputs.ts'
import { batchOf, prepare, programOf } from '../lower/spec-run.ts'

const root = new URL('../..', import.meta.url).pathname
const recipes = readdirSync(`${root}test/recipes`).filter((file) => file.endsWith('.distill'))
const cases = [
  'bench/torch/small.distill',
  'test/fixtures/tiny/tiny.distill',
  'test/reference/tinybert_general.distill',
  'test/reference/distilbert_pretrain.distill',
  ...recipes.map((file) => `test/recipes/${file}`),
]
/** Where a limit on memory is tried as well: of the values' own peak. */
const limited = new Map([
  ['bench/torch/small.distill', 0.7],
  ['test/recipes/pkd.distill', 0.4],
])
const runners = { cpu: cpuRunner, wasm: wasmRunner }
const backends = ['cpu', 'wasm'] as const

/** Runs a step twice: what the device held at most above what it holds all the time, by the plan and by its own count. */
function requirePlanned(label: string, runner: Executor, context: StepContext, batch: Batch): void {
  const random = { seed: 0, stage: context.stage.name, step: 0 }
  const step = () => evaluateBatch(context, [batch], random, { progress: 0, step: 0, epoch: 0 })
  step()
  const { bytes } = runner.memory()
  step()
  expect(runner.memory().bytes).toBe(bytes)
  const measured = runner.peak() - bytes
  const { peak } = planStep(context.graphs.step, positionsOf(batch.inputs, batch).sizes)
  if (process.env.SHOW)
    console.log(label, context.stage.name, runner.name, peak, measured, (measured / peak).toFixed(3))
  expect(peak / measured).toBeGreaterThan(0.9)
  expect(peak / measured).toBeLessThan(1.1)
}

describe.each(cases.flatMap((path) => backends.map((backend) => [path, backend] as const)))(
  '%s on %s',
  (path, backend) => {
    it('holds what was planned', async () => {
      const program = programOf({ path: root + path })
      const share = limited.get(path)
      // long enough that values outweigh gradients, where a limit is to matter
      const lengths = share === undefined ? [9, 6, 16, 4] : [30, 12, 24, 18, 32, 9, 21, 27, 16, 32, 25, 32]
      const batch = batchOf(lengths, { vocabulary: 96, classes: 2 })
      for (const stage of program.stages) {
        const runner = await runners[backend]()
        const { capabilities } = runner
        const prepared = prepare(program, stage, runner)
        const graphs = compileStage(program, stage, { capabilities })
        const context = { ...prepared, graphs, counter: prepare(program, stage).runner }
        requirePlanned(basename(path), runner, context, batch)
        if (share !== undefined) {
          const { values, total } = stageMemory(stage, graphs.step, stageSizes(program, stage))
          const memory = total - (1 - share) * values
          const again = compileStage(program, stage, { capabilities, memory })
          expect(again.step.nodes.some(({ op }) => op === 'again')).toBe(true)
          requirePlanned(`${basename(path)} limited`, runner, { ...context, graphs: again }, batch)
        }
        runner.dispose()
      }
    })
  },
)

describe.each(backends)('a stage of published size on %s', (backend) => {
  it('holds what was planned', async () => {
    const program = programOf({ path: `${root}specs/tinybert-4.distill` })
    const stage = program.stages.find(({ name }) => name === 'prediction')
    if (stage === undefined) throw new Error('no stage prediction')
    const runner = await runners[backend]()
    const { capabilities } = runner
    const graphs = compileStage(program, stage, { capabilities })
    // 125 million weights; how large they are does not matter here
    const store = new ParameterStore()
    for (const { op, attributes, type } of graphs.step.nodes) {
      if (op !== 'parameter') continue
      const shape = concreteShape(type, { B: 1, L: 1 })
      store.define(String(attributes.name), shape, new Float32Array(shape.reduce((n, size) => n * size, 1)))
    }
    const batch = batchOf([3, 2], { vocabulary: 30522, classes: 2 })
    requirePlanned('tinybert-4', runner, { stage, graphs, store, runner }, batch)
    runner.dispose()
  })
})
