/**
 * What the norms of loss terms cost: steps of the specs in bench/torch, with and without. Prints the time of one telling over that of a step, its share of a stage where it is done
 * sampled, the planned peak with and without, and by how much the process grows with the first telling.
 *
 *   tsx bench/term-norms.ts tinybert --batch 8 --length 64 --backend native --steps 9
 */
import { parseArgs } from 'node:util'
import { type BackendName, createRunner } from '../src/backends/index.ts'
import { compileStage } from '../src/lower/stage.ts'
import type { StageOptions } from '../src/lower/stage-options.ts'
import { scheduleStep } from '../src/plan/plan.ts'
import { trainStep } from '../src/train/step.ts'
import { stepInputs } from '../src/train/step-inputs.ts'
import { logsTermNormsAt, termNormsAt } from '../src/train/term-norms.ts'
import type { OptimizerState } from '../src/train/update.ts'
import { prepare, programOf } from '../test/lower/spec-run.ts'
import { fullBatch } from './torch/batch.ts'
import { cases } from './torch/cases.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    batch: { type: 'string', default: '8' },
    length: { type: 'string', default: '64' },
    steps: { type: 'string', default: '9' },
    backend: { type: 'string', default: 'native' },
  },
})
const name = positionals[0] ?? 'tinybert'
const found = cases[name]
if (found?.kind !== 'step') throw new Error(`no case ${name}`)
const [B, L, times] = [values.batch, values.length, values.steps].map(Number)
if (B === undefined || L === undefined || times === undefined) throw new Error('sizes are numbers')

const program = programOf({ path: new URL(`torch/${found.spec}.distill`, import.meta.url).pathname })
const stage = program.stages.find((one) => one.name === found.stage)
if (stage?.optimizer === undefined) throw new Error(`no stage ${found.stage}`)
const runner = await createRunner(values.backend as BackendName)
const counter = await createRunner('reference')
const { store } = prepare(program, stage, runner)
const capabilities = runner.capabilities ?? new Set<string>()
const compiled = (more: StageOptions) => compileStage(program, stage, { capabilities, ...more })
const plain = compiled({})
const graphs = compiled({ termGradients: 'from step' })
if (!graphs.termNormalisers) throw new Error('the stage has no terms to tell apart')

const whole = fullBatch(found, { B, L })
const state: OptimizerState = new Map()
const context = { stage, graphs, store, runner, counter }
const { optimizer } = stage
const at = (step: number) => ({ progress: 0, step, epoch: 0 })
const key = (step: number) => ({ seed: 0, stage: stage.name, step })
const seconds = (run: () => void): number => {
  const before = performance.now()
  run()
  return (performance.now() - before) / 1000
}
const median = (list: readonly number[]): number =>
  list.toSorted((a, b) => a - b)[list.length >> 1] ?? Number.NaN
const step = (k: number) => seconds(() => trainStep(context, optimizer, state, [whole], key(k), at(k)))
const tell = (k: number) => seconds(() => termNormsAt(context, [whole], key(k), at(k)))
// The first ones compile and warm up.
for (let k = 0; k < 3; k++) step(k)
const before = process.resourceUsage().maxRSS
tell(3)
step(3)
const after = process.resourceUsage().maxRSS
const steps: number[] = []
const tellings: number[] = []
for (let k = 4; k < 4 + times; k++) {
  tellings.push(tell(k))
  steps.push(step(k))
}
const stageSteps = 10_000
let logged = 0
for (let k = 1; k <= stageSteps; k++) if (logsTermNormsAt('sampled', stage, k, stageSteps)) logged++
const ratio = median(tellings) / median(steps)
const { sizes } = stepInputs(whole, [], at(0))
process.stdout.write(
  `${JSON.stringify({
    which: name,
    backend: runner.name,
    terms: stage.terms.length,
    seconds_per_step: median(steps),
    telling_in_steps: ratio,
    share_when_sampled: (logged * ratio) / (stageSteps + logged * ratio),
    planned_peak: scheduleStep(plain.step, sizes).peak,
    planned_peak_told: scheduleStep(graphs.step, sizes).peak,
    maximum_memory: before * 1024,
    maximum_memory_told: after * 1024,
  })}\n`,
)
runner.dispose()
process.exit(0)
