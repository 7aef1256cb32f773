/**
 * `distill explain SPEC` prints parameters, layer maps, losses and costs, from the spec alone. It only counts
 * the data. It reads the weights of models in low precision, to compare them with float32.
 */
import type { Command } from 'commander'
import { countExamples } from '../../data/count-examples.ts'
import { cutLine, foreseenCuts } from '../../data/cut-texts.ts'
import { printReport } from '../../explain/print.ts'
import { reportSpec } from '../../explain/report.ts'
import { fidelityLines } from '../../train/fidelity-lines.ts'
import { assumedBackend, type BackendChoice, backendOption } from '../backend-option.ts'
import { type MeasuredFidelity, measureFidelity } from '../fidelity.ts'
import { collectSetting, loadSpec } from '../load-spec.ts'
import { requireStagesFit } from '../memory.ts'
import { requireStages } from '../open-run.ts'
import { memorySize } from '../option-values.ts'
import { reportFailure } from '../outcome.ts'
import { passesOption, readPasses } from '../passes.ts'

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
      try {
        requireStages(checked, options.stage)
        const backend = await assumedBackend(options.backend)
        const passes = readPasses(options.passes)
        if (options.memory !== undefined)
          requireStagesFit(checked, checked.stages, {
            capabilities: backend.capabilities,
            passes,
            memory: options.memory,
          })
        const examples = (name: string) => {
          const data = checked.data.get(name)
          return data && countExamples(data)
        }
        const report = reportSpec(checked, {
          passes,
          backend,
          memory: options.memory,
          examples,
          ...(options.stage ? { stages: options.stage } : {}),
        })
        const stages = checked.stages.filter(({ name }) => report.stages[name] !== undefined)
        const fidelity = await measureFidelity(checked, stages, options.backend)
        const used = new Set(stages.flatMap(({ data }) => data ?? []))
        const cuts = [...checked.data.values()]
          .filter(({ name }) => used.has(name))
          .flatMap((data) => foreseenCuts(checked, data))
        if (options.json) {
          process.stdout.write(
            `${JSON.stringify({ ...report, ...(fidelity ? { fidelity } : {}), ...(cuts.length > 0 ? { cut_texts: cuts } : {}) }, null, 2)}\n`,
          )
          return
        }
        const cutText = cuts.length > 0 ? `\n${cuts.map((cut) => `  ${cutLine(cut)}\n`).join('')}` : ''
        process.stdout.write(`${printReport(report)}${cutText}${fidelity ? describeFidelity(fidelity) : ''}`)
      } catch (error) {
        process.exitCode = reportFailure(error, checked.sources)
      }
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
