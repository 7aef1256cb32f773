/** `distill explain SPEC`: parameters, layer maps, losses and costs, from the spec alone: no weights, and of data no more than how much there is. */
import type { Command } from 'commander'
import { countExamples } from '../../data/count-examples.ts'
import { printReport } from '../../explain/print.ts'
import { reportSpec } from '../../explain/report.ts'
import { assumedBackend, type BackendChoice, backendOption } from '../backend-option.ts'
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
      'parameters, layer maps, each loss term with its weight, divisor and mask, FLOPs, memory, and what each optimization does',
    )
    .argument('<spec>', 'a .distill file')
    .option('--json', 'the report as JSON')
    .option(
      '--stage <name>',
      'only this stage or family (may repeat); else of a large family those that differ in more than a layer',
      (name, all: string[] = []) => [...all, name],
    )
    .option('--set <name=value>', 'replace a setting of the spec (may repeat)', collectSetting)
    .option(
      '--memory <size>',
      'compute values again rather than need more to train, such as 2GiB; refuse what still does',
      memorySize,
    )
    .addOption(backendOption('whose fused operations are assumed'))
    .addOption(passesOption())
    .action(async (spec: string, options: ExplainOptions) => {
      const checked = loadSpec(spec, options)
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
        process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : printReport(report))
      } catch (error) {
        process.exitCode = reportFailure(error, checked.sources)
      }
    })
}
