/**
 * `distill explain SPEC` prints parameters, layer maps, losses and costs, from the spec alone. It only counts
 * the data. It reads the weights of models in low precision, to compare them with float32.
 */
import type { Command } from 'commander'
import { cutLine } from '../../data/cut-texts.ts'
import { printReport } from '../../explain/print.ts'
import type { BackendChoice } from '../../library/backends.ts'
import { explainProgram } from '../../library/explain.ts'
import type { MeasuredFidelity } from '../../library/fidelity.ts'
import { fidelityLines } from '../../train/fidelity-lines.ts'
import { backendOption } from '../backend-option.ts'
import { collectSetting, loadSpec } from '../load-spec.ts'
import { printNote } from '../open-run.ts'
import { memorySize } from '../option-values.ts'
import { passesOption } from '../passes.ts'

interface ExplainOptions {
  json?: boolean
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
      'print parameters, layer maps, loss terms (weight, divisor, mask), optimizers, schedules, FLOPs, memory, and the effect of each optimization',
    )
    .argument('<spec>', 'a .distill file')
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
      const checked = loadSpec(spec, { ...options, warnings: true })
      if (!checked) return
      const { set: settings, stage: stages, ...rest } = options
      const explanation = await explainProgram(checked, { ...rest, settings, stages, onNote: printNote })
      if (options.json) {
        process.stdout.write(`${JSON.stringify(explanation, null, 2)}\n`)
        return
      }
      const { fidelity, cut_texts: cuts = [], ...report } = explanation
      const cutText = cuts.length > 0 ? `\n${cuts.map((cut) => `  ${cutLine(cut)}\n`).join('')}` : ''
      process.stdout.write(`${printReport(report)}${cutText}${fidelity ? describeFidelity(fidelity) : ''}`)
    })
}

/** What was measured for each stage, and which stages were not. */
function describeFidelity({ measured, not }: MeasuredFidelity): string {
  const lines = measured.flatMap((one) => {
    const [title, ...taps] = fidelityLines(one)
    return [`stage ${one.stage}: ${title}`, ...taps]
  })
  const reasons = not.map(({ stage, reason }) => `stage ${stage}: not compared with float32: ${reason}`)
  return `\n${[...lines, ...reasons].map((line) => `  ${line}\n`).join('')}`
}
