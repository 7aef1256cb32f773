/**
 * What a run keeps of a stage in metrics.jsonl besides losses and scores: the plan at its beginning, and at
 * its end where the time went and how much memory the backend held.
 */
import type { Runner } from '../../run/runner.ts'
import type { RunFolder } from '../run-folder.ts'
import type { PlannedStages } from '../train-options.ts'
import { compiledEvents } from './planned-step.ts'

/** Seconds of a stage that were no training steps, over all parts of a run that was resumed. */
export interface Spent {
  /** To compute the values of frozen models once. */
  readonly frozen: number
  /** To evaluate, and to compare states. */
  readonly evaluation: number
}

/** Logs the planned memory of a stage, and how it was compiled. */
export function logPlan(folder: RunFolder, stage: string, planned: PlannedStages | undefined): void {
  const peak = planned?.peaks.get(stage)
  if (planned === undefined || peak === undefined) return
  const at = { stage, step: 0 }
  folder.log({ event: 'memory', ...at, planned_bytes: peak, available_bytes: planned.available })
  const compiled = planned.compiled?.get(stage)
  if (compiled) for (const event of compiledEvents(compiled)) folder.log({ ...event, ...at })
}

/** The most that a runner held in the steps of a stage. */
export class HeldMemory {
  private readonly runner: Runner
  private most = 0

  constructor(runner: Runner) {
    this.runner = runner
  }

  /** To be called after a step. */
  look(): void {
    this.most = Math.max(this.most, this.runner.peak?.() ?? 0)
  }

  /** As a part of the event at the end of the stage; empty where the runner cannot tell. */
  get event(): { readonly measured_bytes?: number } {
    return this.most > 0 ? { measured_bytes: this.most } : {}
  }
}
