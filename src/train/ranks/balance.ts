/** How evenly ranks have shared a training: their times in the log, summed, and what they mean in words. */
import { formatCount } from '../format.ts'
import { ranksLine } from '../log-lines.ts'

/** Times are in seconds. An interface, so that the types of the library need none of zod. */
export interface RankTimes {
  readonly rank: number
  readonly host: string
  readonly computing: number
  /** Until the slowest rank had computed. */
  readonly waiting: number
  readonly communicating: number
  /** The parts of a batch that it computes. */
  readonly parts: number
  readonly examples: number
  /** Without padding. */
  readonly tokens: number
}

/** The steps of a stage that the same ranks have trained. A resumed run may have others. */
export interface Balance {
  readonly stage: string
  readonly steps: number
  readonly ranks: readonly RankTimes[]
}

/** A rank is called slow from this share on. */
const slowFrom = 0.1
/** Communication is called the largest loss from this share of a step on. */
const muchCommunication = 0.1

/** @param lines of metrics.jsonl, of all kinds */
export function balancesOf(lines: readonly unknown[]): readonly Balance[] {
  const sums = new Map<string, Balance>()
  for (const line of lines) {
    const { data } = ranksLine.safeParse(line)
    if (data === undefined) continue
    const key = JSON.stringify([data.stage, ...machinesOf(data)])
    sums.set(key, added(sums.get(key), data))
  }
  return [...sums.values()]
}

/** Of the ranks that trained last, over all of their stages. Undefined where no ranks trained. */
export function lastBalance(all: readonly Balance[]): Balance | undefined {
  const last = all.at(-1)
  if (last === undefined) return undefined
  const machines = JSON.stringify(machinesOf(last))
  return all
    .filter((one) => JSON.stringify(machinesOf(one)) === machines)
    .reduce((sum, one) => added(sum, one))
}

function machinesOf({ ranks }: Pick<Balance, 'ranks'>): readonly unknown[] {
  return ranks.map(({ host, parts }) => [host, parts])
}

function added(sum: Balance | undefined, { stage, steps, ranks }: Balance): Balance {
  if (sum === undefined) return { stage, steps, ranks }
  return {
    stage,
    steps: sum.steps + steps,
    ranks: sum.ranks.map((one, i) => {
      const more = ranks[i] ?? one
      return {
        ...one,
        computing: one.computing + more.computing,
        waiting: one.waiting + more.waiting,
        communicating: one.communicating + more.communicating,
        examples: one.examples + more.examples,
        tokens: one.tokens + more.tokens,
      }
    }),
  }
}

/** Of all ranks together. */
export function tokensPerSecond({ ranks }: Balance): number {
  const tokens = ranks.reduce((sum, one) => sum + one.tokens, 0)
  return tokens / Math.max(1e-9, ...ranks.map(secondsOf))
}

function secondsOf({ computing, waiting, communicating }: RankTimes): number {
  return computing + waiting + communicating
}

/** The share of its time that a rank spends so, from 0 to 1. */
export function shareOf(rank: RankTimes, what: 'computing' | 'waiting' | 'communicating'): number {
  return rank[what] / Math.max(1e-9, secondsOf(rank))
}

/** The same share, as a mean over ranks. */
function meanShare(ranks: readonly RankTimes[], what: 'computing' | 'waiting' | 'communicating'): number {
  return ranks.reduce((sum, rank) => sum + shareOf(rank, what), 0) / Math.max(1, ranks.length)
}

/** The rank that computes longest, and how much slower it is than the median of the others. */
function slowestOf(ranks: readonly RankTimes[]): { rank: RankTimes; slower: number } | undefined {
  const [rank, ...others] = [...ranks].sort((a, b) => b.computing - a.computing)
  const half = others.length >> 1
  const middle = others.length % 2 === 1 ? others.slice(half, half + 1) : others.slice(half - 1, half + 1)
  const median = middle.reduce((sum, { computing }) => sum + computing, 0) / Math.max(1, middle.length)
  if (rank === undefined || median <= 0) return undefined
  const slower = rank.computing / median - 1
  return slower > slowFrom ? { rank, slower } : undefined
}

/** What the times mean, in a sentence. */
export function findingOf({ ranks }: Balance): string {
  const idle = idleText(ranks)
  if (idle !== '') {
    const parts = ranks.reduce((sum, one) => sum + one.parts, 0)
    const busy = ranks.filter((one) => one.parts > 0).length
    return `${idle}: the ${parts} parts of a batch are shared in equal blocks, so ${busy} ranks take as long.`
  }
  const slowest = slowestOf(ranks)
  const [waiting, communicating] = [meanShare(ranks, 'waiting'), meanShare(ranks, 'communicating')]
  if (communicating > muchCommunication && communicating >= waiting) {
    const isNear = ranks.every(({ host }) => host === ranks[0]?.host)
    const faster = isNear ? 'fewer ranks' : 'fewer ranks or a faster network'
    return `${percent(communicating)} of a step is communication: ${faster} would lose less.`
  }
  if (slowest) return `${slowText(slowest)}; they wait for it.`
  if (waiting > slowFrom)
    return `Ranks wait for each other ${percent(waiting)} of the time, but none is slower than the others on average.`
  return `The ranks are balanced: they compute ${percent(meanShare(ranks, 'computing'))} of the time.`
}

/** `Rank 2 computes nothing`; empty where each rank has a part. */
function idleText(ranks: readonly RankTimes[]): string {
  const idle = ranks.filter(({ parts }) => parts === 0).map(({ rank }) => rank)
  if (idle.length === 0) return ''
  // Blocks are given out in order, so ranks without one are neighbours.
  return idle.length === 1
    ? `Rank ${idle[0]} computes nothing`
    : `Ranks ${idle[0]} ${idle.length === 2 ? 'and' : 'to'} ${idle.at(-1)} compute nothing`
}

/** `Rank 2 (node2) is 31% slower than the others` */
function slowText({ rank: { rank, host }, slower }: { rank: RankTimes; slower: number }): string {
  return `Rank ${rank} (${host}) is ${percent(slower)} slower than the others`
}

/** `4 ranks: 12,345 tok/s   12% communication   rank 2 (node2) is 31% slower than the others` */
export function balanceLine(balance: Balance): string {
  const { ranks } = balance
  const slowest = slowestOf(ranks.filter(({ parts }) => parts > 0))
  const said = [idleText(ranks), slowest ? slowText(slowest) : ''].filter((text) => text !== '')
  return [
    `${ranks.length} ranks: ${formatCount(tokensPerSecond(balance))} tok/s`,
    `${percent(meanShare(ranks, 'communicating'))} communication`,
    ...said.map((text) => text.replace(/^R/, 'r')),
  ].join('   ')
}

function percent(share: number): string {
  return `${Math.round(100 * share)}%`
}
