/**
 * What each rank does in the steps of a stage: how long it computes, waits and communicates. It is logged at
 * evaluations, where the ranks exchange it.
 */
import { hostname } from 'node:os'
import { exchangeTexts } from '../../cluster/cluster.ts'
import type { Division } from '../../cluster/division.ts'
import type { Batch } from '../../data/dataset.ts'
import type { RunFolder } from '../run-folder.ts'
import type { RankTimes } from './balance.ts'

/** Seconds, as the cluster counts them. */
interface Reading {
  readonly at: number
  readonly spent: number
  readonly waited: number
}

const none = { steps: 0, seconds: 0, spent: 0, waited: 0, examples: 0, tokens: 0 } as const

export class RankShares {
  private readonly division: Division
  private readonly stage: string
  private sums: Readonly<Record<keyof typeof none, number>> = none
  /** Where the time that belongs to no step yet begins; absent before the first step, and after a line. */
  private since: Reading | undefined
  private compiled = false

  constructor(division: Division, stage: string) {
    this.division = division
    this.stage = stage
  }

  /** After an evaluation the ranks have waited for each other before it is called: that is no step. */
  stepBegins(): void {
    if (this.compiled) this.since ??= this.read()
  }

  /** @param batches the micro-batches of all ranks */
  stepEnds(batches: readonly Batch[]): void {
    const { sums, since } = this
    const now = this.read()
    this.since = now
    this.compiled = true
    if (since === undefined) return
    const own = this.division.ownOf(batches).map(({ batch }) => batch)
    this.sums = {
      steps: sums.steps + 1,
      seconds: sums.seconds + now.at - since.at,
      spent: sums.spent + now.spent - since.spent,
      waited: sums.waited + now.waited - since.waited,
      examples: own.reduce((sum, { examples }) => sum + examples.length, sums.examples),
      tokens: own.reduce((sum, { liveTokens }) => sum + liveTokens, sums.tokens),
    }
  }

  /** Every rank calls it after the same step. */
  log(folder: RunFolder, step: number): void {
    const { steps, seconds, spent, waited, examples, tokens } = this.sums
    if (steps === 0) return
    const { cluster, ownCount: parts } = this.division
    const own: RankTimes = {
      rank: cluster.rank,
      host: hostname(),
      computing: rounded(seconds - spent),
      waiting: rounded(waited),
      communicating: rounded(spent - waited),
      parts,
      examples,
      tokens,
    }
    const ranks = exchangeTexts(cluster, JSON.stringify(own), 'its times').map((text): unknown =>
      JSON.parse(text),
    )
    folder.log({ event: 'ranks', stage: this.stage, step, steps, ranks })
    this.sums = none
    this.since = undefined
  }

  private read(): Reading {
    const { spent, waited } = this.division.cluster
    return { at: performance.now() / 1000, spent, waited }
  }
}

/** To microseconds. */
function rounded(seconds: number): number {
  return Number(seconds.toFixed(6))
}
