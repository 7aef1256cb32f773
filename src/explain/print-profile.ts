/**
 * A profile as text for people: the ten most expensive operations and lines, with bars of their time.
 */

import { bar } from './bars.ts'
import { bytes, flops, table } from './figures.ts'
import type { Profile, ProfileEntry } from './profile.ts'

const shown = 10

export function printProfile(profile: Profile): string {
  const { stage, backend, sizes, steps, milliseconds: whole, peak_gflops: large, once } = profile
  const lines = [
    `stage ${stage} on ${backend}: ${sizes.examples} examples x ${sizes.tokens} tokens, mean of ${steps} ${steps === 1 ? 'step' : 'steps'}, synthetic data, random weights`,
    `a step ${time(whole)} (losses and gradients)   ${flops(profile.flops)}   ${rate(profile.flops, whole).toPrecision(3)} GFLOP/s; a product of two large matrices alone: ${large.toPrecision(3)}`,
    ...(once
      ? [`in addition, once per example: ${once.models.join(', ')} ${time(once.milliseconds_per_example)}`]
      : []),
    '',
    ...section('operation', profile.operations),
    '',
    ...section('line', profile.lines),
  ]
  return `${lines.join('\n')}\n`
}

function section(title: string, entries: readonly ProfileEntry[]): string[] {
  const most = Math.max(...entries.map(({ share }) => share))
  const rows = [[title, 'time', 'of all', '', 'calls', 'GFLOP/s', 'bytes', '']]
  for (const entry of entries.slice(0, shown)) {
    const speed = rate(entry.flops, entry.milliseconds)
    rows.push([
      entry.name,
      time(entry.milliseconds),
      percent(entry.share),
      // Ten characters for the longest.
      bar(entry.share / most, 10),
      String(entry.calls),
      entry.flops > 0 ? speed.toPrecision(3) : '-',
      bytes(entry.bytes),
      clip(entry.text ?? ''),
    ])
  }
  const rest = entries.slice(shown)
  const right = [false, true, true, false, true, true, true, false]
  const lines = table(rows, right).map((line) => `  ${line}`)
  if (rest.length === 0) return lines
  const left = rest.reduce((sum, entry) => sum + entry.milliseconds, 0)
  return [...lines, `  and ${rest.length} more, ${time(left)}`]
}

/** In 10^9 a second. */
const rate = (amount: number, milliseconds: number): number =>
  milliseconds > 0 ? amount / milliseconds / 1e6 : 0
const time = (milliseconds: number): string =>
  milliseconds >= 1e4 ? `${(milliseconds / 1e3).toFixed(1)} s` : `${milliseconds.toPrecision(3)} ms`
const percent = (share: number): string => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)}%`
const clip = (text: string): string => (text.length > 34 ? `${text.slice(0, 33)}\u2026` : text)
