/** The cost model of data-parallel training (bench/cluster). */
import { describe, expect, it } from 'vitest'
import {
  bytesOf,
  costOf,
  cutsOf,
  efficiencyOf,
  exchangeOf,
  type Job,
  meanOfLargest,
  type Situation,
} from '../../bench/cluster/cost-model.ts'

/** Micro-batches cost as much as their examples, 10 ms each. */
const job: Job = {
  ...{ batch: 32, microbatch: 32, length: 16, normalise: 'batch' },
  ...{ weights: 1e6, counts: true, evaluation: 0 },
  most: (ranks) => ({ added: 1e6 / ranks, updated: 1e6 / ranks }),
  seconds: (examples) => 0.01 * examples,
}
const free = Number.POSITIVE_INFINITY
const instant = { name: 'instant', latency: 0, bandwidth: free }
const slow = { name: 'slow', latency: 1e-3, bandwidth: 1e8 }
const ideal: Omit<Situation, 'ranks'> = {
  network: instant,
  memory: { copying: free, adding: free, updating: free },
}
const real: Omit<Situation, 'ranks'> = {
  network: slow,
  memory: { copying: 1e9, adding: 2e9, updating: 5e8 },
}

describe('the cost model of a step', () => {
  it('gives one machine 100%', () => {
    expect(efficiencyOf(job, { ...real, parts: 1, ranks: 1 })).toBe(1)
  })

  it('gives one machine the computation and the update alone', () => {
    const { compute, update, total } = costOf(job, { ...real, ranks: 1 })
    expect(compute).toBeCloseTo(0.32, 12)
    expect(update).toBeCloseTo(4e6 / 5e8, 12)
    expect(total).toBeCloseTo(compute + update, 12)
  })

  it.each([1, 2, 4, 8, 16])('reaches the limit of computation on %d ranks of an instant network', (ranks) => {
    expect(costOf(job, { ...ideal, ranks }).total).toBeCloseTo(0.32 / ranks, 12)
    expect(efficiencyOf(job, { ...ideal, ranks })).toBeCloseTo(1, 12)
  })

  it('sends the bytes of a ring: twice the gradients but for the own share', () => {
    expect([1, 2, 4, 8].map((ranks) => bytesOf(job, ranks) / 4e6)).toEqual([0, 1, 1.5, 1.75])
    expect(costOf(job, { ...real, ranks: 4 }).wire).toBeCloseTo(6e6 / 1e8, 12)
  })

  it('counts two rounds of messages for each exchange, one message to each other rank in a round', () => {
    expect(costOf(job, { ...real, ranks: 4 }).latency).toBeCloseTo(6 * 2 * 3 * 1e-3, 12)
    expect(costOf({ ...job, counts: false }, { ...real, ranks: 2 }).latency).toBeCloseTo(5 * 2 * 1e-3, 12)
  })

  it('adds in memory the parts of a rank, and its range of all ranks', () => {
    const { parts, adding } = costOf(job, { ...real, ranks: 2 })
    // 4 parts, the own half as gradients and as weights, the other half as weights twice.
    expect(parts).toBeCloseTo((6 * 4e6) / 1e9 + (3 * 4e6) / 2e9, 12)
    expect(adding).toBeCloseTo(2e6 / 2e9, 12)
  })

  it('leaves ranks idle where parts do not divide evenly', () => {
    // Of 8 parts, 3 ranks have 4, 4 and 0.
    expect(costOf(job, { ...ideal, ranks: 3 }).compute).toBeCloseTo(0.16, 12)
    expect(efficiencyOf(job, { ...ideal, ranks: 3 })).toBeCloseTo(2 / 3, 12)
  })

  it('leaves ranks idle where micro-batches that count as batches are fewer than ranks can share', () => {
    const pretraining: Job = { ...job, batch: 250, microbatch: 5, normalise: 'microbatch' }
    // 50 micro-batches in 16 parts: some have 4, others 3.
    expect(efficiencyOf(pretraining, { ...ideal, ranks: 16 })).toBeCloseTo(50 / 16 / 4, 12)
    expect(cutsOf(pretraining, 16).every(({ size }) => size === 5)).toBe(true)
  })

  it('cuts a batch as the feed of a stage does', () => {
    const sizes = (parts: number, more: Partial<Job>): number[] =>
      cutsOf({ ...job, ...more }, parts).map(({ size }) => size)
    expect(sizes(1, {})).toEqual([32])
    expect(sizes(8, {})).toEqual([4, 4, 4, 4, 4, 4, 4, 4])
    expect(sizes(4, { batch: 10 })).toEqual([2, 3, 2, 3])
    expect(sizes(2, { microbatch: 12 })).toEqual([12, 4, 12, 4])
    expect(sizes(2, { tokens: 128 })).toEqual([8, 8, 8, 8])
  })

  it('is less efficient where small micro-batches cost more for each example', () => {
    const seconds = (examples: number): number => 0.01 + 0.01 * examples
    expect(efficiencyOf({ ...job, seconds }, { ...ideal, ranks: 8 })).toBeCloseTo(0.33 / 8 / 0.05, 12)
  })

  it('has every rank update and evaluate its share', () => {
    const evaluated = { ...job, evaluation: 0.02 }
    for (const ranks of [1, 8]) {
      const { update, evaluation } = costOf(evaluated, { ...real, ranks })
      expect([update, evaluation]).toEqual([4e6 / ranks / 5e8, 0.02 / ranks])
    }
  })

  it('sends more where one parameter is larger than the share of a rank', () => {
    const table = { ...job, most: () => ({ added: 5e5, updated: 5e5 }) }
    expect(bytesOf(table, 4) / bytesOf(job, 4)).toBe(2)
  })

  it('waits for the slowest rank, and takes that for exchange as the progress of a run does', () => {
    const situation = { ...real, ranks: 8, spread: 0.1 }
    const cost = costOf(job, situation)
    expect(cost.waiting).toBeCloseTo(0.04 * 0.1 * meanOfLargest(8), 12)
    expect(exchangeOf(cost)).toBe(cost.waiting + cost.wire + cost.latency)
    expect(efficiencyOf(job, situation)).toBeLessThan(efficiencyOf(job, { ...situation, spread: 0 }))
  })

  it('falls with every further rank on a slow network', () => {
    const all = [1, 2, 4, 8, 16].map((ranks) => efficiencyOf(job, { ...real, ranks }))
    expect(all).toEqual([...all].sort((a, b) => b - a))
  })
})

describe('the mean of the largest of normal numbers', () => {
  it('is that of tables', () => {
    expect([1, 2, 4, 8].map((count) => meanOfLargest(count).toFixed(2))).toEqual([
      '0.00',
      '0.56',
      '1.03',
      '1.42',
    ])
  })
})
