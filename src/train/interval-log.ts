/** Lines of metrics.jsonl: averages over an interval of steps, so that the log of a long run stays small. */
import type { IntervalState } from './interval-state.ts'
import type { StepDone } from './observer.ts'
import type { RunFolder } from './run-folder.ts'

/** Steps of each line. */
const interval = 20

const none = { steps: 0, seconds: 0, terms: {}, loss: 0, norm: 0, clipped: 0, tokens: 0 } as const

export class IntervalLog {
  private readonly folder: RunFolder
  private readonly stage: string
  private readonly now: () => number
  private sums: IntervalState
  private since: number

  /** @param before the interval of a resumed run */
  constructor(folder: RunFolder, stage: string, now: () => number, before?: IntervalState) {
    this.folder = folder
    this.stage = stage
    this.now = now
    this.sums = before ?? IntervalLog.after({})
    this.since = now() - 1000 * this.sums.seconds
  }

  /** The state after a line with these terms. */
  static after(terms: Readonly<Record<string, number>>): IntervalState {
    return { ...none, last: { ...terms } }
  }

  /** Terms averaged over the last written interval. */
  get lastTerms(): Readonly<Record<string, number>> {
    return this.sums.last
  }

  /** The interval so far. */
  get state(): IntervalState {
    return { ...this.sums, seconds: (this.now() - this.since) / 1000 }
  }

  add(event: StepDone): void {
    const { sums } = this
    const terms = [...event.terms].map(([name, value]) => [name, (sums.terms[name] ?? 0) + value])
    this.sums = {
      ...sums,
      steps: sums.steps + 1,
      terms: Object.fromEntries(terms),
      loss: sums.loss + event.loss,
      norm: sums.norm + event.norm,
      clipped: sums.clipped + Number(event.clipped ?? false),
      tokens: sums.tokens + event.liveTokens,
    }
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
    const { steps, loss, norm, clipped, tokens, seconds } = this.state
    const entries = Object.entries(this.sums.terms).map(([name, sum]) => [name, sum / steps])
    const terms: Record<string, number> = Object.fromEntries(entries)
    const perSecond = steps / Math.max(1e-3, seconds)
    this.folder.log({
      stage: this.stage,
      step: last.step,
      steps: last.total,
      epoch: Number((last.step / last.stepsPerEpoch).toFixed(4)),
      terms,
      total: loss / steps,
      gradient_norm: norm / steps,
      ...(last.clipped === undefined ? {} : { clipped: round(clipped / steps) }),
      ...(last.termNorms ? { term_gradient_norms: Object.fromEntries(last.termNorms) } : {}),
      rate: last.rate,
      steps_per_second: round(perSecond),
      tokens_per_second: round((tokens / steps) * perSecond),
    })
    this.sums = IntervalLog.after(terms)
    this.since = this.now()
  }
}

function round(value: number): number {
  return Number(value.toPrecision(4))
}
