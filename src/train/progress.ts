/**
 * The progress display of a run. On a terminal it redraws two lines; elsewhere it prints plain lines at an
 * interval. It writes through a given function.
 */
import { bytesText } from '../plan/print.ts'
import { fidelityLines } from './fidelity-lines.ts'
import { formatBytes, formatCount, formatDuration, formatLoss, formatSpeed } from './format.ts'
import { formatMetric } from './metrics/index.ts'
import type {
  Augmented,
  AugmentProgress,
  FrozenProgress,
  ModelFidelity,
  Score,
  StageBegins,
  StageEnds,
  StepDone,
  TrainObserver,
} from './observer.ts'

export interface ProgressOptions {
  readonly write: (text: string) => void
  /** Whether to redraw the last lines; otherwise plain lines are printed. */
  readonly terminal: boolean
  readonly columns: number
  /** Milliseconds. */
  readonly clock: () => number
  /** Milliseconds between plain lines. There are ten redraws in a second. */
  readonly interval?: number
  readonly color?: (style: 'dim' | 'bold', text: string) => string
}

/** Number of steps over which terms and speeds are averaged. */
const memory = 50

export class ProgressDisplay implements TrainObserver {
  private readonly options: ProgressOptions
  private drawn = 0
  private lastDraw = Number.NEGATIVE_INFINITY
  private current: StageBegins | undefined
  private recent: { readonly event: StepDone; readonly at: number }[] = []
  private begun = 0
  /** Gradient norms of the terms, as last measured in this stage. */
  private termNorms: ReadonlyMap<string, number> | undefined
  /** When the computation of frozen values began, and how many existed then. */
  private filling: { readonly at: number; readonly done: number } | undefined

  constructor(options: ProgressOptions) {
    this.options = options
  }

  teacher(score: Score): void {
    this.line(describeScore(score))
  }

  note(text: string): void {
    this.line(`note: ${text}`)
  }

  stageBegins(event: StageBegins): void {
    this.current = event
    this.recent = []
    this.termNorms = undefined
    this.begun = this.options.clock()
    this.lastDraw = this.options.terminal ? Number.NEGATIVE_INFINITY : this.begun
    const { step, total, stepsPerEpoch, memory: planned } = event
    const steps =
      step > 0
        ? `resumes at step ${formatCount(step)} of ${formatCount(total)}`
        : `${formatCount(total)} ${total === 1 ? 'step' : 'steps'}, ${formatCount(stepsPerEpoch)} per epoch`
    const peak = planned
      ? `   peak ${bytesText(planned.peak)} of ${bytesText(planned.available)} (planned)`
      : ''
    this.line(`${this.title(event)} ${steps}${peak}`)
  }

  /** `T: 3,200 of 9,804 examples   4m 05s left`, and at the end the time that it took. */
  frozen({ models, done, total, bytes }: FrozenProgress): void {
    const title = this.current ? `${this.title(this.current)} ` : ''
    this.fill(`${title}${models.join(', ')}`, 'examples', { done, total }, `, ${formatBytes(bytes)} cached`)
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
    const { terminal, interval = 10_000 } = this.options
    if (this.filling === undefined || done < this.filling.done) this.filling = { at: now, done }
    const [made, seconds] = [done - this.filling.done, (now - this.filling.at) / 1000]
    if (done === total) {
      this.line(`${who}: ${formatCount(total)} ${what} in ${formatDuration(seconds)}${end}`)
      this.filling = undefined
      // Steps are timed from here on.
      this.begun = now
      return
    }
    if (now - this.lastDraw < (terminal ? 100 : interval)) return
    this.lastDraw = now
    const left = made > 0 ? `   ${formatDuration((seconds * (total - done)) / made)} left` : ''
    const text = `${who}: ${formatCount(done)} of ${formatCount(total)} ${what}${left}`
    if (terminal) this.draw([text])
    else this.options.write(`${text.replace(/ {2,}/g, '  ')}\n`)
  }

  fidelity(model: ModelFidelity): void {
    for (const line of fidelityLines(model)) this.line(line)
  }

  step(event: StepDone): void {
    const now = this.options.clock()
    this.termNorms = event.termNorms ?? this.termNorms
    this.recent.push({ event, at: now })
    if (this.recent.length > memory + 1) this.recent.shift()
    const { terminal, interval = 10_000 } = this.options
    if (now - this.lastDraw < (terminal ? 100 : interval)) return
    this.lastDraw = now
    const lines = this.describe(event, now)
    if (terminal) this.draw(lines)
    else this.options.write(`${lines.map((line) => line.trim().replace(/ {2,}/g, '  ')).join('  ')}\n`)
  }

  scored({ step, score, isBest }: { stage: string; step: number; score: Score; isBest: boolean }): void {
    const place = this.current ? `${this.title(this.current)} ` : ''
    this.line(`${place}step ${formatCount(step)}   ${describeScore(score)}${isBest ? '   best so far' : ''}`)
  }

