/**
 * The time of a training step on several ranks, from the time of its micro-batches on one. The terms are those
 * of src/train/step.ts and src/cluster/mpi-cluster.ts, in the order in which a step takes them. Nothing of a
 * step overlaps: gradients are exchanged after the last micro-batch.
 */
import { divisionOf } from '../../src/cluster/agreement.ts'
import { alone } from '../../src/cluster/cluster.ts'
import { Division } from '../../src/cluster/division.ts'
import { examplesAtOnce } from '../../src/graph/examples-at-once.ts'

/** A step of a stage, as the compiler knows it. */
export interface Job {
  readonly batch: number
  readonly microbatch: number
  /** Tokens of an example. */
  readonly length: number
  /** Tokens that the backend best computes at once; undefined: all of a micro-batch. */
  readonly tokens?: number | undefined
  readonly normalise: 'batch' | 'microbatch'
  /** Trained weights, of which each has a gradient. */
  readonly weights: number
  /** The weights of the rank that adds up most of them, and of the one that updates most. */
  readonly most: (ranks: number) => { readonly added: number; readonly updated: number }
  /** Whether the ranks exchange counts of the losses, too. */
  readonly counts: boolean
  /** Seconds of a micro-batch of so many examples, on one rank. */
  readonly seconds: (examples: number) => number
  /** Seconds of evaluations on one rank, spread over the steps between two of them. */
  readonly evaluation: number
}

export interface Network {
  readonly name: string
  /** Seconds until a short message has arrived. */
  readonly latency: number
  /** Bytes a second that a rank sends while it receives as many. */
  readonly bandwidth: number
}

/** What memory does, in bytes of gradients a second. */
export interface Memory {
  /** Copies into new memory. */
  readonly copying: number
  /** Adds one array to another. */
  readonly adding: number
  /** Norm and update. */
  readonly updating: number
}

export interface Situation {
  readonly ranks: number
  readonly network: Network
  readonly memory: Memory
  /** `--parts`; absent: as `distill train` chooses them. */
  readonly parts?: number | undefined
  /** The standard deviation of a rank's computing time, as a share of it. */
  readonly spread?: number | undefined
}

/** Seconds of a step. */
export interface Cost {
  /** Micro-batches of the rank that has most of them. */
  readonly compute: number
  /** Parts that are copied, added up, and given back to the backend. */
  readonly parts: number
  /** The slowest rank is this much slower than an average one. */
  readonly waiting: number
  readonly wire: number
  readonly latency: number
  /** Adds up the gradients of the ranks. */
  readonly adding: number
  readonly update: number
  readonly evaluation: number
  readonly total: number
}

/** Bytes of a gradient. */
const wide = 4
/** Exchanges of a step: whether to go on, losses, gradients and weights, squares of gradients, their norm. */
const exchanges = 5
/** Each is two rounds of messages: first the lengths, or the gradients before the weights. */
const rounds = 2

/** The micro-batches of a step, as src/train/feed.ts cuts them. */
export function cutsOf(job: Job, parts: number): readonly { readonly part: number; readonly size: number }[] {
  const { batch, microbatch, length, tokens, normalise } = job
  const cut = (from: number, end: number, part: number): { part: number; size: number }[] => {
    const most = Math.max(1, examplesAtOnce({ B: Math.min(microbatch, end - from), L: length }, tokens))
    return Array.from({ length: Math.ceil((end - from) / most) }, (_, k) => ({
      part,
      size: Math.min(most, end - from - k * most),
    }))
  }
  if (normalise === 'microbatch') {
    const all = cut(0, batch, 0)
    return all.map((one, k) => ({ ...one, part: Math.floor((k * parts) / all.length) }))
  }
  return Array.from({ length: parts }, (_, part) =>
    cut(Math.floor((part * batch) / parts), Math.floor(((part + 1) * batch) / parts), part),
  ).flat()
}

/**
 * Bytes that the rank with most weights gets as gradients and sends as weights. They are those of a ring where
 * the ranks have as many each.
 */
export function bytesOf({ most }: Pick<Job, 'most'>, ranks: number): number {
  return 2 * wide * most(ranks).added * (ranks - 1)
}

/** The mean of the largest of some standard normal numbers: the integral of 1 - F^n above 0, less F^n below. */
export function meanOfLargest(count: number): number {
  const [width, limit] = [0.001, 8]
  let [below, mean] = [0, 0]
  for (let x = -limit; x < limit; x += width) {
    below += (width * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI)
    mean += width * (x < 0 ? -(below ** count) : 1 - below ** count)
  }
  return count === 1 ? 0 : mean
}

/** The exchange of a step as the progress of a run shows it: waits are in it, additions are not. */
export function exchangeOf({ waiting, wire, latency }: Cost): number {
  return waiting + wire + latency
}

export function costOf(job: Job, { ranks, network, memory, parts: asked, spread = 0 }: Situation): Cost {
  const { parts } = divisionOf({ ...alone, size: ranks }, { parts: asked }, undefined)
  const cuts = cutsOf(job, parts)
  const own = Array.from({ length: ranks }, (_, rank) => {
    const division = new Division({ ...alone, rank, size: ranks }, parts)
    return { cuts: division.ownOf(cuts), parts: division.ownParts(cuts).length }
  })
  const computes = own.map(({ cuts }) => cuts.reduce((sum, { batch }) => sum + job.seconds(batch.size), 0))
  const compute = Math.max(...computes)
  const bytes = wide * job.weights
  const block = Math.max(...own.map((one) => one.parts))
  const most = job.most(ranks)
  const [added, updated] = [wide * most.added, wide * most.updated]
  // Each part is copied into one array. The sum goes back to the backend, as do the weights of other ranks.
  const shared = updated < bytes ? updated + 2 * (bytes - updated) : 0
  const copied = parts === 1 ? 0 : block * bytes + updated + shared
  const messages = rounds * (exchanges + (job.counts ? 1 : 0)) * (ranks - 1)
  const cost = {
    compute,
    parts: copied / memory.copying + ((block - 1) * bytes) / memory.adding,
    waiting: compute * spread * meanOfLargest(ranks),
    wire: bytesOf(job, ranks) / network.bandwidth,
    latency: messages * network.latency,
    adding: (added * (ranks - 1)) / memory.adding,
    update: updated / memory.updating,
    evaluation: job.evaluation / ranks,
  }
  return { ...cost, total: Object.values(cost).reduce((sum, seconds) => sum + seconds, 0) }
}

/** How well ranks are used: 1 where `ranks` of them are as many times as fast as one that has the whole batch. */
export function efficiencyOf(job: Job, situation: Situation): number {
  const one = costOf(job, { ...situation, ranks: 1, parts: 1 })
  return one.total / situation.ranks / costOf(job, situation).total
}
