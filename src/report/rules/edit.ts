/** Changes of a run's spec text by rules, and how they are shown. */
import { basename } from 'node:path'
import type { Stage } from '../../check/program.ts'
import { parseSource } from '../../syntax/build-ast.ts'
import type { Findings } from '../gather/findings.ts'
import type { NextData } from '../schema.ts'

/** The text of the spec itself, without its imports; empty if the run did not keep it. */
export function specText({ run }: Findings): string {
  return run.again.texts[basename(run.spec)] ?? ''
}

/** Where a declaration of the spec is in its text. Undefined if an imported file declares it. */
function placeOf(
  text: string,
  kind: 'stage' | 'model',
  name: string,
): { readonly start: number; readonly end: number } | undefined {
  const found = parseSource('spec', text).tree.declarations.find(
    (one) => one.kind === kind && 'name' in one && one.name.text === name,
  )
  return found?.span
}

/** What a stage minimizes, as the spec writes it; undefined if an imported file declares the stage. */
export function minimized(findings: Findings, stage: string): string | undefined {
  const text = specText(findings)
  for (const one of parseSource('spec', text).tree.declarations) {
    if (one.kind !== 'stage' || one.name.text !== stage) continue
    const entry = one.body.items.find(({ kind }) => kind === 'minimize')
    if (entry?.kind === 'minimize') return text.slice(entry.value.span.start, entry.value.span.end)
  }
  return undefined
}

/** The text with something replaced within one declaration; undefined if it is not there exactly once. */
export function replaced(
  findings: Findings,
  kind: 'stage' | 'model',
  name: string,
  pattern: RegExp,
  by: (match: RegExpExecArray) => string,
): string | undefined {
  const text = specText(findings)
  const place = placeOf(text, kind, name)
  if (!place) return undefined
  const own = text.slice(place.start, place.end)
  const [found, ...others] = own.matchAll(new RegExp(pattern, 'g'))
  if (!found || others.length > 0) return undefined
  const changed = own.slice(0, found.index) + by(found) + own.slice(found.index + found[0].length)
  return text.slice(0, place.start) + changed + text.slice(place.end)
}

/** The text with a line at the end of a model's block. */
export function withModelLine(findings: Findings, model: string, line: string): string | undefined {
  const text = specText(findings)
  const place = placeOf(text, 'model', model)
  if (!place) return undefined
  const own = text.slice(place.start, place.end)
  const close = own.lastIndexOf('}')
  if (close < 0) return undefined
  const before = own.slice(0, close)
  const isOneLine = !before.includes('\n')
  const changed = isOneLine ? `${before.trimEnd()}, ${line} }` : `${before.trimEnd()}\n  ${line}\n}`
  return text.slice(0, place.start) + changed + own.slice(close + 1) + text.slice(place.end)
}

/** The stage in which the main model learns last. */
export function mainStage({ facts }: Findings): Stage | undefined {
  const { main, stages } = facts
  return stages.findLast(({ trained }) => trained.some((key) => key.startsWith(`${main?.model}.`)))
}

/** A number as a spec has it: `5e-4`, `0.01`, `5`. */
export function specNumber(value: number): string {
  const rounded = Number(value.toPrecision(2))
  return rounded !== 0 && Math.abs(rounded) < 0.01 ? rounded.toExponential() : `${rounded}`
}

type DiffLine = NonNullable<NextData['diff']>['lines'][number]

/** Lines around a change. */
const context = 2

/** The changed lines, with some unchanged ones around them. A rule changes one place. */
export function diffOf(findings: Findings, text: string): DiffLine[] {
  const [before, after] = [specText(findings).split('\n'), text.split('\n')]
  const least = Math.min(before.length, after.length)
  let start = 0
  while (start < least && before[start] === after[start]) start++
  let end = 0
  while (end < least - start && before.at(-1 - end) === after.at(-1 - end)) end++
  const lines = (kind: DiffLine['kind'], texts: readonly string[]): DiffLine[] =>
    texts.map((one) => ({ kind, text: one }))
  const stop = before.length - end
  return [
    ...lines('same', before.slice(Math.max(0, start - context), start)),
    ...lines('removed', before.slice(start, stop)),
    ...lines('added', after.slice(start, after.length - end)),
    ...lines('same', before.slice(stop, stop + context)),
  ]
}
