/**
 * `distill doctor` prints which backends run here, how fast their matrix products are, and what the others
 * lack.
 */
import { cpus, totalmem } from 'node:os'
import type { Command } from 'commander'
import { chooseRunner } from '../../backends/auto.ts'
import { type BackendFact, backendFacts } from '../../backends/doctor.ts'
import { bytes, table } from '../../explain/figures.ts'
import { threadsOption } from '../threads-option.ts'

export function register(program: Command): void {
  program
    .command('doctor')
    .description(
      'list the backends that start here, the speed of their matrix products, and what to install for others',
    )
    .addOption(threadsOption())
    .option('--json', 'the report as JSON on standard output')
    .action(async (options: { json?: boolean }) => {
      const facts = await backendFacts()
      const { name: fastest, runner, passedOver } = await chooseRunner()
      runner.dispose()
      const machine = {
        node: process.version,
        processor: cpus()[0]?.model.trim() ?? 'unknown',
        cores: cpus().length,
      }
      if (options.json) {
        process.stdout.write(
          `${JSON.stringify({ machine: { ...machine, memory: totalmem() }, auto: fastest, passed_over: passedOver, backends: facts }, null, 2)}\n`,
        )
        return
      }
      const rows = [['backend', 'GFLOP/s', 'bf16', 'int8', '']]
      rows.push(...facts.map(doctorRow))
      const passed = passedOver.map(({ label, reason }) => `not ${label}: ${reason}`)
      const heading = `node ${machine.node}   ${machine.processor}   ${machine.cores} cores   ${bytes(totalmem())}`
      process.stdout.write(
        `${heading}\n\n${table(rows, [false, true, true, true, false]).join('\n')}\n\n${[`auto is ${fastest}`, ...passed].join('\n')}\n`,
      )
    })
}

/** A backend's name, its speeds, and remarks. */
export function doctorRow(fact: BackendFact): string[] {
  const { name, usable, detail, others, gflops, low, refused = {}, reason, remedy } = fact
  const not = Object.entries(refused).map(([precision, why]) => `not in ${precision}: ${why}`)
  const state = usable ? ['usable', detail, others, ...not] : [reason ?? 'not usable']
  const advice = remedy === undefined ? undefined : `${usable ? 'faster' : 'usable'} after: ${remedy}`
  const text = [...state, advice].filter((part) => part !== undefined).join('; ')
  return [name, ...[gflops, low?.bf16, low?.int8].map(speedText), text]
}

/** Three digits, and no exponent. */
function speedText(gflops: number | undefined): string {
  return gflops === undefined ? '-' : String(Number(gflops.toPrecision(3)))
}
