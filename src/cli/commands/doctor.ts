/**
 * `distill doctor` prints which backends run here, how fast their matrix products are, and what the others
 * lack.
 */
import { cpus, totalmem } from 'node:os'
import type { Command } from 'commander'
import { chooseRunner } from '../../backends/auto.ts'
import { type BackendFact, backendFacts } from '../../backends/doctor.ts'
import type { Cluster } from '../../cluster/cluster.ts'
import { openCluster } from '../../cluster/open-cluster.ts'
import { type LauncherFact, launcherFacts, measureCluster, measuredText } from '../../cluster/probe.ts'
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
      const cluster = await openCluster({ deadline: patience })
      if (cluster.size > 1) {
        printCluster(cluster, options.json === true)
        return
      }
      const facts = await backendFacts()
      const { name: fastest, runner, passedOver } = await chooseRunner()
      runner.dispose()
      const machine = {
        node: process.version,
        processor: cpus()[0]?.model.trim() ?? 'unknown',
        cores: cpus().length,
      }
      const mpi = launcherFacts(process.argv[1] ?? '')
      if (options.json) {
        const about = { machine: { ...machine, memory: totalmem() }, auto: fastest, passed_over: passedOver }
        print(`${JSON.stringify({ ...about, backends: facts, mpi }, null, 2)}\n`)
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
        ...launcherLines(mpi),
        '',
        `auto is ${paint.bold(fastest)}`,
        ...passed,
        paint.bold(recommendation(facts, fastest)),
      ]
      print(`${wrapLines(text, columns).join('\n')}\n`)
    })
}

/** Seconds that a rank has to answer. */
const patience = 30

/** Under a launcher: how fast its ranks exchange. */
function printCluster(cluster: Cluster, json: boolean): void {
  const measured = measureCluster(cluster)
  if (cluster.rank === 0) print(json ? `${JSON.stringify(measured)}\n` : `${measuredText(measured)}\n`)
  cluster.close()
}

/** `mpirun: Open MPI 5.0.7, 2 ranks: 12 us a message, gradients are summed at 1.2 GB/s` */
export function launcherLines(facts: readonly LauncherFact[]): readonly string[] {
  if (facts.length === 0)
    return ['no mpirun: several machines train together after apt-get install openmpi-bin']
  return facts.map(
    ({ launcher, measured, reason }) =>
      `${launcher}: ${measured ? measuredText(measured) : `two ranks do not start: ${reason}`}`,
  )
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
