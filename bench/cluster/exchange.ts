/**
 * The exchange of gradients against the same one in C, with 2 ranks of both MPIs. C is called in the ranks of Distill,
 * so that both have the same connection, and take turns: other work of the machine meets both. First, their sums are
 * compared bit by bit.
 *
 *   npx tsx bench/cluster/exchange.ts [--rounds 5] [--ranks 2] [--launchers openmpi,mpich] [--kilobytes 64,1024]
 *
 * Needs a C compiler, the launchers, and the headers of both MPIs. It exits with 1 where a sum differs.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { loadForeign } from '../../src/backends/foreign/foreign.ts'
import { exchangeNumbers } from '../../src/cluster/cluster.ts'
import { marksFrom } from '../../src/cluster/mpi-cluster.ts'
import { openCluster } from '../../src/cluster/open-cluster.ts'
import { evenRanges } from '../../src/cluster/shards.ts'
import { type Launcher, launching } from '../../test/cluster/ranks.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    ranks: { type: 'string', default: '2' },
    launchers: { type: 'string', default: 'openmpi,mpich' },
    kilobytes: { type: 'string', default: '1,4,16,64,256,1024,4096,16384,65536' },
    /** Of a rank: the C of its launcher, and the file for the times. */
    library: { type: 'string' },
    times: { type: 'string', default: '' },
  },
})

/** In bytes. */
const sizes = values.kilobytes.split(',').map((size) => Number(size) * 2 ** 10)
/** From here on, Distill is to be within 10% of C. */
const large = 2 ** 16
const target = 1.1
/**
 * Exchanges that do not count: a training has thousands, and V8 interprets the first ones. Large ones are made by
 * code of their own, so the first size of these counts as a first one, too.
 */
const warmUp = { first: 3000, later: 100 }
const firstSizes = [sizes[0], sizes.find((bytes) => bytes >= marksFrom)]
const turnsOf = (bytes: number): number => Math.min(200, Math.max(6, 2 ** 28 / bytes))

/** Microseconds of each turn. */
interface Times {
  readonly c: readonly number[]
  readonly distill: readonly number[]
}

/** A rank: the times by size. */
async function measure(path: string): Promise<void> {
  const foreign = await loadForeign('MPI')
  const cluster = await openCluster({ deadline: 60 })
  const library = foreign.load(path)
  const prepare = library.function('exchange_prepare', 'address', ['int32'])
  const barrier = library.function('exchange_barrier', 'void', [])
  const exchange = library.function('exchange_once', 'float64', [])
  const present = Array.from({ length: cluster.size }, () => true)
  const ofSize = (bytes: number): Times => {
    const own = cluster.room(bytes / 4)
    const ranges = evenRanges(own.length, cluster.size)
    const same = new Float32Array(foreign.view(prepare(own.length), bytes))
    for (const i of own.keys()) own[i] = Math.sin(i + 7 * cluster.rank) * 10 ** (i % 5)
    same.set(own)
    const ways = {
      c: () => 1e6 * exchange(),
      distill: () => {
        barrier()
        const since = performance.now()
        cluster.reduce(own, present, ranges, 'float32')
        cluster.share(own, ranges, 'its gradients', 'float32')
        return 1000 * (performance.now() - since)
      },
    }
    ways.c()
    ways.distill()
    if (!Buffer.from(own.slice().buffer).equals(new Uint8Array(same.slice().buffer)))
      throw new Error(`${bytes} bytes: the sums differ`)
    const times: Record<keyof Times, number[]> = { c: [], distill: [] }
    const turns = turnsOf(bytes)
    for (let turn = firstSizes.includes(bytes) ? -warmUp.first : -warmUp.later; turn < turns; turn++)
      for (const way of turn % 2 === 0 ? (['c', 'distill'] as const) : (['distill', 'c'] as const)) {
        // Sums of sums would leave the range of float32. Both find their numbers in the cache, or both do not.
        if (way === 'c') same.fill(1)
        else own.fill(1)
        const time = ways[way]()
        if (turn >= 0) times[way].push(time)
      }
    // An exchange has ended when its last rank has.
    const slowest = (own: readonly number[]): readonly number[] => {
      const ranks = exchangeNumbers(cluster, own, 'its times')
      return own.map((_, turn) => Math.max(...ranks.map((times) => times[turn] ?? 0)))
    }
    return { c: slowest(times.c), distill: slowest(times.distill) }
  }
  const all = sizes.map(ofSize)
  if (cluster.rank === 0) writeFileSync(values.times, JSON.stringify(all))
  cluster.close()
}

