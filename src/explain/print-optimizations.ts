/**
 * The passes of a stage as a table for people: what the step costs after each that changed it, and why others
 * could not.
 */

import type { Painter } from '../diagnostics/paint.ts'
import { paintedWidth } from '../diagnostics/width.ts'
import { bytes, flops, table, wrap } from './figures.ts'
import type { OptimizationReport } from './optimizations.ts'
import type { StageReport } from './report.ts'

/**
 * As it is written, then a line for each pass that changed something, then those that had something to say
 * and those that had not.
 */
export function printOptimizations(
  stage: StageReport,
  backend: string,
  paint: Painter,
  columns: number,
): string[] {
  const { unoptimized, optimizations, left_out: leftOut } = stage
  const rows: (readonly string[])[] = [
    [`optimizations for ${backend}`, 'FLOPs', 'peak'],
    ['as written', short(unoptimized.flops_per_step), bytes(unoptimized.peak_bytes)],
  ]
  const remarks: (readonly string[])[] = [[], []]
  let cost = rows[1] ?? []
  const seen = new Set<string>()
  for (const pass of optimizations.filter(acts)) {
    const now = [
      seen.has(pass.name) ? `${pass.name}, again` : pass.name,
      short(pass.flops_per_step),
      bytes(pass.peak_bytes),
    ]
    seen.add(pass.name)
    rows.push(now.map((cell, c) => (c > 0 && cell === cost[c] ? '=' : cell)))
    remarks.push(pass.notes)
    cost = now
  }
  const idle = optimizations.filter((pass) => !acts(pass))
  const unable = idle.filter(({ name, notes }) => notes.length > 0 && !seen.has(name))
  const silent = namesOf(idle).filter((name) => !seen.has(name) && !unable.some((pass) => pass.name === name))
  const width = Math.max(...[...rows.map(([name = '']) => name), ...namesOf(unable)].map((n) => n.length))
  const lines = table(
    rows.map(([name = '', ...cells]) => [name.padEnd(width), ...cells]),
    [false, true, true],
  ).flatMap((line, i) => {
    const isSame = rows[i]?.slice(1).every((cell) => cell === '=') === true
    // In a narrow line, the remarks have the place of costs that are as before.
    const start = isSame && columns - line.length < narrowest ? line.slice(0, width) : line
    return beside(i === 0 ? paint.muted(start) : start, remarks[i] ?? [], columns)
  })
  for (const { name, notes } of unable) lines.push(...beside(name.padEnd(width), notes, columns))
  if (silent.length > 0) lines.push(...wrap(`nothing to do: ${silent.join(', ')}`, 0, columns))
  if (leftOut.length > 0) lines.push(`left out: ${leftOut.join(', ')}`)
  return lines
}

/** A pass that plans how the graph is run changes no node of it. */
const acts = ({ changed, phase, notes }: OptimizationReport): boolean =>
  changed || (phase === 'plan' && notes.length > 0)

const namesOf = (passes: readonly OptimizationReport[]): string[] => [
  ...new Set(passes.map(({ name }) => name)),
]

/** Below this many characters, remarks stand under their line. */
const narrowest = 40

/** Remarks after a line, each in lines of its own. */
function beside(line: string, remarks: readonly string[], columns: number): string[] {
  const start = paintedWidth(line) + 2
  if (columns - start < narrowest)
    return [line.trimEnd(), ...remarks.flatMap((remark) => wrap(remark, 4, columns))]
  const [first = '', ...more] = remarks.flatMap((remark) => wrap(remark, start, columns))
  return [`${line}  ${first.trimStart()}`.trimEnd(), ...more]
}

/** `431 G`: the heading says FLOPs. */
const short = (n: number): string => flops(n).replace('FLOP', '')
