/** The loss terms of a stage: weight, divisor and mask of each. */
import type { Painter } from '../diagnostics/paint.ts'
import { indent, table } from './figures.ts'
import { printTermNotes } from './losses.ts'
import { masksText } from './masks.ts'
import type { StageReport } from './report.ts'

export function printLosses(stage: StageReport, paint: Painter, columns: number): string[] {
  const rows = stage.terms.map((term) => {
    const divided = term.dividedBy.map(
      (d) =>
        d.axes.join(' x ') +
        (d.withinExample ? ' (within example)' : '') +
        (d.count > 1 ? `, x${d.count}` : ''),
    )
    return [term.name, term.weight, masksText(term.masks, term.mixed), divided.join('; ') || '-']
  })
  const heading = ['term', 'weight', 'mask', 'divided by']
  const [first = '', ...lines] = table([heading, ...rows], [false, false, false, false], columns - 4)
  const minimized = stage.minimized === null ? [] : [`    minimized: ${stage.minimized}`]
  const normalised =
    stage.normalise === 'microbatch'
      ? ['    the mean over micro-batches, each divided by its own counts (normalise = microbatch)']
      : []
  return [
    ...indent([paint.muted(first), ...lines], 4),
    ...stage.terms.flatMap(printTermNotes),
    ...minimized,
    ...normalised,
  ]
}
