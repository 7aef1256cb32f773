/** From what was measured in rounds to the tables of docs/performance.md. */
import type { Contestant, EpochCase, StepCase } from './cases.ts'
import type { Failure, Measurement } from './child.ts'

/** A contestant and what each round gave of it. */
export interface Entry {
  readonly contestant: Contestant
  readonly own: boolean
  readonly rounds: readonly (Measurement | Failure)[]
}

/** Operations a second of one large product, by precision; from the machine in the same run. */
export type Peaks = Readonly<Record<string, number>>

export function median(list: readonly number[]): number {
  const sorted = [...list].sort((a, b) => a - b)
  const half = sorted.length >> 1
  const upper = sorted[half] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[half - 1] ?? Number.NaN)) / 2
}

const duration = (s: number): string => (s < 0.1 ? `${(s * 1000).toFixed(1)} ms` : `${s.toFixed(2)} s`)
const percent = (x: number): string => `${(100 * x).toFixed(0)}%`
const gigabytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(2)} GiB`
const times = (x: number): string => `${x.toFixed(x < 10 ? 2 : 1)}x`

type Read = (one: Measurement) => number | undefined

function numberOf(one: Measurement | Failure | undefined, read: Read): number {
  return one === undefined || 'failed' in one ? Number.NaN : (read(one) ?? Number.NaN)
}

function middle(entry: Entry, read: Read): number {
  return median(entry.rounds.map((round) => numberOf(round, read)).filter((x) => !Number.isNaN(x)))
}

function failure({ rounds }: Entry): string | undefined {
  const failed = rounds.find((round) => 'failed' in round)
  return failed && 'failed' in failed ? failed.failed : undefined
}

/** The rows of PyTorch that a row of ours is held against: its own precision, or for low precision all there are. */
function rivals(entry: Entry, entries: readonly Entry[]): readonly Entry[] {
  const isRival = ({ precision }: Contestant): boolean =>
    entry.contestant.precision === 'low' || precision === 'float32'
  return entries.filter((one) => !one.own && isRival(one.contestant) && failure(one) === undefined)
}

/** The median over rounds of how many times the rate of PyTorch's fastest in that round. */
function ratio(entry: Entry, entries: readonly Entry[], own: Read, theirs: Read): number {
  const against = rivals(entry, entries)
  return median(
    entry.rounds.map((round, i) => {
      const best = Math.max(...against.map((one) => numberOf(one.rounds[i], theirs)))
      return numberOf(round, own) / best
    }),
  )
}

/** Memory, of the one that is the fastest of those it is held against. */
function memoryShare(entry: Entry, entries: readonly Entry[]): number {
  const speed: Read = ({ seconds_per_step: s }) => s && 1 / s
  const against = rivals(entry, entries)
  const fastest = against.toSorted((a, b) => middle(b, speed) - middle(a, speed))[0]
  if (fastest === undefined) return Number.NaN
  return middle(entry, ({ peak_bytes }) => peak_bytes) / middle(fastest, ({ peak_bytes }) => peak_bytes)
}

/** Time that the products alone would take at the machine's peak, of the time of the whole step. */
function rooflineShare(entry: Entry, peaks: Peaks): number {
  return middle(entry, ({ product_flops = {}, seconds_per_step: s }) => {
    const least = Object.entries(product_flops).reduce(
      (sum, [precision, flops]) => sum + flops / (peaks[precision] ?? Number.NaN),
      0,
    )
    return s && least / s
  })
}

const orDash = (x: number, format: (x: number) => string): string => (Number.isFinite(x) ? format(x) : '-')

export function stepTable(_: StepCase, entries: readonly Entry[], peaks: Peaks): string[] {
  const rows = entries.map((entry) => {
    const { label } = entry.contestant
    const failed = failure(entry)
    if (failed !== undefined) return `| ${label} | no: ${failed} | | | | |`
    const speed: Read = ({ seconds_per_step: s }) => s && 1 / s
    const memory = middle(entry, ({ peak_bytes }) => peak_bytes)
    const cells = [
      label,
      duration(middle(entry, ({ seconds_per_step }) => seconds_per_step)),
      entry.own ? orDash(ratio(entry, entries, speed, speed), times) : '',
      entry.own ? orDash(rooflineShare(entry, peaks), percent) : '',
      gigabytes(memory),
      entry.own ? orDash(memoryShare(entry, entries), percent) : '',
    ]
    return `| ${cells.join(' | ')} |`
  })
  return [
    "| | a step | of PyTorch's speed | of the roofline | peak memory | of PyTorch's |",
    '|---|---|---|---|---|---|',
    ...rows,
  ]
}

export function epochTable({ batch }: EpochCase, entries: readonly Entry[]): string[] {
  const theirs: Read = ({ seconds_per_step: s }) => s && batch / s
  const rate = (x: number): string => x.toFixed(x < 100 ? 1 : 0)
  const rows = entries.map((entry) => {
    const { label } = entry.contestant
    const failed = failure(entry)
    if (failed !== undefined) return `| ${label} | no: ${failed} | | | | | | |`
    const memory = gigabytes(middle(entry, ({ peak_bytes }) => peak_bytes))
    if (!entry.own) {
      const speed = rate(middle(entry, theirs))
      return `| ${label} | ${speed} | ${speed} | | | | ${memory} | |`
    }
    const first: Read = ({ first_epoch }) => first_epoch
    const later: Read = ({ later_epochs }) => later_epochs
    const cells = [
      label,
      rate(middle(entry, first)),
      rate(middle(entry, later)),
      orDash(ratio(entry, entries, first, theirs), times),
      orDash(ratio(entry, entries, later, theirs), times),
      duration(middle(entry, ({ startup_seconds }) => startup_seconds)),
      memory,
      orDash(memoryShare(entry, entries), percent),
    ]
    return `| ${cells.join(' | ')} |`
  })
  return [
    "| examples a second | first epoch | later | of PyTorch's, first epoch | later | start-up | peak memory | of PyTorch's |",
    '|---|---|---|---|---|---|---|---|',
    ...rows,
  ]
}
