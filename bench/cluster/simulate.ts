/**
 * What `mpirun -n N distill train` is expected to gain, by a cost model: a step on 1 to 16 machines, over networks of
 * three speeds and between two ranks here. `docs/cluster.md` has the table. Evaluations of the demo are counted where
 * its data is there (`npx tsx specs/demo-data.ts`).
 *
 *   npx tsx bench/cluster/simulate.ts                              figures of docs/performance.md
 *   npx tsx bench/cluster/simulate.ts --measure                    real steps of the small models and this memory
 *   npx tsx bench/cluster/simulate.ts --seconds demo=0.02@32x18 --speed albert=900 --faster 16 --spread 0.05
 *   npx tsx bench/cluster/simulate.ts --docs                       the table of docs/cluster.md
 *   npx tsx bench/cluster/simulate.ts --check [--repetitions 5]    real trainings beside what the model predicts
 */
import { parseArgs } from 'node:util'
import { type BackendName, isBackendName } from '../../src/backends/index.ts'
import { check } from './check.ts'
import {
  type Cost,
  costOf,
  efficiencyOf,
  exchangeOf,
  type Job,
  type Memory,
  type Network,
} from './cost-model.ts'
import { count, jobOf, type Model, models, type Speed } from './jobs.ts'
import { memoryOf, networkHere, stepSpeed } from './measure.ts'

const { values } = parseArgs({
  options: {
    measure: { type: 'boolean', default: false },
    docs: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
    repetitions: { type: 'string', default: '5' },
    steps: { type: 'string', default: '600' },
    backend: { type: 'string', default: 'native' },
    seconds: { type: 'string', multiple: true, default: [] },
    speed: { type: 'string', multiple: true, default: [] },
    faster: { type: 'string', default: '1' },
    spread: { type: 'string', default: '0' },
    // Gigabytes of gradients a second: the slower of two measurements on two idle cores.
    copying: { type: 'string', default: '1.3' },
    adding: { type: 'string', default: '1.7' },
    updating: { type: 'string', default: '2.8' },
  },
})
const backend = backendNamed(values.backend)
const spread = Number(values.spread)

function backendNamed(name: string): BackendName {
  if (!isBackendName(name)) throw new Error(`no backend ${name}`)
  return name
}

/** Payload of TCP; of RDMA at 100 Gb/s. Latencies are those of data centres. Assumed, not measured. */
const networks: readonly Network[] = [
  { name: '1 Gb/s', latency: 50e-6, bandwidth: 0.117e9 },
  { name: '10 Gb/s', latency: 25e-6, bandwidth: 1.15e9 },
  { name: '100 Gb/s', latency: 5e-6, bandwidth: 11e9 },
]
const sizes = [1, 2, 4, 8, 16]
/** A machine of some 32 cores beside one of two. */
const muchFaster = 16

/** `demo=0.02@32x18` */
const given = new Map<string, Speed>()
for (const one of values.seconds) {
  const [, name = '', seconds, examples, tokens] = /^(\w+)=([\d.e-]+)@(\d+)x(\d+)$/.exec(one) ?? []
  if (models[name] === undefined) throw new Error(`--seconds ${one}: expected NAME=SECONDS@EXAMPLESxTOKENS`)
  given.set(name, { seconds: Number(seconds), examples: Number(examples), tokens: Number(tokens) })
}
for (const one of values.speed) {
  const [, name = '', tokensPerSecond] = /^(\w+)=([\d.e]+)$/.exec(one) ?? []
  if (models[name] === undefined) throw new Error(`--speed ${one}: expected NAME=TOKENS_A_SECOND`)
  given.set(name, { tokensPerSecond: Number(tokensPerSecond) })
}

const gigabytes = (text: string): number => 1e9 * Number(text)
const rate = (bytes: number): string => `${(bytes / 1e9).toPrecision(3)} GB/s`
const share = (part: number): string => `${Math.round(100 * part)}%`
const time = (seconds: number): string =>
  seconds < 1 ? `${(1000 * seconds).toPrecision(3)} ms` : `${seconds.toPrecision(seconds < 1000 ? 3 : 4)} s`

