/** Real trainings of the demo's teacher, by one rank and by two in turns, beside what the cost model predicts. */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import type { BackendName } from '../../src/backends/index.ts'
import { prepareWordnet } from '../../src/data/wordnet.ts'
import { start } from '../../test/cluster/ranks.ts'
import { type Cost, costOf, exchangeOf, type Situation } from './cost-model.ts'
import { count, jobOf, models } from './jobs.ts'
import { median, memoryOf, networkHere } from './measure.ts'

export interface CheckOptions {
  readonly repetitions: number
  /** Fewer than an epoch, so that no evaluation is among them. */
  readonly steps: number
  readonly backend: BackendName
  readonly spread: number
}

/** A training, or what its repetitions have in common. */
interface Measured {
  /** Seconds of a step. */
  readonly step: number
  /** The share of a step that is exchange; absent for one rank. */
  readonly exchange?: number
  /** Tokens of a step, without padding. */
  readonly tokens: number
}

const ways = [
  { title: 'one rank', ranks: 1, parts: 1 },
  { title: 'one rank, 8 parts', ranks: 1, parts: 8 },
  { title: 'two ranks, 8 parts', ranks: 2, parts: 8 },
] as const
type Way = (typeof ways)[number]

/** The first steps compile, and make what a backend keeps. */
const warm = 40
const logged = z.object({ step: z.number(), steps_per_second: z.number(), tokens_per_second: z.number() })

async function train(
  folder: string,
  { ranks, parts }: Way,
  name: string,
  options: CheckOptions,
): Promise<Measured> {
  const out = `runs/${name}`
  const words = ['--stage', 'learn', '--max-steps', `${options.steps}`, '--backend', options.backend]
  const asked = [...words, '--threads', '1', '--parts', `${parts}`, '--plain', '--no-term-gradients']
  const { code, text } = await start({ folder, out, launcher: 'openmpi', ranks, words: asked }).ended
  if (code !== 0) throw new Error(`${name} ended with ${code}\n${text}`)
  const lines = readFileSync(join(folder, out, 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .flatMap((line) => logged.safeParse(JSON.parse(line)).data ?? [])
    .filter(({ step }) => step > warm)
  // Only the progress has the share: the log of a run is the same for every number of ranks.
  const share = [...text.matchAll(/(\d+)% exchange/g)].at(-1)?.[1]
  return {
    step: median(lines.map((line) => 1 / line.steps_per_second)),
    tokens: median(lines.map((line) => line.tokens_per_second / line.steps_per_second)),
    ...(share === undefined ? {} : { exchange: Number(share) / 100 }),
  }
}

/** In turns, so that other work of the machine meets all of them. */
async function trainAll(options: CheckOptions): Promise<ReadonlyMap<Way, readonly Measured[]>> {
  const home = mkdtempSync(join(tmpdir(), 'simulated-'))
  const folder = join(home, 'specs')
  mkdirSync(folder)
  copyFileSync(resolve('specs/demo.distill'), join(folder, 'spec.distill'))
  prepareWordnet(join(home, 'data/demo'))
  const found = new Map<Way, Measured[]>(ways.map((way) => [way, []]))
  for (let k = 0; k < options.repetitions; k++)
    for (const way of k % 2 === 0 ? ways : [...ways].reverse())
      found.get(way)?.push(await train(folder, way, `${way.ranks}-${way.parts}-${k}`, options))
  rmSync(home, { recursive: true })
  return found
}

const milliseconds = (seconds: number): string => `${(1000 * seconds).toPrecision(3)} ms`
const percent = (share: number | undefined): string =>
  share === undefined ? '' : `${Math.round(100 * share)}%`

export async function check(options: CheckOptions): Promise<void> {
  const { demo } = models
  if (demo === undefined) throw new Error('no demo')
  // Ranks here have a core each.
  process.env.DISTILL_THREADS = '1'
  const memory = await memoryOf(options.backend, demo)
  const network = networkHere(memory)
  if (network === undefined) throw new Error('no launcher starts two ranks here: distill doctor tells why')
  const found = await trainAll(options)
  const of = (way: Way): Measured => {
    const all = found.get(way) ?? []
    const shares = all.flatMap(({ exchange }) => exchange ?? [])
    const [step, tokens] = [median(all.map((one) => one.step)), median(all.map((one) => one.tokens))]
    return { step, tokens, ...(shares.length > 0 ? { exchange: median(shares) } : {}) }
  }
  const whole = of(ways[0])
  const counted = await count({ ...demo, length: 1 }, options.backend)
  const { batch } = counted.stage
  const length = Math.round(whole.tokens / batch)
  const speed = { seconds: whole.step, examples: batch, tokens: length }
  // No evaluation is among the steps.
  const job = { ...jobOf({ ...counted, length }, speed, memory), evaluation: 0 }
  console.log(
    `The demo's teacher, ${batch} x ${length} tokens a step, ${options.backend} on one thread for each rank.`,
  )
  console.log(
    `Gradients are copied at ${(memory.copying / 1e9).toPrecision(3)} GB/s, added at ${(memory.adding / 1e9).toPrecision(3)}, used in updates at ${(memory.updating / 1e9).toPrecision(3)}; two ranks: ${(1e6 * network.latency).toFixed(0)} us a message, ${(network.bandwidth / 1e9).toPrecision(3)} GB/s each way.\n`,
  )
  console.log(
    '| | measured: median (least to most) | predicted | predicted / measured | exchange | predicted |',
  )
  console.log('|---|---|---|---|---|---|')
  for (const way of ways) {
    const { step, exchange } = of(way)
    const situation: Situation = { ...way, network, memory, spread: options.spread }
    const cost: Cost = costOf(job, situation)
    const all = (found.get(way) ?? []).map((one) => one.step)
    const range = `${milliseconds(step)} (${[Math.min(...all), Math.max(...all)].map(milliseconds).join(' to ')})`
    const predicted = way === ways[0] ? 'fitted' : milliseconds(cost.total)
    const ratio = way === ways[0] ? '' : (cost.total / step).toFixed(2)
    const shares = [percent(exchange), way.ranks === 1 ? '' : percent(exchangeOf(cost) / cost.total)]
    console.log(`| ${[way.title, range, predicted, ratio, ...shares].join(' | ')} |`)
  }
  const two = costOf(job, { ...ways[2], network, memory, spread: options.spread })
  const terms = Object.entries(two).map(([name, seconds]) => `${name} ${milliseconds(seconds)}`)
  console.log(`\nTwo ranks, predicted: ${terms.join(', ')}.`)
}
