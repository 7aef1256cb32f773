import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Edge, minimumCut } from '../../src/optimize/minimum-cut.ts'

const vertices = 7
const [source, sink] = [0, vertices - 1]

function costOf(edges: readonly Edge[], inside: ReadonlySet<number>): number {
  return edges.reduce(
    (sum, { from, to, cost }) => (inside.has(from) && !inside.has(to) ? sum + cost : sum),
    0,
  )
}

/** All sets with the source and without the sink. */
const sets = Array.from(
  { length: 2 ** (vertices - 2) },
  (_, bits) =>
    new Set([
      source,
      ...Array.from({ length: vertices - 2 }, (_, i) => i + 1).filter((v) => bits & (1 << (v - 1))),
    ]),
)

const edge = fc.record({
  from: fc.nat({ max: vertices - 1 }),
  to: fc.nat({ max: vertices - 1 }),
  cost: fc.constantFrom(0, 1, 2, 3.5, 7, Number.POSITIVE_INFINITY),
})

describe('minimumCut', () => {
  it('costs least of all cuts, and is the smallest of those', () => {
    fc.assert(
      fc.property(fc.array(edge, { maxLength: 18 }), (edges) => {
        const costs = sets.map((set) => costOf(edges, set))
        const least = Math.min(...costs)
        fc.pre(Number.isFinite(least))
        const found = minimumCut(vertices, edges, source, sink)
        expect(found.has(source)).toBe(true)
        expect(found.has(sink)).toBe(false)
        expect(costOf(edges, found)).toBeCloseTo(least, 9)
        const best = sets.filter((_, i) => (costs[i] ?? 0) <= least + 1e-9)
        for (const other of best) for (const vertex of found) expect(other.has(vertex)).toBe(true)
      }),
      { numRuns: 400 },
    )
  })

  it('takes long chains', () => {
    const length = 20_000
    const edges = Array.from({ length: length - 1 }, (_, i) => ({
      from: i,
      to: i + 1,
      cost: i === 12_345 ? 1 : 2,
    }))
    expect(minimumCut(length, edges, 0, length - 1).size).toBe(12_346)
  })
})
