/** Which rank updates what: every number once, whole parameters, about as many numbers for each rank. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { alone, type Cluster } from '../../src/cluster/cluster.ts'
import { evenRanges, Shards } from '../../src/cluster/shards.ts'
import { Resident } from '../../src/run/resident.ts'
import { MomentShards } from '../../src/train/moment-shards.ts'
import type { OptimizerState } from '../../src/train/update.ts'

const sizesOf = (all: readonly number[]): Map<string, number> =>
  new Map(all.map((size, i) => [`p${i}`, size]))

describe('shards', () => {
  it('are whole parameters, one after another, of at most 1.5 equal shares, or each rank updates all', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 1, max: 9 }),
        (all, ranks) => {
          const sizes = sizesOf(all)
          const shards = new Shards(sizes, ranks)
          const total = all.reduce((sum, size) => sum + size, 0)
          const rank = ranks - 1
          if (!shards.isDivided) {
            expect(shards.ranges).toEqual(evenRanges(total, ranks))
            for (const key of sizes.keys()) expect(shards.isUpdatedBy(rank, key)).toBe(true)
            if (ranks > 1) expect(2 * Math.max(...all)).toBeGreaterThan(total / ranks)
            return
          }
          expect(shards.ranges).toHaveLength(ranks)
          let at = 0
          for (const [key, size] of sizes) {
            const [from, end] = shards.ranges[shards.ownerOf(key) ?? 0] ?? [0, 0]
            expect(from <= at && at + size <= end).toBe(true)
            at += size
          }
          expect(shards.ranges.at(-1)?.[1]).toBe(total)
          for (const [from, end] of shards.ranges)
            expect(end - from).toBeLessThanOrEqual((1.5 * total) / ranks)
        },
      ),
    )
  })
  it('of arrays without parameters are cut at cache lines', () => {
    expect(evenRanges(100, 3)).toEqual([
      [0, 48],
      [48, 96],
      [96, 100],
    ])
    expect(evenRanges(8, 3)).toEqual([
      [0, 8],
      [8, 8],
      [8, 8],
    ])
  })
})

describe('moments', () => {
  /** Both ranks of two: each calls in turn, and `other` is what the other one would send. */
  function rankOf(rank: number, other: () => Float32Array): Cluster {
    return {
      ...alone,
      rank,
      size: 2,
      exchange(own) {
        const bytes = new Uint8Array(other().slice().buffer)
        return rank === 0 ? [own, bytes] : [bytes, own]
      },
    }
  }
  const stateOf = (): OptimizerState =>
    new Map(
      ['p0', 'p1'].map((key, i) => [
        key,
        { updates: 3, slots: [new Resident([2], Float32Array.of(i + 1, i + 2))] },
      ]),
    )

  it('are those of the own parameters, and a checkpoint has those of all ranks', () => {
    const shards = new Shards(sizesOf([2, 2]), 2)
    for (const rank of [0, 1]) {
      const state = stateOf()
      const moments = new MomentShards(rankOf(rank, () => Float32Array.of(7, 8)))
      moments.divide(state, shards)
      expect([...moments.own(state).keys()]).toEqual([`p${rank}`])
      const read = [...moments.gathered(state)].map(([, { updates, slots }]) => [
        updates,
        ...slots.map((slot) => [...slot.read()]),
      ])
      const own = [3, [rank + 1, rank + 2]]
      expect(read).toEqual(rank === 0 ? [own, [3, [7, 8]]] : [[3, [7, 8]], own])
    }
  })
  it('move to the rank that updates a parameter in the next stage', () => {
    const state = stateOf()
    const moments = new MomentShards(rankOf(0, () => Float32Array.of(7, 8)))
    moments.divide(state, new Shards(sizesOf([2, 2]), 2))
    // A parameter that comes behind the others moves the middle.
    moments.divide(state, new Shards(sizesOf([2, 2, 8]), 2))
    expect([...(state.get('p1')?.slots[0]?.read() ?? [])]).toEqual([7, 8])
    expect([...moments.own(state).keys()]).toEqual(['p0', 'p1'])
  })
  it('come to all ranks where the next stage trains a parameter that is too large for one', () => {
    const state = stateOf()
    const moments = new MomentShards(rankOf(0, () => Float32Array.of(7, 8)))
    moments.divide(state, new Shards(sizesOf([2, 2]), 2))
    moments.divide(state, new Shards(sizesOf([2, 2, 20]), 2))
    expect([...moments.own(state).keys()]).toEqual(['p0', 'p1'])
    expect([...(state.get('p0')?.slots[0]?.read() ?? [])]).toEqual([1, 2])
    expect([...(state.get('p1')?.slots[0]?.read() ?? [])]).toEqual([7, 8])
    expect(moments.gathered(state)).toBe(state)
  })
})
