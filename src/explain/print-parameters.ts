/** The parameters of models: how many, what they start from, and what they can be exported as. */
import type { Painter } from '../diagnostics/paint.ts'
import { exportLines } from '../huggingface/exportable.ts'
import { indent, number, perClassText, table } from './figures.ts'
import type { SpecReport } from './report.ts'
import { printStarts } from './starts.ts'

/** Sections, each a list of lines. */
export function printParameters(report: SpecReport, paint: Painter, columns: number): string[][] {
  const instances = [...Object.entries(report.teachers), ...Object.entries(report.students)]
  const fidelities = instances.flatMap(([name, { precision, fidelity }]) => {
    if (fidelity === null) return []
    const least = `a cosine of ${fidelity.cosine} and predictions that agree at ${(100 * fidelity.agreement).toFixed(0)}%`
    return `  ${name} in ${precision}: compared with float32 on the first batch of a stage, with ${least} at least (train --dry-run prints it)`
  })
  const models = Object.entries(report.models).map(([name, m]) => [name, number(m.parameters)])
  return [
    instances.length > 0 ? parameterTable(instances, paint, columns) : [],
    fidelities,
    instances.flatMap(([name, { starts_from }]) => printStarts(name, starts_from)),
    indent(
      exportLines(
        instances.flatMap(([name, { exports_as }]) => (exports_as === null ? [] : [[name, exports_as]])),
      ),
    ),
    models.length > 0
      ? [`  ${paint.muted('models as declared')}`, ...indent(table(models, [false, true]), 4)]
      : [],
  ].filter((lines) => lines.length > 0)
}

function parameterTable(
  instances: readonly (readonly [string, SpecReport['teachers'][string]])[],
  paint: Painter,
  columns: number,
): string[] {
  const reference = instances[0]?.[1].parameters
  const base = reference ? reference.encoder + reference.heads : 0
  const rows = [['', '', 'parameters', `of ${instances[0]?.[0] ?? ''}`, 'encoder', 'heads', 'projections']]
  for (const [name, { model, parameters: p }] of instances) {
    const share = base > 0 ? `${((100 * (p.encoder + p.heads)) / base).toFixed(1)}%` : '-'
    const projections = p.projections > 0 ? number(p.projections) : '-'
    rows.push([
      name,
      model,
      perClassText(p.total, p.per_class),
      share,
      number(p.encoder),
      perClassText(p.heads, p.per_class),
      projections,
    ])
  }
  const right = [false, false, true, true, true, true, true]
  const wide = table(rows, right)
  // The summary has said which model each is.
  const fits = wide.every((line) => line.length + 2 <= columns)
  const [heading = '', ...lines] = fits
    ? wide
    : table(
        rows.map((row) => row.toSpliced(1, 1)),
        right.toSpliced(1, 1),
      )
  return indent([paint.muted(heading), ...lines])
}
