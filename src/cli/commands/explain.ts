/**
 * `distill explain SPEC` prints parameters, layer maps, losses and costs, from the spec alone. It only counts
 * the data. It reads the weights of models in low precision, to compare them with float32.
 */
import { type Command, InvalidArgumentError, Option } from 'commander'
import { cutLine } from '../../data/cut-texts.ts'
import { leakLines } from '../../data/repeats.ts'
import { outlineLine } from '../../explain/data/outline.ts'
import { indent, wrapLines } from '../../explain/figures.ts'
import { labelsLine } from '../../explain/labels.ts'
import { isReportPart, type ReportPart, reportParts, usualParts } from '../../explain/parts.ts'
import { printReport } from '../../explain/print.ts'
import type { BackendChoice } from '../../library/backends.ts'
import { explainProgram } from '../../library/explain.ts'
import type { MeasuredFidelity } from '../../library/fidelity.ts'
import { fidelityLines } from '../../train/fidelity-lines.ts'
import { backendOption } from '../backend-option.ts'
import { collectSetting, loadSpec } from '../load-spec.ts'
import { printNote } from '../open-run.ts'
import { memorySize } from '../option-values.ts'
import { print } from '../output.ts'
import { passesOption } from '../passes.ts'
import { standardOutput } from '../terminal.ts'

interface ExplainOptions {
  json?: boolean
  show: ReadonlySet<ReportPart>
  stage?: string[]
  set?: Record<string, string>
  memory?: number
  backend: BackendChoice
  passes?: string
}

export function register(program: Command): void {
  program
    .command('explain')
    .description(
      'summarize a spec: its models, what teaches what, steps, memory; then parameters, layer maps, stages and more by --show',
    )
    .argument('<spec>', 'a .distill file')
    .addOption(
      new Option(
        '--show <parts>',
        `what to print below the summary, separated by commas: ${reportParts.join(', ')}, or all`,
      )
        .argParser(partsOf)
        .default(usualParts, [...usualParts].join(',')),
    )
    .option('--json', 'the report as JSON on standard output')
    .option(
      '--stage <name>',
      'only this stage or family (may repeat); by default equal members of a large family are shown once',
      (name, all: string[] = []) => [...all, name],
    )
    .option('--set <name=value>', 'replace a setting of the spec (may repeat)', collectSetting)
    .option(
      '--memory <size>',
      'memory limit, such as 2GiB: recompute activations to fit; fail if a stage still does not fit',
      memorySize,
    )
    .addOption(backendOption('the backend whose fused operations are assumed'))
    .addOption(passesOption())
    .action(async (spec: string, options: ExplainOptions) => {
      const checked = loadSpec(spec, { ...options, warnings: true, withoutData: true })
      if (!checked) return
      const { set: settings, stage: stages, show, ...rest } = options
      const explanation = await explainProgram(checked, { ...rest, settings, stages, onNote: printNote })
      if (options.json) {
        print(`${JSON.stringify(explanation, null, 2)}\n`)
        return
      }
      const { time, fidelity, labels = [], data = [], cut_texts: cuts = [], ...report } = explanation
      const { columns, paint } = standardOutput()
      const remarks = [
        labels.map((one) =>
          labelsLine(
            one,
            data.some((outline) => outline.data === one.data),
          ),
        ),
        [...data.map(outlineLine), ...leakLines(data), ...cuts.map(cutLine)],
        fidelity ? describeFidelity(fidelity) : [],
      ]
      const below = remarks.flatMap((lines) =>
        lines.length > 0 ? ['', ...wrapLines(indent(lines), columns)] : [],
      )
      print(printReport(report, { columns, paint, show, ...(time ? { time } : {}) }))
      print(below.map((line) => `${line}\n`).join(''))
    })
}

function partsOf(value: string): ReadonlySet<ReportPart> {
  const names = value.split(',').map((name) => name.trim())
  if (names.includes('all')) return new Set(reportParts)
  const unknown = names.find((name) => !isReportPart(name))
  if (unknown !== undefined)
    throw new InvalidArgumentError(`there is no part \`${unknown}\`; write ${reportParts.join(', ')}, or all`)
  return new Set(names.filter(isReportPart))
}

/** What was measured for each stage, and which stages were not. */
function describeFidelity({ measured, not }: MeasuredFidelity): string[] {
  const lines = measured.flatMap((one) => {
    const [title, ...taps] = fidelityLines(one)
    return [`stage ${one.stage}: ${title}`, ...taps]
  })
  const reasons = not.map(({ stage, reason }) => `stage ${stage}: not compared with float32: ${reason}`)
  return [...lines, ...reasons]
}
