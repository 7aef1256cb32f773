/**
 * The progress display of a run. On a terminal it redraws a few lines; elsewhere it prints log lines with the
 * time at an interval. It writes through a given function.
 */
import { bytesText } from '../plan/print.ts'
import { fidelityLines } from './fidelity-lines.ts'
import { formatBytes, formatCount, formatDuration, formatLoss, wrapped } from './format.ts'
import { LiveLines, type LiveTerminal } from './live-lines.ts'
import { formatMetric } from './metrics/index.ts'
import type {
  Augmented,
  AugmentProgress,
  FrozenProgress,
  ModelFidelity,
  Score,
  StageBegins,
  StageEnds,
  StartVerified,
  StepDone,
  TrainObserver,
} from './observer.ts'
import { Pace } from './pace.ts'
import { type StageState, stageFrame, stageLine, stageTitle } from './progress-frame.ts'
import { Course } from './sparkline.ts'

export interface ProgressOptions extends LiveTerminal {
  /** Whether to redraw the last lines; otherwise log lines are printed. */
  readonly terminal: boolean
  /** Milliseconds since 1970. */
  readonly clock: () => number
  /** Milliseconds between log lines. There are ten redraws in a second. */
  readonly interval?: number
}

/** Number of steps over which terms and norms are averaged. */
const memory = 50

/** A stage that goes on. */
interface Current {
  readonly begins: StageBegins
  readonly pace: Pace
  readonly recent: StepDone[]
  /** Of each term. */
  readonly courses: Map<string, Course>
  /** Gradient norms of the terms, as last measured. */
  termNorms: ReadonlyMap<string, number>
  /** The last score of each model, and the value of its best one. */
  readonly scores: Map<string, string>
  readonly best: Map<string, string>
}

export class ProgressDisplay implements TrainObserver {
  private readonly options: ProgressOptions
  private readonly lines: LiveLines
  private lastDraw = Number.NEGATIVE_INFINITY
  private current: Current | undefined
  /** When the computation of frozen values began, and how many existed then. */
  private filling: { readonly at: number; readonly done: number } | undefined

  constructor(options: ProgressOptions) {
    this.options = options
    this.lines = new LiveLines(options)
  }

  teacher(score: Score): void {
    this.line(describeScore(score))
  }

  note(text: string): void {
    this.line(`note: ${text}`)
  }

  stageBegins(event: StageBegins): void {
    const now = this.options.clock()
    this.current = {
      begins: event,
      pace: new Pace(event, now),
      recent: [],
      courses: coursesOf(event.earlier ?? []),
      termNorms: new Map(),
      scores: new Map(),
      best: new Map(),
    }
    this.lastDraw = this.options.terminal ? Number.NEGATIVE_INFINITY : now
    const { step, total, stepsPerEpoch, memory: planned } = event
    const steps =
      event.reused !== undefined
        ? `as in ${event.reused}`
        : step > 0
          ? `resumes at step ${formatCount(step)} of ${formatCount(total)}`
          : `${formatCount(total)} ${total === 1 ? 'step' : 'steps'}, ${formatCount(stepsPerEpoch)} per epoch`
    const peak =
      planned && event.reused === undefined
        ? `   peak ${bytesText(planned.peak)} of ${bytesText(planned.available)} (planned)`
        : ''
    this.line(`${stageTitle(event)} ${steps}${peak}`)
  }

  /** `T: 3,200 of 9,804 examples   4m 05s left`, and at the end the time that it took. */
  frozen({ models, done, total, bytes }: FrozenProgress): void {
    const who = `${this.place}${models.join(', ')}`
    this.fill(who, 'examples', { done, total }, `, ${formatBytes(bytes)} cached`)
  }

  /** `augmentation: G: 3,200 of 71,420 masked words   1m 05s left` */
  augmenting({ model, done, total }: AugmentProgress): void {
    this.fill(`augmentation: ${model}`, 'masked words', { done, total }, '')
  }

  augmented({ stage, data, from, examples }: Augmented): void {
    this.line(
      `${stage}: the ${formatCount(from)} training examples of ${data} became ${formatCount(examples)} by augmentation`,
    )
  }

  private fill(
    who: string,
    what: string,
    { done, total }: { readonly done: number; readonly total: number },
    end: string,
  ): void {
    const now = this.options.clock()
    if (this.filling === undefined || done < this.filling.done) this.filling = { at: now, done }
    const [made, seconds] = [done - this.filling.done, (now - this.filling.at) / 1000]
    // Steps are timed from here on.
    this.current?.pace.restart(now)
    if (done === total) {
      this.lines.clear()
      this.line(`${who}: ${formatCount(total)} ${what} in ${formatDuration(seconds)}${end}`)
      this.filling = undefined
      return
    }
    if (!this.isTime(now)) return
    const left = made > 0 ? `   ${formatDuration((seconds * (total - done)) / made)} left` : ''
    const text = `${who}: ${formatCount(done)} of ${formatCount(total)} ${what}${left}`
    if (this.options.terminal) this.lines.draw([text])
    else this.line(text.replace(/ {2,}/g, '  '))
  }

  fidelity(model: ModelFidelity): void {
    for (const line of fidelityLines(model)) this.line(line)
  }

