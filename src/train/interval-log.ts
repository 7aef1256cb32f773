/** Lines of metrics.jsonl: averages over an interval of steps, so that the log of a long run stays small. */
import type { StepDone } from './observer.ts'
import type { RunFolder } from './run-folder.ts'

/** Steps of each line. */
const interval = 20

export class IntervalLog {
  /** Terms averaged over the last written interval. */
  lastTerms: Readonly<Record<string, number>> = {}
  private readonly folder: RunFolder
  private readonly stage: string
  private readonly now: () => number
  private steps: StepDone[] = []
  private since: number

  constructor(folder: RunFolder, stage: string, now: () => number) {
    this.folder = folder
    this.stage = stage
    this.now = now
    this.since = now()
  }

  add(event: StepDone): void {
    this.steps.push(event)
    if (IntervalLog.endsAt(event.step, event.total)) this.write(event)
  }

  /** Whether a line is written after this step. */
  static endsAt(step: number, total: number): boolean {
    return step % interval === 0 || step === total
  }

  /** Whether this is the step of the first line, or an earlier one. */
  static isFirst(step: number): boolean {
    return step <= interval
  }

  /** The number of steps, rounded up to one after which a line is written. */
  static roundUp(steps: number): number {
    return interval * Math.ceil(steps / interval)
  }

  private write(last: StepDone): void {
    const { steps } = this
    const average = (of: (event: StepDone) => number): number =>
      steps.reduce((sum, event) => sum + of(event), 0) / steps.length
    const terms = Object.fromEntries(
      [...last.terms.keys()].map((name) => [name, average((e) => e.terms.get(name) ?? 0)]),
    )
    const seconds = Math.max(1e-3, (this.now() - this.since) / 1000)
    this.lastTerms = terms
    this.folder.log({
      stage: this.stage,
      step: last.step,
      steps: last.total,
      epoch: Number((last.step / last.stepsPerEpoch).toFixed(4)),
      terms,
      total: average(({ loss }) => loss),
      gradient_norm: average(({ norm }) => norm),
      ...(last.clipped === undefined ? {} : { clipped: round(average((e) => Number(e.clipped))) }),
      ...(last.termNorms ? { term_gradient_norms: Object.fromEntries(last.termNorms) } : {}),
      rate: last.rate,
      steps_per_second: round(steps.length / seconds),
      tokens_per_second: round(average(({ liveTokens }) => liveTokens) * (steps.length / seconds)),
    })
    this.steps = []
    this.since = this.now()
  }
}

function round(value: number): number {
  return Number(value.toPrecision(4))
}
