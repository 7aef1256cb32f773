/**
 * Two steps of one micro-batch of a stage of a shipped spec, at published size with drawn weights, as `distill train` takes them: made-up data through the tokenizer, the
 * stage's losses and optimizer, evaluation and a checkpoint. Prints one line of JSON.
 *
 *   tsx bench/published/child.ts specs/tinybert-4.distill intermediate native
 */
import { copyFileSync, cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { openRunners } from '../../src/cli/open-run.ts'
import { compileStage, compileTaps } from '../../src/lower/stage.ts'
import { stageSizes } from '../../src/lower/stage-sizes.ts'
import { stageMemory } from '../../src/plan/memory.ts'
import { ProgramData } from '../../src/train/program-data.ts'
import { Trainer } from '../../src/train/run.ts'
import { RunFolder } from '../../src/train/run-folder.ts'
import { programOf } from '../../test/lower/spec-run.ts'
import { writeDataOf } from '../../test/specs/made-up-data.ts'

export interface PublishedStage {
  readonly backend: string
  /** Examples of a micro-batch, and tokens of each. */
  readonly sizes: { readonly examples: number; readonly tokens: number }
  /** Until the first step begins: data read, weights drawn, the stage compiled. */
  readonly seconds_before: number
  /** The first step makes what a backend keeps. */
  readonly seconds_per_step: readonly number[]
  readonly losses: readonly number[]
  /** What the plan says before anything is allocated, and what the process took at most. */
  readonly planned_bytes: number
  readonly peak_bytes: number
}

const [spec = '', stageName = '', backend = 'auto'] = process.argv.slice(2)
const home = mkdtempSync(join(tmpdir(), 'published-'))
try {
  const path = join(home, basename(spec))
  copyFileSync(spec, path)
  const tasks = join(dirname(spec), 'tasks')
  if (existsSync(tasks)) cpSync(tasks, join(home, 'tasks'), { recursive: true })
  const whole = programOf({ path })
  const found = whole.stages.find(({ name }) => name === stageName)
  if (found === undefined) throw new Error(`no stage ${stageName} in ${spec}`)
  const stage = { ...found, batch: found.microbatch ?? found.batch }
  const program = { ...whole, stages: [stage] }
  writeDataOf(whole, { vocabulary: 30_000, examples: 3 * stage.batch, words: 1000 })
  const { runner, counter } = await openRunners(backend)
  const began = performance.now()
  const since = (): number => (performance.now() - began) / 1000
  const moments: number[] = []
  const losses: number[] = []
  const trainer = new Trainer({
    program,
    runner,
    counter,
    data: new ProgramData(program),
    compileStage,
    compileTaps,
    folder: new RunFolder(join(home, 'run')),
    seed: 0,
    maxSteps: 2,
    randomWeights: true,
    evaluationLimit: 1,
    observer: {
      stageBegins: () => moments.push(since()),
      step: ({ loss, liveTokens }) => {
        const share = liveTokens / (stage.batch * stageSizes(program, stage).L)
        if (share < 0.9) throw new Error(`only ${Math.round(100 * share)}% of the positions have a token`)
        moments.push(since())
        losses.push(loss)
      },
    },
  })
  await trainer.run()
  const { step, frozen } = compileStage(program, stage, {
    hoist: true,
    keepUnread: true,
    capabilities: runner.capabilities ?? new Set(),
  })
  const sizes = stageSizes(program, stage)
  const result: PublishedStage = {
    backend: runner.name,
    sizes: { examples: sizes.B, tokens: sizes.L },
    seconds_before: moments[0] ?? Number.NaN,
    seconds_per_step: moments.slice(1).map((moment, i) => moment - (moments[i] ?? Number.NaN)),
    losses,
    planned_bytes: stageMemory(stage, step, sizes, frozen?.graph).total,
    peak_bytes: process.resourceUsage().maxRSS * 1024,
  }
  process.stdout.write(`${JSON.stringify(result)}\n`)
  runner.dispose()
} finally {
  rmSync(home, { recursive: true })
}
process.exit(0)
