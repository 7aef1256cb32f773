/** The report of a spec as text for people: a summary, then the parts that are asked for. */
import { type Painter, painter } from '../diagnostics/paint.ts'
import { indent, wrapLines } from './figures.ts'
import { type ReportPart, reportParts } from './parts.ts'
import { printLosses } from './print-losses.ts'
import { printMaps } from './print-maps.ts'
import { printOptimizations } from './print-optimizations.ts'
import { printParameters } from './print-parameters.ts'
import { printStage, stageTitle } from './print-stage.ts'
import { printSummary } from './print-summary.ts'
import type { SpecReport } from './report.ts'
import type { TimeReport } from './time.ts'

export interface PrintOptions {
  /** Of a line; 80 where absent. */
  readonly columns?: number
  /** Parts below the summary; absent: all. */
  readonly show?: ReadonlySet<ReportPart>
  /** Absent: the summary has no line about it. */
  readonly time?: TimeReport
  /** Absent: no colours. */
  readonly paint?: Painter
}

export function printReport(report: SpecReport, options: PrintOptions = {}): string {
  const { columns = 80, show = new Set(reportParts), paint = painter(false) } = options
  const sections = [printSummary(report, options.time, paint, columns)]
  if (show.has('parameters')) sections.push(...printParameters(report, paint, columns))
  if (show.has('maps')) sections.push(...printMaps(report, paint, columns))
  for (const [name, stage] of Object.entries(report.stages)) {
    const lines = [
      ...(show.has('stages') ? printStage(stage) : []),
      ...(show.has('losses') ? printLosses(stage, paint, columns) : []),
      ...(show.has('passes') ? indent(printOptimizations(stage, report.backend, paint, columns - 4), 4) : []),
    ]
    if (lines.length > 0) sections.push([`  ${paint.note(stageTitle(name, stage))}`, ...lines])
  }
  if (show.has('stages')) sections.push(...report.others.map((others) => [likeAnother(others)]))
  return `${sections.map((lines) => wrapLines(lines, columns).join('\n')).join('\n\n')}\n`
}

/** The stages of a family that are not shown. */
function likeAnother({ family, stages, like }: SpecReport['others'][number]): string {
  const names = stages.length > 1 ? `${stages[0]} to ${stages.at(-1)}` : stages[0]
  return `  stages ${names} differ from ${like} only in their layer; --stage ${stages[0]} shows one, --stage ${family} all`
}