/** Runs a program; says what is needed where that fails. */
function run(words: readonly string[], needs: string): void {
  const [program = '', ...rest] = words
  const { status, stderr, error } = spawnSync(program, rest, { encoding: 'utf8', env: environment })
  if (status !== 0) throw new Error(`${words.join(' ')}\n${error?.message ?? stderr}\nIt needs: ${needs}`)
}

const environment = { ...process.env, OMPI_ALLOW_RUN_AS_ROOT: '1', OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1' }
const packages: Readonly<Record<Launcher, string>> = {
  openmpi: 'apt-get install gcc openmpi-bin libopenmpi-dev',
  mpich: 'apt-get install gcc mpich libmpich-dev',
}

const quantile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.round(share * (values.length - 1))] ?? Number.NaN
const shown = (microseconds: number): string =>
  microseconds < 1000 ? microseconds.toFixed(0) : `${(microseconds / 1000).toFixed(1)} ms`
const spread = (times: readonly number[]): string =>
  `${shown(quantile(times, 0.5))} (${shown(quantile(times, 0.25))}-${shown(quantile(times, 0.75))})`
const sizeText = (bytes: number): string =>
  bytes < 2 ** 20 ? `${bytes / 2 ** 10} KB` : `${bytes / 2 ** 20} MB`

/** Launches the ranks some times. Returns the rows of a table. */
function table(launcher: Launcher, folder: string): readonly string[] {
  const [library, file] = [join(folder, `${launcher}.so`), join(folder, `${launcher}.json`)]
  const compiler = [`mpicc.${launcher}`, '-O3', '-march=native', '-shared', '-fPIC']
  run([...compiler, 'bench/cluster/exchange.c', '-o', library], packages[launcher])
  const rank = [process.execPath, '--import', 'tsx', 'bench/cluster/exchange.ts']
  const words = ['--library', library, '--times', file, '--kilobytes', values.kilobytes]
  const rounds = Array.from({ length: Number(values.rounds) }, (): readonly Times[] => {
    run([...launching[launcher], '-n', values.ranks, ...rank, ...words], packages[launcher])
    return JSON.parse(readFileSync(file, 'utf8'))
  })
  return sizes.map((bytes, k) => {
    const c = rounds.flatMap((round) => round[k]?.c ?? [])
    const distill = rounds.flatMap((round) => round[k]?.distill ?? [])
    const ratio = (share: number): number => quantile(distill, share) / quantile(c, share)
    const turns = quantile(
      distill.map((time, turn) => time / (c[turn] ?? Number.NaN)),
      0.5,
    )
    const verdict = bytes < large ? '' : turns <= target ? 'yes' : 'no'
    const ratios = [ratio(0.5), turns, ratio(0)].map((one) => one.toFixed(2))
    return `| ${[launcher, sizeText(bytes), spread(c), spread(distill), ...ratios, verdict].join(' | ')} |`
  })
}

function compare(): void {
  const folder = mkdtempSync(join(tmpdir(), 'exchange-'))
  try {
    console.log('Microseconds: median (quartiles). Ratios: Distill to C.\n')
    console.log('| MPI | bytes | C | Distill | of medians | median of turns | of the fastest | within 10% |')
    console.log('|---|---|---|---|---|---|---|---|')
    for (const launcher of ['openmpi', 'mpich'] as const)
      if (values.launchers.split(',').includes(launcher)) console.log(table(launcher, folder).join('\n'))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

if (values.library === undefined) compare()
else await measure(values.library)
