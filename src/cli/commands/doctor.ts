/**
 * `distill doctor` prints which backends run here, how fast their matrix products are, and what the others
 * lack.
 */
import { cpus, totalmem } from 'node:os'
import type { Command } from 'commander'
import { chooseRunner } from '../../backends/auto.ts'
import { type BackendFact, backendFacts } from '../../backends/doctor.ts'
import { bytes, table, wrapLines } from '../../explain/figures.ts'
import { print } from '../output.ts'
import { standardOutput } from '../terminal.ts'
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
        print(
          `${JSON.stringify({ machine: { ...machine, memory: totalmem() }, auto: fastest, passed_over: passedOver, backends: facts }, null, 2)}\n`,
        )
        return
      }
      const { columns, paint } = standardOutput()
      const rows = [['backend', 'GFLOP/s', 'bf16', 'int8', ''], ...facts.map(doctorRow)]
      const [heading = '', ...lines] = table(rows, [false, true, true, true, false], columns)
      const passed = passedOver.map(({ label, reason }) => `not ${label}: ${reason}`)
      const text = [
        `node ${machine.node}   ${machine.processor}   ${machine.cores} cores   ${bytes(totalmem())}`,
        '',
        paint.muted(heading),
        ...lines,
        '',
        `auto is ${paint.bold(fastest)}`,
        ...passed,
        paint.bold(recommendation(facts, fastest)),
      ]
      print(`${wrapLines(text, columns).join('\n')}\n`)
    })
}

/**
 * One command for faster runs, or that there is none: what makes the backend of `auto` faster, or `native`
 * usable where no GPU is used.
 */
export function recommendation(facts: readonly BackendFact[], fastest: string): string {
  const own = facts.find(({ name }) => name === fastest)
  if (own?.remedy !== undefined) return `to do: ${own.remedy} (${fastest} becomes faster)`
  const native = facts.find(({ name }) => name === 'native')
  const isSlower = ['onnxruntime', 'wasm', 'cpu'].includes(fastest)
  if (native && !native.usable && native.remedy !== undefined && isSlower)
    return `to do: ${native.remedy} (native is the fastest backend without a GPU)`
  return 'nothing to do: runs take the fastest backend of this machine'
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
