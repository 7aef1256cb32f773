/** `distill explain SPEC`: parameters, layer maps, losses and costs, from the spec alone: no data, no weights. */
import type { Command } from 'commander'
import { printReport } from '../../explain/print.ts'
import { reportSpec } from '../../explain/report.ts'
import { collectSetting, loadSpec } from '../load-spec.ts'
import { requireStagesFit } from '../memory.ts'
import { memorySize } from '../option-values.ts'
import { reportFailure } from '../outcome.ts'

export function register(program: Command): void {
  program
    .command('explain')
    .description(
      'exact parameter counts, layer maps, each loss term with its weight, divisor and mask, FLOPs and memory',
    )
    .argument('<spec>', 'a .distill file')
    .option('--json', 'the report as JSON')
    .option('--set <name=value>', 'replace a setting of the spec (may repeat)', collectSetting)
    .option(
      '--memory <size>',
      'refuse a spec with a stage that needs more to train, such as 2GiB',
      memorySize,
    )
    .action((spec: string, options: { json?: boolean; set?: Record<string, string>; memory?: number }) => {
      const checked = loadSpec(spec, options)
      if (!checked) return
      try {
        if (options.memory !== undefined) requireStagesFit(checked, checked.stages, options.memory)
      } catch (error) {
        process.exitCode = reportFailure(error, checked.sources)
        return
      }
      const report = reportSpec(checked)
      process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : printReport(report))
    })
}