  stageEnds(event: StageEnds): void {
    const { stage, number, count, seconds, steps, terms, best, early } = event
    const how = early ? `stopped early at step ${formatCount(steps)}` : 'done'
    const parts = [`${this.title({ stage, number, count })} ${how} ${formatDuration(seconds)}`]
    const losses = Object.entries(terms).map(([name, value]) => `${name} ${formatLoss(value)}`)
    if (losses.length > 0) parts.push(losses.join('  '))
    if (best) parts.push(`best ${best.metric} at step ${formatCount(best.step)}`)
    this.line(parts.join('   '))
    this.current = undefined
  }

  /** Ends the display with the cursor on a new line. */
  end(): void {
    if (this.drawn > 0) this.options.write('\n')
    this.drawn = 0
  }

  private title({ stage, number, count }: Pick<StageBegins, 'stage' | 'number' | 'count'>): string {
    return `[${number}/${count} ${stage}]`
  }

  private describe(event: StepDone, now: number): readonly [string, string] {
    const begins = this.current
    const first = this.recent[0]
    const steps = this.recent.length - 1
    const seconds = first && steps > 0 ? (now - first.at) / 1000 : (now - this.begun) / 1000
    const speed = seconds > 0 ? Math.max(1, steps) / seconds : 0
    const average = (of: (one: StepDone) => number): number =>
      this.recent.reduce((sum, { event: one }) => sum + of(one), 0) / Math.max(1, this.recent.length)
    const { step, total, stepsPerEpoch } = event
    const share = step / Math.max(1, total)
    const epochs = Math.ceil(total / stepsPerEpoch)
    const place =
      epochs > 1
        ? `epoch ${Math.ceil(step / stepsPerEpoch)}/${epochs}`
        : `step ${formatCount(step)}/${formatCount(total)}`
    const names = [...event.terms.keys()]
    const losses = names.map((name) => `${name} ${formatLoss(average((one) => one.terms.get(name) ?? 0))}`)
    // With one term, its norm is that of the total.
    const measured = names.length > 1 ? [...(this.termNorms ?? [])] : []
    const norms = measured.map(([name, norm]) => `${name} ${formatLoss(norm)}`)
    const parts = norms.length > 0 ? ` (${norms.join(', ')})` : ''
    const norm = `|g| ${formatLoss(average((one) => one.norm))}`
    const pace = `   ${formatSpeed(speed)} step/s`
    const title = begins ? this.title(begins) : ''
    const percent = `${Math.floor(100 * share)}%`.padStart(4)
    const indent = ' '.repeat(Math.min(21, Math.max(title.length + 1, 12)))
    const live = average(({ liveTokens }) => liveTokens) * speed
    const padded = average(({ paddedTokens }) => paddedTokens) * speed
    const left = speed > 0 ? `${formatDuration((total - step) / speed)} left` : ''
    const second = `${indent}${formatCount(live)} tok/s live (${formatCount(padded)} with padding)   ${left}`
    const head = title.padEnd(indent.length)
    const room = this.options.terminal ? this.options.columns - 1 : Number.POSITIVE_INFINITY
    const line = (width: number, shown: readonly string[], of = ''): string =>
      `${head}${place}  ${width > 0 ? `${bar(share, width)} ` : ''}${percent}   ${shown.join('  ')}   ${norm}${of}${pace}`
    // A wide terminal shows everything. A narrow one drops the bar first, then the norms of terms, then terms
    // from the end, and at last the line is cut.
    const widths = this.options.terminal ? [20, 10, 0] : [0]
    for (const of of parts === '' ? [''] : [parts, ''])
      for (const width of widths)
        if (line(width, losses, of).length <= room) return [line(width, losses, of), second]
    for (let count = losses.length - 1; count >= 0; count--) {
      const shown = [...losses.slice(0, count), '...']
      if (line(0, shown).length <= room) return [line(0, shown), second]
    }
    return [line(0, ['...']).slice(0, room), second.slice(0, room)]
  }

  /** Prints a line above the redrawn lines. */
  private line(text: string): void {
    this.erase()
    this.options.write(`${text}\n`)
  }

  private draw(lines: readonly string[]): void {
    this.erase()
    const room = this.options.columns - 1
    this.options.write(lines.map((line) => line.slice(0, room)).join('\n'))
    this.drawn = lines.length
  }

  private erase(): void {
    if (this.drawn === 0) return
    this.options.write(`${this.drawn > 1 ? `\u001b[${this.drawn - 1}A` : ''}\r\u001b[J`)
    this.drawn = 0
  }
}

/** `[=======>            ]` */
function bar(share: number, width: number): string {
  const inside = width - 2
  const filled = Math.min(inside, Math.floor(share * inside))
  const tip = filled < inside ? '>' : ''
  return `[${'='.repeat(filled)}${tip}${' '.repeat(Math.max(0, inside - filled - tip.length))}]`
}

/** `T on labelled.validation: accuracy 92.4  f1 90.1` */
function describeScore({ model, data, split, values }: Score): string {
  const shown = [...values].map(([name, value]) => `${name} ${formatMetric(name, value)}`).join('  ')
  return `${model} on ${data}.${split}: ${shown}`
}
