/**
 * The beginning of a stage: its models get their values, its data are augmented, its step is compiled, and
 * the values of frozen models are computed. A stage that is resumed begins in the same way.
 */
import type { Stage } from '../../check/program.ts'
import type { StageGraphs } from '../../lower/stage.ts'
import { StageFeed } from '../feed.ts'
import { settleFidelity } from '../fidelity.ts'
import { formatCount } from '../format.ts'
import { stageValues } from '../frozen/stage-values.ts'
import { IntervalLog } from '../interval-log.ts'
import { logPlan } from '../kept/stage-record.ts'
import { intervalLine } from '../log-lines.ts'
import type { StageBegins } from '../observer.ts'
import { type RunParts, scoreTeachers } from '../run-parts.ts'
import { type Reused, reuseStage, type StageStart } from '../shared-stages.ts'
import { stageWork } from '../stage-work.ts'
import { releaseState } from '../update.ts'
import { StageRun } from './stage-run.ts'

/** Undefined where it was interrupted, and saved. */
export async function beginStage(run: RunParts, stage: Stage, index: number): Promise<StageRun | undefined> {
  const { options, state, models } = run
  const { folder, seed, maxSteps } = options
  state.enter(stage)
  if (state.progress.step === 0) scoreTeachers(run, models.begin(index), stage)
  const { data: dataName, optimizer: spec } = stage
  if (dataName === undefined || spec === undefined) throw new Error(`${stage.name} cannot be trained`)
  const data = await run.augmentation.dataOf(stage, dataName, {
    ...options,
    begins: state.progress.step === 0,
  })
  if (data === undefined) {
    state.startTiming()
    state.save(stage)
    return undefined
  }
  const feed = new StageFeed(stage, dataName, data, seed)
  const total = feed.total(maxSteps)
  // A stage that continues an optimizer counts its steps from the end of the stage before.
  const offset = models.plan.offsetOf(stage, state.progress.finished)
  const graphs = graphsOf(run, stage)
  const frozen =
    graphs.frozen &&
    stageValues(
      graphs.frozen,
      { stage, dataName, data, total, before: state.progress.frozen },
      { options, store: state.store },
    )
  if (frozen) state.progress = { ...state.progress, frozen: frozen.mode }
  const { store, optimizer } = state
  const trained = models.plan.trainedBy(stage)
  const start = { stage, dataName, data, graphs, total, offset, trained, store, optimizer }
  const reused = state.progress.step === 0 ? takeOver(run, start) : undefined
  state.divideMoments(stage)
  const now = (): number => state.now()
  const interval = reused?.terms ? IntervalLog.after(reused.terms) : state.interval
  const begun = new StageRun(options, { index, start, feed, optimizer: spec, frozen, reused, now, interval })
  state.log = begun.log
  // A crash may have come between the checkpoint and its second name.
  if (begun.evaluatesAt(state.progress.step)) state.keepLast(stage)
  state.startTiming()
  options.observer.stageBegins?.(eventOf(run, begun))
  if (state.progress.step === 0) logPlan(folder, stage.name, options.planned)
  run.meter?.beginStage(state.progress.step)
  if (state.progress.step === 0 && total > 0)
    for (const batch of begun.batches(0).slice(0, 1)) settleFidelity(stage, batch, { ...options, store })
  await fill(run, begun)
  return begun
}

/** A stage as a run compiles it. */
export function graphsOf({ options }: RunParts, stage: Stage): StageGraphs {
  const { program, runner, automatic, termGradients } = options
  return options.compileStage(program, stage, {
    hoist: true,
    keepUnread: true,
    automatic,
    ...(termGradients ? { termGradients: termGradients === 'sampled' ? 'from step' : 'always' } : {}),
    ...(runner.capabilities === undefined ? {} : { capabilities: runner.capabilities }),
  })
}

/** In a sweep: takes over the stage where another run has computed it. */
function takeOver({ options, models, state }: RunParts, start: StageStart): Reused | undefined {
  const reused = reuseStage(start, options, state.progress, models.savedKeys(state.progress))
  if (reused === undefined) return undefined
  if (reused.optimizer) {
    releaseState(state.optimizer)
    state.optimizer = reused.optimizer
  }
  state.progress = reused.progress
  return reused
}

function eventOf({ options, models, state }: RunParts, begun: StageRun): StageBegins {
  const { program, data, planned, maxSteps } = options
  const { stage, index, feed, total, frozen, reused } = begun
  const { stages } = models.plan
  const work =
    planned && stageWork({ program, stages, planned, data, maxSteps }, index, frozen?.mode === 'computed')
  const peak = planned?.peaks.get(stage.name)
  const { step } = state.progress
  const earlier = step > 0 ? earlierSteps(options.folder.readLog(), stage.name) : []
  return {
    stage: stage.name,
    number: index + 1,
    count: stages.length,
    total,
    stepsPerEpoch: feed.stepsPerEpoch,
    step,
    ...(earlier.length > 0 ? { earlier } : {}),
    ...(reused?.from === undefined ? {} : { reused: reused.from }),
    evaluateEvery: begun.every,
    ...(work ? { work } : {}),
    ...(planned && peak !== undefined ? { memory: { peak, available: planned.available } } : {}),
  }
}

/** What the log of a resumed run has of a stage. */
function earlierSteps(log: readonly unknown[], stage: string): NonNullable<StageBegins['earlier']> {
  return log.flatMap((line) => {
    const { data } = intervalLine.safeParse(line)
    return data?.stage === stage ? [{ step: data.step, terms: data.terms }] : []
  })
}

/** Computes the values of frozen models that are not cached. Ends early where the run is interrupted. */
async function fill({ options, state }: RunParts, begun: StageRun): Promise<void> {
  const { stage, frozen } = begun
  const { observer, folder, interrupted } = options
  if (!frozen) return
  const since = state.now()
  if (!begun.isOver(state.progress))
    await frozen.fill(
      (event) => observer.frozen?.(event),
      () => interrupted?.() ?? false,
    )
  state.spend('frozen', since)
  const { step } = state.progress
  if (step > 0) return
  if (frozen.from === undefined) {
    const { found, total } = frozen
    if (found > 0)
      observer.note?.(
        `stage ${stage.name}: records of ${formatCount(found)} of ${formatCount(total)} examples were in the run folder`,
      )
    return
  }
  observer.note?.(`stage ${stage.name}: values of frozen models as in ${frozen.from}`)
  folder.log({ event: 'reused_values', stage: stage.name, step, from: frozen.from })
}
