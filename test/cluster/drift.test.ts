/** Ranks that compute other bits than the rest, and work that is shared out. Other ranks are simulated. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serialize } from 'node:v8'
import { afterAll, describe, expect, it } from 'vitest'
import { alone, type Cluster } from '../../src/cluster/cluster.ts'
import { requireSameHash, requireSameNumber } from '../../src/cluster/drift.ts'
import { shareOut } from '../../src/cluster/share-out.ts'
import { trainSpec } from '../../src/library/train.ts'
import { writeSpec } from './ranks.ts'

const home = mkdtempSync(join(tmpdir(), 'drift-'))
afterAll(() => rmSync(home, { recursive: true }))
writeSpec(home, 3)

/** All ranks send what rank 0 does, but for what `changed` makes of it. */
function ranksOf(
  size: number,
  changed: (own: Uint8Array, what: string, rank: number) => Uint8Array,
): Cluster {
  return {
    ...alone,
    size,
    exchange: (own, what) =>
      Array.from({ length: size }, (_, rank) => (rank === 0 ? own : changed(own.slice(), what, rank))),
  }
}
const flipped = (bytes: Uint8Array): Uint8Array => bytes.map((byte, i) => (i === 0 ? byte ^ 1 : byte))
const place = { stage: 'learn', step: 7 }

describe('ranks that compare what they have computed', () => {
  it('return the flag of rank 0 where all bits are equal', () => {
    const cluster = ranksOf(3, (own) => own)
    expect(requireSameNumber(cluster, Number.NaN, true, 'the norm', place)).toBe(true)
    expect(requireSameNumber(cluster, 0.1, false, 'the norm', place)).toBe(false)
    requireSameHash(cluster, [{ read: () => Float32Array.of(1, 2) }], 'the SHA-256', place)
  })
  it('name the one of three that differs in its last bit', () => {
    const cluster = ranksOf(3, (own, what, rank) => (what === 'the norm' && rank === 2 ? flipped(own) : own))
    expect(() => requireSameNumber(cluster, 0.1, false, 'the norm', place)).toThrow(
      /^E1022: rank 2 \(\S+\) differs from the other ranks in the norm, after step 7 of stage learn/,
    )
  })
  it('name both of two, of which either may be wrong', () => {
    const cluster = ranksOf(2, (own, what) => (what === 'the SHA-256' ? flipped(own) : own))
    expect(() =>
      requireSameHash(cluster, [{ read: () => Float32Array.of(1) }], 'the SHA-256', place),
    ).toThrow(/^E1022: rank 0 \(\S+\), rank 1 \(\S+\) differ in the SHA-256/)
  })
})

describe('a training', () => {
  const spec = join(home, 'spec.distill')
  const train = (out: string, cluster: Cluster): Promise<unknown> =>
    trainSpec(spec, { out: join(home, out), backend: 'cpu', stages: ['learn'], parts: 2, cluster }, {})

  it('ends at the step whose norm differs, and at weights that differ before they are saved', async () => {
    let steps = 0
    const norms = ranksOf(2, (own, what) =>
      what === 'the norm of its gradient' && ++steps === 4 ? flipped(own) : own,
    )
    const weights = ranksOf(2, (own, what) => (what === 'the SHA-256 of its weights' ? flipped(own) : own))
    await expect(train('norms', norms)).rejects.toThrow(/E1022.*norm.*after step 4 of stage learn/)
    await expect(train('weights', weights)).rejects.toThrow(/E1022.*SHA-256.*after step \d+ of stage learn/)
    for (const out of ['norms', 'weights'])
      expect(existsSync(join(home, out, 'checkpoints/last.safetensors'))).toBe(false)
  }, 30_000)
})

describe('work that is shared out', () => {
  const items = [3, 1, 4, 1, 5, 9, 2]
  const compute = (item: number) => ({ square: Float64Array.of(item ** 2), name: `of ${item}` })
  it.each([1, 2, 3, 8])('by %i ranks has its results in order on each, and each does its share', (size) => {
    const wanted = items.map((item) => [item, compute(item)])
    const all: number[] = []
    for (let rank = 0; rank < size; rank++) {
      let first = -size
      const cluster: Cluster = {
        ...alone,
        rank,
        size,
        exchange(own) {
          first += size
          return Array.from({ length: size }, (_, one) => {
            const item = items[first + one]
            return one === rank ? own : item === undefined ? new Uint8Array(0) : serialize(compute(item))
          })
        },
      }
      const own: number[] = []
      const computeOwn = (item: number): ReturnType<typeof compute> => {
        own.push(item)
        return compute(item)
      }
      const found = shareOut(cluster, items, computeOwn, 'its squares')
      expect([...found]).toEqual(wanted)
      expect(own.length).toBeLessThanOrEqual(Math.ceil(items.length / size))
      all.push(...own)
    }
    expect(all.sort()).toEqual([...items].sort())
  })
})
