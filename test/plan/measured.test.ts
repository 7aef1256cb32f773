/** The peak that is planned is the peak that a run has: what the device held at most, less what it holds all the time. */
import { readdirSync } from 'node:fs'
import { basename } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cpuRunner } from '../../src/backends/cpu/index.ts'
import { wasmRunner } from '../../src/backends/wasm/index.ts'
import { compileStage } from '../../src/lower/stage.ts'
import { planStep } from '../../src/plan/plan.ts'
import { positionsOf } from '../../src/run/positions.ts'
import { evaluateBatch } from '../../src/train/step.ts'
import { batchOf, prepare, programOf } from '../lower/spec-run.ts'

const root = new URL('../..', import.meta.url).pathname
const recipes = readdirSync(`${root}test/recipes`).filter((file) => file.endsWith('.distill'))
const cases = [
  'test/fixtures/tiny/tiny.distill',
  'test/reference/tinybert_general.distill',
  'test/reference/distilbert_pretrain.distill',
  ...recipes.map((file) => `test/recipes/${file}`),
]
const runners = { cpu: cpuRunner, wasm: wasmRunner }
const runs = cases.flatMap((path) => (['cpu', 'wasm'] as const).map((backend) => [path, backend] as const))

describe.each(runs)('%s on %s', (path, backend) => {
  it('holds what was planned', async () => {
    const program = programOf({ path: root + path })
    for (const stage of program.stages) {
      const runner = await runners[backend]()
      const prepared = prepare(program, stage, runner)
      const graphs = compileStage(program, stage)
      const batch = batchOf([9, 6, 16, 4], { vocabulary: 96, classes: 2 })
      const context = { ...prepared, graphs, counter: prepare(program, stage).runner }
      const random = { seed: 0, stage: stage.name, step: 0 }
      const step = () => evaluateBatch(context, [batch], random, { progress: 0, step: 0, epoch: 0 })
      step()
      const { bytes } = runner.memory()
      step()
      expect(runner.memory().bytes).toBe(bytes)
      const measured = runner.peak() - bytes
      const { peak } = planStep(graphs.step, positionsOf(batch.inputs, batch).sizes)
      if (process.env.SHOW)
        console.log(basename(path), stage.name, backend, peak, measured, (measured / peak).toFixed(3))
      expect(peak / measured).toBeGreaterThan(0.9)
      expect(peak / measured).toBeLessThan(1.1)
      runner.dispose()
    }
  })
})
