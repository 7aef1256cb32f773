/**
 * The first epochs of a stage of clinc.distill, by the trainer that `distill train` uses: examples per second in the first epoch (in which the teacher is computed
 * once for each example) and in later ones. Prints one line of JSON. The first batch of each kind, which compiles and warms up, is told as start-up.
 *
 *   tsx bench/torch/epoch.ts attended --folder FOLDER --backend onnxruntime --epochs 2
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type BackendName, createRunner } from '../../src/backends/index.ts'
import { renderDiagnostics } from '../../src/diagnostics/render.ts'
import { checkFile } from '../../src/disk/check-file.ts'
import { compileStage, compileTaps } from '../../src/lower/stage.ts'
import { ProgramData } from '../../src/train/program-data.ts'
import { Trainer } from '../../src/train/run.ts'
import { RunFolder } from '../../src/train/run-folder.ts'
import { inPrecision, precisionOptions } from './precision.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    folder: { type: 'string' },
    backend: { type: 'string', default: 'onnxruntime' },
    ...precisionOptions,
    epochs: { type: 'string', default: '2' },
    spec: { type: 'string', default: 'clinc' },
  },
})
const [stageName = 'attended'] = positionals
const checked = checkFile(new URL(`../torch/${values.spec}.distill`, import.meta.url).pathname, {
  settings: { folder: values.folder ?? '' },
})
if (checked.program === undefined)
  throw new Error(renderDiagnostics(checked.diagnostics, checked.sources, { color: false }))
const program = inPrecision(checked.program, values)
const stage = program.stages.find(({ name }) => name === stageName)
if (stage?.data === undefined) throw new Error(`no stage ${stageName}`)
const data = new ProgramData(program)
const examples = data.dataset(stage.data).splits.get('train') ?? []
const batches = Math.ceil(examples.length / stage.batch)
const tokens = examples.reduce((sum, example) => sum + example.tokens.length, 0)

const folder = mkdtempSync(join(tmpdir(), 'distill-bench-'))
const runner = await createRunner(values.backend as BackendName)
const began = performance.now()
/** When each batch of the teacher's was done, and each step. */
const frozen: number[] = []
const steps: number[] = []
const now = (): number => (performance.now() - began) / 1000
let loss = Number.NaN
try {
  const trainer = new Trainer({
    program,
    runner,
    counter: await createRunner('reference'),
    data,
    compileStage,
    compileTaps,
    folder: new RunFolder(folder),
    seed: 0,
    randomWeights: true,
    stages: [stageName],
    maxSteps: Number(values.epochs) * batches,
    observer: {
      stageBegins: () => steps.push(now()),
      // told once before the first batch, too
      frozen: () => frozen.push(now()),
      step: (event) => {
        steps.push(now())
        loss = event.loss
      },
      note: (text) => process.stderr.write(`${text}\n`),
    },
  })
  await trainer.run()
} finally {
  rmSync(folder, { recursive: true, force: true })
}
if (frozen.length !== batches + 1)
  throw new Error(`the teacher was computed for ${frozen.length - 1} of ${batches} batches`)

const differences = (times: readonly number[]): number[] =>
  times.slice(1).map((time, i) => time - (times[i] ?? time))
const mean = (list: readonly number[]): number => list.reduce((sum, x) => sum + x, 0) / list.length
const [firstFrozen = 0, ...frozenTimes] = differences(frozen)
// From the end of the teacher's last batch on.
const [firstStep = 0, ...stepTimes] = differences([frozen.at(-1) ?? 0, ...steps.slice(1)])
// A checkpoint stands between two epochs: the first step of each is left out.
const later = stepTimes.filter((_, i) => i + 1 >= batches && (i + 1) % batches !== 0)
const perBatch = mean(frozenTimes) + mean(stepTimes.slice(0, batches - 1))
process.stdout.write(
  `${JSON.stringify({
    which: stageName,
    backend: runner.name,
    first_epoch: stage.batch / perBatch,
    later_epochs: stage.batch / mean(later),
    teacher_seconds: mean(frozenTimes),
    step_seconds: mean(later),
    startup_seconds: firstFrozen + firstStep + (frozen[0] ?? 0),
    examples: examples.length,
    tokens_per_example: tokens / examples.length,
    loss,
    peak_bytes: process.resourceUsage().maxRSS * 1024,
  })}\n`,
)
runner.dispose()
process.exit(0)