  startVerified({ stage, steps, largest, of, seconds }: StartVerified): void {
    // Steps are timed from here on.
    this.current?.pace.restart(this.options.clock())
    const first = steps === 1 ? 'the first step agrees' : `the first ${steps} steps agree`
    this.line(
      `${stage}: ${first} with the reference to ${formatLoss(largest)} (${of})   ${formatDuration(seconds)}`,
    )
  }

  step(event: StepDone): void {
    const { current } = this
    if (current === undefined) return
    const now = this.options.clock()
    const { pace, recent, courses } = current
    pace.step(event, now)
    current.termNorms = event.termNorms ?? current.termNorms
    recent.push(event)
    if (recent.length > memory) recent.shift()
    for (const [name, value] of event.terms) {
      const course = courses.get(name) ?? new Course()
      course.add(value)
      courses.set(name, course)
    }
    if (!this.isTime(now)) return
    if (this.options.terminal) this.redraw()
    else this.line(stageLine(stateOf(current, event)))
  }

  scored({ step, score, isBest }: { stage: string; step: number; score: Score; isBest: boolean }): void {
    const at = `step ${formatCount(step)}`
    if (this.current) keepScore(this.current, `${valuesOf(score)} at ${at}`, score, isBest)
    this.line(`${this.place}${at}   ${describeScore(score)}${isBest ? '   best so far' : ''}`)
    this.redraw()
  }

  stageEnds(event: StageEnds): void {
    const { seconds, steps, terms, best, early } = event
    const how = early ? `stopped early at step ${formatCount(steps)}` : 'done'
    const parts = [`${stageTitle(event)} ${how} ${formatDuration(seconds)}`]
    const losses = Object.entries(terms).map(([name, value]) => `${name} ${formatLoss(value)}`)
    if (losses.length > 0) parts.push(losses.join('  '))
    if (best) parts.push(`best ${best.metric} at step ${formatCount(best.step)}`)
    this.lines.clear()
    this.line(parts.join('   '))
    this.current = undefined
  }

  /** Ends the display with the cursor on a new line. */
  end(): void {
    this.lines.end()
  }

  /** Prints a line above the redrawn ones. A line of a log begins with the time: `2026-12-01T21:05:33Z`. */
  protected line(text: string): void {
    if (this.options.terminal) this.lines.print(wrapped(text, this.options.size().columns - 1))
    else this.options.write(`${new Date(this.options.clock()).toISOString().slice(0, 19)}Z ${text}\n`)
  }

  /** The stage after its last step. */
  private redraw(): void {
    const last = this.current?.recent.at(-1)
    if (!this.options.terminal || !this.current || !last) return
    this.lines.draw(stageFrame(stateOf(this.current, last), this.options.size().columns - 1))
  }

  /** `[2/3 intermediate] `; empty between stages. */
  private get place(): string {
    return this.current ? `${stageTitle(this.current.begins)} ` : ''
  }

  /** Whether the next frame or log line is due, which it then is taken to be. */
  private isTime(now: number): boolean {
    const { terminal, interval = 10_000 } = this.options
    if (now - this.lastDraw < (terminal ? 100 : interval)) return false
    this.lastDraw = now
    return true
  }
}

/** The courses of a resumed stage. Each logged average stands for the steps since the one before. */
function coursesOf(earlier: NonNullable<StageBegins['earlier']>): Map<string, Course> {
  const courses = new Map<string, Course>()
  let before = 0
  for (const { step, terms } of earlier) {
    for (const [name, value] of Object.entries(terms)) {
      const course = courses.get(name) ?? new Course()
      courses.set(name, course)
      if (value !== null) for (let at = before; at < step; at++) course.add(value)
    }
    before = step
  }
  return courses
}

/** What is to be shown of a stage after a step. */
function stateOf({ begins, pace, recent, courses, termNorms, scores }: Current, at: StepDone): StageState {
  const average = (of: (one: StepDone) => number): number =>
    recent.reduce((sum, one) => sum + of(one), 0) / recent.length
  return {
    begins,
    at,
    terms: [...courses].map(([name, { averages }]) => ({
      name,
      value: average(({ terms }) => terms.get(name) ?? 0),
      course: averages,
    })),
    norm: average(({ norm }) => norm),
    termNorms,
    stepsPerSecond: pace.stepsPerSecond,
    liveTokens: average(({ liveTokens }) => liveTokens),
    paddedTokens: average(({ paddedTokens }) => paddedTokens),
    exchange: at.exchange === undefined ? undefined : average(({ exchange = 0 }) => exchange),
    scores: [...scores.values()],
    leftOfStage: pace.secondsOfStage(at),
    leftOfRun: pace.secondsOfRun(at),
  }
}

/** `S accuracy 91.1 at step 2,474 (best 91.4)` */
function keepScore({ scores, best }: Current, text: string, score: Score, isBest: boolean): void {
  const { model, data, values } = score
  const key = `${model} on ${data}`
  // The first metric is the one that decides.
  const [first] = values
  if (isBest && first) best.set(key, formatMetric(...first))
  const before = best.get(key)
  const beside = isBest ? ' (best)' : before === undefined ? '' : ` (best ${before})`
  scores.set(key, `${model} ${text}${beside}`)
}

/** `T on labelled.validation: accuracy 92.4  f1 90.1` */
function describeScore(score: Score): string {
  return `${score.model} on ${score.data}.${score.split}: ${valuesOf(score)}`
}

function valuesOf({ values }: Score): string {
  return [...values].map(([name, value]) => `${name} ${formatMetric(name, value)}`).join('  ')
}
