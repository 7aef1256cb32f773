/**
 * The records of frozen teachers ahead of a training, for all stages that are left. A stage whose teacher is
 * trained by an earlier one that has not ended has to wait. Nothing is trained, and the log gets no line.
 */
import type { Stage } from '../../check/program.ts'
import { DiagnosticError } from '../../diagnostics/diagnostic.ts'
import { noFrozenTeacher } from '../../diagnostics/messages/command-line.ts'
import { teacherNotTrained } from '../../diagnostics/messages/runs.ts'
import type { FrozenPart } from '../../optimize/pass.ts'
import type { Progress } from '../checkpoint.ts'
import { StageFeed } from '../feed.ts'
import { listed } from '../format.ts'
import { frozenParameters } from '../frozen/frozen-values.ts'
import { stageValues } from '../frozen/stage-values.ts'
import { type RunParts, stagesLeft } from '../run-parts.ts'
import { graphsOf } from './begin.ts'

interface ReadyStage {
  readonly stage: Stage
  readonly dataName: string
  readonly frozen: FrozenPart
  /** Where the stage was interrupted. */
  readonly current: Progress | undefined
}

/** The records of a stage are complete. */
export interface StageRecords {
  readonly stage: string
  readonly models: readonly string[]
  readonly examples: number
  /** Examples whose records had been computed before. */
  readonly found: number
  /** What computing the others has taken. */
  readonly seconds: number
  readonly bytes: number
  readonly file: string
}

export interface AheadOutcome {
  readonly records: readonly StageRecords[]
  /** The stage in which it was interrupted. */
  readonly interrupted?: string
}

/**
 * The stages whose frozen models have their weights. A note tells of each stage that has to wait.
 * @throws DiagnosticError E1133 where no stage has frozen models, E1023 where all have to wait
 */
export function stagesAhead(run: RunParts): readonly ReadyStage[] {
  const { options, models, state } = run
  const { program, observer } = options
  const { progress, store } = state
  const { stages } = models.plan
  const left = stagesLeft(run)
  const ready: ReadyStage[] = []
  const waiting: Parameters<typeof teacherNotTrained>[0][] = []
  for (const stage of left) {
    const index = stages.indexOf(stage)
    const current = progress.stage === stage.name ? progress : undefined
    if (!current?.step) models.begin(index)
    const { frozen } = graphsOf(run, stage)
    const dataName = stage.data
    if (frozen === undefined || dataName === undefined) continue
    const proposer = program.data.get(dataName)?.augment?.proposals?.instance
    const proposing = store.keys().filter((key) => proposer !== undefined && key.startsWith(`${proposer}.`))
    const keys = [...frozenParameters(stage, frozen, store), ...proposing]
    const after = models.awaited(keys, index - left.indexOf(stage), index)
    if (after === undefined) ready.push({ stage, dataName, frozen, current })
    else {
      const { name, span } = stage
      waiting.push({
        spec: program.file,
        stage: name,
        span,
        models: listed(frozen.models),
        after: after.name,
      })
    }
  }
  if (ready.length === 0)
    throw new DiagnosticError(
      ...(waiting.length > 0
        ? waiting.map(teacherNotTrained)
        : [noFrozenTeacher({ spec: program.file, ended: progress.finished.length > 0 })]),
    )
  for (const { stage, after } of waiting)
    observer.note?.(`no records of stage ${stage} yet: stage ${after} has to be trained first`)
  return ready
}

/** Computes the records of these stages that are not in the run folder yet. */
export async function recordsAhead(run: RunParts, ready: readonly ReadyStage[]): Promise<AheadOutcome> {
  const records: StageRecords[] = []
  for (const one of ready) {
    const made = await recordsOf(run, one)
    if (made === 'interrupted') return { records, interrupted: one.stage.name }
    if (made !== 'none') records.push(made)
  }
  return { records }
}

async function recordsOf(
  { options, state, augmentation }: RunParts,
  { stage, dataName, frozen, current }: ReadyStage,
): Promise<StageRecords | 'interrupted' | 'none'> {
  const { observer, folder, seed, maxSteps, interrupted } = options
  const data = await augmentation.dataOf(stage, dataName, { ...options, begins: false })
  if (data === undefined) return 'interrupted'
  const total = new StageFeed(stage, dataName, data, seed).total(maxSteps)
  // The last stage of a run that has ended.
  if (current && (current.step >= total || current.worse >= (stage.patience ?? Infinity))) return 'none'
  const of = { stage, dataName, data, total, before: current?.frozen, ahead: true }
  const values = stageValues(frozen, of, { options, store: state.store })
  const [name, models] = [stage.name, frozen.models]
  if (values.mode === 'computed') {
    if (values.note === undefined)
      observer.note?.(`stage ${name}: so few steps take less time with ${listed(models)} computed in each`)
    return 'none'
  }
  const since = state.now()
  try {
    await values.fill(
      (event) => observer.frozen?.(event),
      () => interrupted?.() ?? false,
    )
  } finally {
    values.close()
  }
  const { found, done, total: examples, size: bytes } = values
  if (done < examples) return 'interrupted'
  const seconds = (state.now() - since) / 1000
  return { stage: name, models, examples, found, seconds, bytes, file: folder.frozenOf(name) }
}
