/**
 * The redrawn lines of a stage, laid out for a width: place and speed, a sparkline of each loss term, the
 * last scores, and the time that is left. What does not fit is left out from the end of a line.
 */
import { formatCount, formatDuration, formatLoss, formatSpeed } from './format.ts'
import type { StageBegins, StepDone } from './observer.ts'
import { sparkline } from './sparkline.ts'

/** What is known after a step. Terms, norm and tokens are averages over the last steps. */
export interface StageState {
  readonly begins: Pick<StageBegins, 'stage' | 'number' | 'count'>
  readonly at: Pick<StepDone, 'step' | 'total' | 'stepsPerEpoch'>
  readonly terms: readonly {
    readonly name: string
    readonly value: number
    readonly course: readonly number[]
  }[]
  readonly norm: number
  /** Gradient norms of several terms, as last measured. */
  readonly termNorms: ReadonlyMap<string, number>
  readonly stepsPerSecond: number
  /** Of a step. */
  readonly liveTokens: number
  readonly paddedTokens: number
  /** Seconds of a step that are exchanges with other ranks. */
  readonly exchange: number | undefined
  /** The last score of each model: `S accuracy 91.1 at step 2,474`. */
  readonly scores: readonly string[]
  /** Seconds. */
  readonly leftOfStage: number | undefined
  readonly leftOfRun: number | undefined
}

const indent = '  '
const gap = '   '
/** Characters of a name, of a value, and of a sparkline at least and at most. */
const longest = { name: 20, value: 7, spark: 40 }
const shortestSpark = 8
/** Lines of terms, at most. */
const termRows = 4

/** `[2/3 intermediate]` */
export function stageTitle({ stage, number, count }: StageState['begins']): string {
  return `[${number}/${count} ${stage}]`
}

/** Lines of at most `room` characters. */
export function stageFrame(state: StageState, room: number): string[] {
  const share = state.at.step / Math.max(1, state.at.total)
  const [place, speed] = [placeOf(state.at), `${formatSpeed(state.stepsPerSecond)} step/s`]
  const head = (width: number): string =>
    `${stageTitle(state.begins)} ${place}  ${width > 0 ? `${bar(share, width)} ` : ''}${percentOf(share)}${gap}${speed}`
  const width = [30, 20, 10].find((one) => head(one).length <= room) ?? 0
  return [
    head(width),
    ...termLines(state.terms, room),
    normLine(state, room),
    ...(state.scores.length > 0 ? [fitting(state.scores, room)] : []),
    fitting([leftOf(state)], room),
  ]
    .filter((line) => line.trim() !== '')
    .map((line) => line.slice(0, room))
}

/** The same in one line, without sparklines, for a log. */
export function stageLine(state: StageState): string {
  const share = percentOf(state.at.step / Math.max(1, state.at.total))
  return [
    `${stageTitle(state.begins)} ${placeOf(state.at)}`,
    share.trim(),
    ...state.terms.map(({ name, value }) => `${name} ${formatLoss(value)}`),
    normsOf(state),
    `${formatSpeed(state.stepsPerSecond)} step/s`,
    tokensOf(state),
    leftOf(state),
  ]
    .filter(Boolean)
    .join('  ')
}

function placeOf({ step, total, stepsPerEpoch }: StageState['at']): string {
  const epochs = Math.ceil(total / stepsPerEpoch)
  const steps = `step ${formatCount(step)}/${formatCount(total)}`
  return epochs > 1 ? `epoch ${Math.ceil(step / stepsPerEpoch)}/${epochs}` : steps
}

function percentOf(share: number): string {
  return `${Math.floor(100 * share)}%`.padStart(4)
}

/** `|g| 0.700 (hidn 0.500, attn 0.200)` */
function normsOf({ norm, terms, termNorms }: StageState): string {
  // With one term, its norm is that of the total.
  const parts = terms.length > 1 ? [...termNorms].map(([name, value]) => `${name} ${formatLoss(value)}`) : []
  return `|g| ${formatLoss(norm)}${parts.length > 0 ? ` (${parts.join(', ')})` : ''}`
}

/** Where there is no room, without the norms of the terms. */
function normLine(state: StageState, room: number): string {
  const whole = [normsOf(state), tokensOf(state)]
  const [norms = ''] = whole
  const fits = indent.length + whole.join(gap).length <= room
  return fitting(fits ? whole : [norms.replace(/ \(.*/, ''), tokensOf(state)], room)
}

function tokensOf({ liveTokens, paddedTokens, stepsPerSecond, exchange }: StageState): string {
  const [live, padded] = [liveTokens, paddedTokens].map((one) => formatCount(one * stepsPerSecond))
  const share =
    exchange === undefined ? '' : `, ${Math.round(100 * Math.min(1, exchange * stepsPerSecond))}% exchange`
  return `${live} tok/s live (${padded} with padding)${share}`
}

/** `31m 18s left of the stage, 2h 10m of the run`; `31m 18s left` in the last stage. */
function leftOf({ leftOfStage, leftOfRun }: StageState): string {
  if (leftOfStage === undefined) return ''
  if (leftOfRun === undefined) return `${formatDuration(leftOfStage)} left`
  return `${formatDuration(leftOfStage)} left of the stage, about ${formatDuration(leftOfRun)} of the run`
}

/** Cells of equal width: `hidn ▇▆▅▃▂▁▁ 0.102`. As many in a row as have room for a sparkline. */
function termLines(terms: StageState['terms'], room: number): string[] {
  if (terms.length === 0) return []
  const nameWidth = Math.min(longest.name, Math.max(...terms.map(({ name }) => name.length)))
  // The indent, the name, and the value between two spaces.
  const fixed = indent.length + nameWidth + longest.value + 2
  const perRow = Math.max(1, Math.min(terms.length, Math.floor(room / (fixed + shortestSpark))))
  const width = Math.max(0, Math.min(longest.spark, Math.floor(room / perRow) - fixed))
  const cells = terms.map(({ name, value, course }) => {
    const short = name.length > nameWidth ? `${name.slice(0, nameWidth - 3)}...` : name.padEnd(nameWidth)
    const line = width > 0 ? ` ${sparkline(course, width).padEnd(width)}` : ''
    return `${indent}${short}${line} ${formatLoss(value)}`.padEnd(fixed + width)
  })
  const rows = Array.from({ length: Math.ceil(cells.length / perRow) }, (_, i) =>
    cells
      .slice(i * perRow, (i + 1) * perRow)
      .join('')
      .trimEnd(),
  )
  if (rows.length <= termRows) return rows
  const hidden = terms.length - (termRows - 1) * perRow
  return [...rows.slice(0, termRows - 1), `${indent}... and ${hidden} more terms`]
}

/** The first parts that fit into a line; the first one is cut if it alone is longer. */
function fitting(parts: readonly string[], room: number): string {
  const line = (count: number): string => `${indent}${parts.slice(0, count).join(gap)}`
  let count = parts.length
  while (count > 1 && line(count).length > room) count--
  return line(count)
}

/** `[=======>            ]` */
function bar(share: number, width: number): string {
  const inside = width - 2
  const filled = Math.min(inside, Math.floor(share * inside))
  const tip = filled < inside ? '>' : ''
  return `[${'='.repeat(filled)}${tip}${' '.repeat(Math.max(0, inside - filled - tip.length))}]`
}
