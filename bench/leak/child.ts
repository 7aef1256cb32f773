/**
 * Trains a student for so many steps of changing lengths on one backend, and prints what the process holds:
 * `node --expose-gc --import tsx bench/leak/child.ts BACKEND STEPS [end | exit] [MODEL] [SECONDS]`.
 * `end`: the runner is disposed of and the process ends by itself; `exit`: it is told to exit in the middle,
 * with everything open. It stops after so many seconds, if that is before the last step.
 */
import type { RunnerName } from '../../src/backends/index.ts'
import { createRunner } from '../../src/backends/index.ts'
import { errorLine } from '../../src/diagnostics/error-text.ts'
import { compileStage } from '../../src/lower/stage.ts'
import { trainStep } from '../../src/train/step.ts'
import type { OptimizerState } from '../../src/train/update.ts'
import { batchOf, prepare, programOf } from '../../test/lower/spec-run.ts'
import { type Held, type ModelName, models, notUsable } from './held.ts'

const [backend = '', count = '', manner = 'end', model = 'demo', seconds = 'Infinity'] = process.argv.slice(2)
const steps = Number(count)
const { spec, vocabulary, batch: size, longest } = models[model as ModelName]
const end = performance.now() + 1000 * Number(seconds)
/** Where sizes have all been seen, and caches are full. */
const early = Math.max(20, Math.round(steps / 10))
/** Steps from one look at the memory to the next: 200 looks. */
const stride = Math.max(1, Math.floor((steps - early) / 200))

const program = programOf({ path: new URL(spec, import.meta.url).pathname })
const stage = program.stages.find(({ name }) => name === 'demo_student')
if (stage?.optimizer === undefined) throw new Error('no stage demo_student')
const runner = await createRunner(backend as RunnerName).catch((error: unknown) => {
  process.stderr.write(errorLine(error))
  process.exit(notUsable)
})
const counter = await createRunner('reference')
const { store } = prepare(program, stage, runner)
const graphs = compileStage(program, stage, { capabilities: runner.capabilities ?? new Set() })
const state: OptimizerState = new Map()
const held: Held[] = []
for (let step = 1; step <= steps; step++) {
  const spread = longest / 2 + 1
  const lengths = Array.from({ length: size }, (_, i) => longest / 2 + ((7 * i + 3 * step) % spread))
  const batch = batchOf(lengths, { vocabulary, classes: 26, ids: lengths.map((_, i) => size * step + i) })
  const random = { seed: 0, stage: stage.name, step }
  const moment = { progress: step / steps, step, epoch: 0 }
  trainStep({ stage, graphs, store, runner, counter }, stage.optimizer, state, [batch], random, moment)
  if (step < early || ((step - early) % stride !== 0 && step !== steps)) continue
  globalThis.gc?.()
  const { rss, heapTotal, heapUsed } = process.memoryUsage()
  held.push({ step, resident: rss - heapTotal + heapUsed, memory: runner.memory() })
  if (performance.now() > end) break
}
process.stdout.write(`${JSON.stringify(held)}\n`)
if (manner === 'exit') process.exit(0)
runner.dispose()
