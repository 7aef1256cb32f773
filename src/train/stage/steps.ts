/** The steps of a stage, with its evaluations and checkpoints. */
import { undivided } from '../../cluster/division.ts'
import { requireSameNumber } from '../../cluster/drift.ts'
import type { Batch } from '../../data/dataset.ts'
import { DiagnosticError } from '../../diagnostics/diagnostic.ts'
import { isClipped } from '../clip.ts'
import { explainNonFinite } from '../diagnose.ts'
import type { RunParts } from '../run-parts.ts'
import { trainStep } from '../step.ts'
import { stepDone } from '../step-done.ts'
import { logsTermNormsAt, termNormsAt } from '../term-norms.ts'
import { evaluateStage } from './evaluate.ts'
import type { StageRun } from './stage-run.ts'

/**
 * Runs the steps that are left. False where the run was interrupted, and saved. Throws DiagnosticError E1001
 * if a loss is not finite.
 */
export async function trainSteps(run: RunParts, begun: StageRun): Promise<boolean> {
  const { options, state, meter } = run
  const { stage, frozen, shares } = begun
  while (!begun.isOver(state.progress)) {
    if (options.interrupted?.()) {
      shares?.log(options.folder, state.progress.step)
      state.save(stage)
      frozen?.close()
      return false
    }
    shares?.stepBegins()
    const isDue = trainOne(run, begun)
    const { step } = state.progress
    if (begun.evaluatesAt(step)) {
      shares?.log(options.folder, step)
      const since = state.now()
      evaluateStage(run, stage)
      meter?.log(stage, step, options.folder)
      state.spend('evaluation', since)
      state.save(stage)
      state.keepLast(stage)
    } else if (isDue) {
      state.save(stage)
    }
    // Lets Ctrl-C and the progress display run.
    await new Promise(setImmediate)
  }
  return true
}

/** Whether the step is to be saved, because the last checkpoint is too old. */
function trainOne({ options, state }: RunParts, begun: StageRun): boolean {
  const { stage, feed, total, frozen, context, optimizer } = begun
  const { division = undivided } = context
  const { step } = state.progress
  const { size, spent } = division.cluster
  const random = begun.randomAt(step)
  const moment = begun.momentAt(step)
  const bare = begun.batches(step)
  const complete = (batch: Batch, i: number): Batch => frozen?.complete(batch, i) ?? batch
  const batches = bare.map((batch, i) => (division.owns(batch) ? complete(batch, i) : batch))
  const often = begun.termGradients
  const measured =
    often !== undefined && logsTermNormsAt(often, stage, step + 1, total)
      ? termNormsAt(context, batches, random, moment)
      : undefined
  const result = trainStep(context, optimizer, state.optimizer, batches, random, moment)
  const at = { stage: stage.name, step: step + 1 }
  // Rank 0 decides for all when to save.
  const isDue = requireSameNumber(division.cluster, result.norm, state.isDue, 'the norm of its gradient', at)
  if (!result.finite)
    throw new DiagnosticError(
      explainNonFinite(context, result, bare.map(complete), random, moment, state.saved),
    )
  begun.held.look()
  state.progress = { ...state.progress, step: step + 1 }
  const place = { ...at, total, stepsPerEpoch: feed.stepsPerEpoch }
  const done = stepDone(place, result, batches, {
    clipped: isClipped(optimizer, result.norm),
    termNorms: measured?.(result),
    exchange: size > 1 ? division.cluster.spent - spent : undefined,
  })
  begun.shares?.stepEnds(batches)
  begun.log.add(done)
  options.observer.step?.(done)
  return isDue
}
