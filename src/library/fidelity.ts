/**
 * What `explain` prints about models in low precision: how closely they agree with float32 on the first
 * micro-batch of a stage, if data and weights exist.
 */

import { lowPrecisionModels } from '../check/model-precision.ts'
import type { Program, Stage } from '../check/program.ts'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { compileStage, compileTaps } from '../lower/stage.ts'
import { StageFeed } from '../train/feed.ts'
import { stageFidelity } from '../train/fidelity.ts'
import { FirstUse } from '../train/first-use.ts'
import type { ModelFidelity } from '../train/observer.ts'
import { ProgramData } from '../train/program-data.ts'
import { Trainer } from '../train/run.ts'
import { RunFolder } from '../train/run-folder.ts'
import { openRunners, type Runners } from './backends.ts'
import { settlePrecisions } from './precision.ts'

export interface MeasuredFidelity {
  readonly measured: readonly ModelFidelity[]
  /** Stages whose models could not be measured, each with the reason. */
  readonly not: readonly { readonly stage: string; readonly reason: string }[]
}

/** Undefined if no model of these stages is in low precision. */
export async function measureFidelity(
  program: Program,
  stages: readonly Stage[],
  backend: string,
  note?: (text: string) => void,
): Promise<MeasuredFidelity | undefined> {
  const low = stages.filter(({ instances }) =>
    instances.some((name) => (program.instances.get(name)?.precision ?? 'float32') !== 'float32'),
  )
  if (low.length === 0) return undefined
  const opened = await opening(backend, note)
  if (typeof opened === 'string')
    return { measured: [], not: low.map(({ name: stage }) => ({ stage, reason: opened })) }
  const { runner, counter } = opened
  const measured: ModelFidelity[] = []
  const not: { stage: string; reason: string }[] = []
  try {
    const data = new ProgramData(program)
    const run = program.stages.filter((stage) => stage.data !== undefined)
    const firstUse = new FirstUse(program, run)
    for (const stage of stages) {
      if (!low.includes(stage)) continue
      try {
        const automatic = await settlePrecisions(program, [stage], runner, note ? { note } : {})
        const made = lowPrecisionModels(program, stage, automatic).find(({ instance }) =>
          firstUse.dependsOnTraining(instance.name),
        )
        if (stage.data === undefined || made !== undefined) {
          const reason = made ? `${made.instance.name} has its weights from a stage before` : 'it has no data'
          not.push({ stage: stage.name, reason })
          continue
        }
        const folder = new RunFolder('')
        const parts = { program, runner, counter, data, compileStage, compileTaps, folder }
        // Checks that data and weights exist, and reads the weights. Nothing is run or written.
        const { store } = new Trainer({ ...parts, seed: 0, stages: [stage.name], observer: {} })
        const [batch] = new StageFeed(stage, stage.data, data, 0).at(0, {
          seed: 0,
          stage: stage.name,
          step: 0,
        })
        if (batch)
          measured.push(...stageFidelity(stage, batch, { program, runner, store, compileTaps, automatic }))
      } catch (error) {
        if (!(error instanceof DiagnosticError)) throw error
        not.push({ stage: stage.name, reason: error.diagnostics[0]?.message ?? '' })
      }
    }
  } finally {
    runner.dispose()
  }
  return { measured, not }
}

/** The backend, or the reason why it does not start here. `explain` prints costs in both cases. */
async function opening(backend: string, note?: (text: string) => void): Promise<Runners | string> {
  try {
    return await openRunners(backend, note ? { note } : {})
  } catch (error) {
    if (!(error instanceof DiagnosticError)) throw error
    return error.diagnostics[0]?.message ?? ''
  }
}