async function speedOf(name: string, model: Model): Promise<Speed> {
  const asked = given.get(name)
  if (asked !== undefined || !values.measure || !model.isSmall) return asked ?? model.speed
  const measured = await stepSpeed(backend, model)
  if ('seconds' in measured)
    console.log(
      `${model.title}: ${time(measured.seconds)} for ${measured.examples} x ${measured.tokens} tokens`,
    )
  return measured
}

/** The exchange alone: adding up is in it as little as in the progress of a run. */
function cell(job: Job, ranks: number, network: Network, memory: Memory): string {
  const situation = { ranks, network, memory, spread }
  const cost: Cost = costOf(job, ranks === 1 ? { ...situation, parts: 1 } : situation)
  if (ranks === 1) return time(cost.total)
  return `${time(cost.total)}, ${share(exchangeOf(cost) / cost.total)}, **${share(efficiencyOf(job, situation))}**`
}

/** A job on a machine so many times as fast. Its memory, and so the update, is not. */
function faster(job: Job, times: number): Job {
  return {
    ...job,
    seconds: (examples) => job.seconds(examples) / times,
    evaluation: job.evaluation / times,
  }
}

/** Efficiency of machines that were measured, and of faster ones. */
function shortCells(job: Job, network: Network, memory: Memory): readonly string[] {
  const of = (ranks: number, times: number): string =>
    share(efficiencyOf(faster(job, times), { ranks, network, memory, spread }))
  return sizes.filter((n) => n > 1).map((n) => `${of(n, 1)}, ${of(n, muchFaster)}`)
}

async function memoryUsed(): Promise<Memory> {
  const { tinybert: updated } = models
  if (values.measure && updated) return memoryOf(backend, updated)
  return {
    copying: gigabytes(values.copying),
    adding: gigabytes(values.adding),
    updating: gigabytes(values.updating),
  }
}

/** Rows of the models, by the network. */
async function rowsOf(memory: Memory, here: Network | undefined): Promise<readonly (readonly string[])[]> {
  const rows: (readonly string[])[] = []
  for (const [name, model] of Object.entries(models)) {
    const counted = await count(model, backend)
    const job = faster(jobOf(counted, await speedOf(name, model), memory), Number(values.faster))
    const megabytes = `${((4 * counted.weights) / 1e6).toPrecision(3)} MB`
    const title = `${model.title}, ${job.batch} x ${job.length} tokens, ${megabytes}`
    for (const network of networks)
      rows.push([
        title,
        network.name,
        ...(values.docs ? shortCells(job, network, memory) : sizes.map((n) => cell(job, n, network, memory))),
      ])
    if (here === undefined) continue
    // Each rank has one of two cores.
    const half = faster(job, 0.5)
    rows.push([title, 'here, a core each', ...sizes.map((n) => (n > 2 ? '' : cell(half, n, here, memory)))])
  }
  return rows
}

async function table(): Promise<void> {
  const memory = await memoryUsed()
  const here = values.docs ? undefined : networkHere(memory)
  const [copied, added, used] = [memory.copying, memory.adding, memory.updating].map(rate)
  console.log(`Gradients are copied at ${copied}, added at ${added}, used in updates at ${used}.`)
  if (here) {
    const latency = (1e6 * here.latency).toFixed(0)
    console.log(`Two ranks here: ${latency} us a message, ${rate(here.bandwidth)} each way.`)
  }
  const rows = await rowsOf(memory, here)
  const columns = values.docs ? sizes.filter((n) => n > 1) : sizes
  console.log(
    values.docs
      ? `\nEfficiency of machines as measured, and of those ${muchFaster} times as fast:\n`
      : '\nTime of a step, share of exchange, **efficiency** against one machine:\n',
  )
  const machines = columns.map((n) => `${n} machine${n > 1 ? 's' : ''}`)
  console.log(`| a step, and its gradients | network | ${machines.join(' | ')} |`)
  console.log(`|${'---|'.repeat(2 + columns.length)}`)
  for (const row of rows) console.log(`| ${row.join(' | ')} |`)
}

if (values.check)
  await check({ repetitions: Number(values.repetitions), steps: Number(values.steps), backend, spread })
else await table()
process.exit(0)
