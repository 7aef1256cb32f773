/** Sums of parts: the same bits for every number of ranks. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { alone } from '../../src/cluster/cluster.ts'
import { Division } from '../../src/cluster/division.ts'
import { addInTree, TreeSum } from '../../src/cluster/tree.ts'
import { addInPlace } from '../../src/run/plain-update.ts'

/** A part without numbers is undefined. */
type Part = readonly number[] | undefined
const copies = (parts: readonly Part[]): (Float32Array | undefined)[] =>
  parts.map((part) => part && Float32Array.from(part))

/**
 * As ranks do: each adds up its own parts as they come, then their sums are added.
 * @param inPlace whether a part is added to its neighbour without a copy of it
 */
function overRanks(parts: readonly Part[], size: number, inPlace: boolean): Float32Array | undefined {
  const batches = parts.map((_, part) => ({ part }))
  const sums = Array.from({ length: size }, (_, rank) => {
    const own = new Division({ ...alone, rank, size }, parts.length)
    const tree = new TreeSum()
    for (const one of own.ownParts(batches)) {
      const [part] = copies(one.map(({ index }) => parts[index]))
      const neighbour = inPlace && part !== undefined ? tree.neighbour : undefined
      if (neighbour !== undefined && part !== undefined) addInPlace(neighbour, part)
      tree.add(neighbour === undefined ? part : undefined)
    }
    return tree.take()
  })
  return addInTree(sums)
}

const bitsOf = (numbers: Float32Array): readonly number[] => [...new Uint32Array(numbers.buffer)]

const numbers = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }), {
  minLength: 3,
  maxLength: 3,
})
const batch = fc
  .integer({ min: 0, max: 4 })
  .chain((power) =>
    fc.array(fc.option(numbers, { nil: undefined }), { minLength: 2 ** power, maxLength: 2 ** power }),
  )

describe('the sum over parts', () => {
  it('has the same bits for every number of ranks', () => {
    fc.assert(
      fc.property(batch, fc.integer({ min: 1, max: 16 }), fc.boolean(), (parts, size, inPlace) => {
        fc.pre(size <= parts.length)
        const wanted = addInTree(copies(parts))
        const sum = overRanks(parts, size, inPlace)
        expect(sum && [...sum]).toEqual(wanted && [...wanted])
      }),
      { numRuns: 300 },
    )
  })
  it('has the same bits wherever it is made', () => {
    fc.assert(
      fc.property(batch, fc.nat(), (parts, which) => {
        const leaves = copies(parts)
        const into = leaves[which % leaves.length]
        const sum = addInTree(leaves, into && { into })
        if (into !== undefined) expect(sum).toBe(into)
        const wanted = addInTree(copies(parts))
        expect(sum && bitsOf(sum)).toEqual(wanted && bitsOf(wanted))
      }),
      { numRuns: 300 },
    )
  })
  it('depends on their order', () => {
    const parts = [[1e8], [1], [-1e8], [1]]
    const turned = [[1e8], [-1e8], [1], [1]]
    expect(addInTree(copies(parts))?.[0]).not.toBe(addInTree(copies(turned))?.[0])
  })
})

describe('a division', () => {
  const of = (size: number, parts: number) =>
    Array.from({ length: size }, (_, rank) => new Division({ ...alone, rank, size }, parts))
  it('gives each rank a block of parts, and some none', () => {
    const batches = Array.from({ length: 4 }, (_, part) => ({ part }))
    expect(of(3, 4).map((own) => own.ownOf(batches).map(({ index }) => index))).toEqual([[0, 1], [2, 3], []])
    expect(of(4, 4)[3]?.present(batches.slice(0, 2))).toEqual([true, true, false, false])
  })
  it('gathers what each rank has computed, in order', () => {
    const cluster = {
      ...alone,
      size: 2,
      exchange: () =>
        [Float64Array.of(2, 1, 2, 3, 4), Float64Array.of(0)].map((x) => new Uint8Array(x.buffer)),
    }
    expect(new Division(cluster, 2).gather([], 'its losses')).toEqual([
      [1, 2],
      [3, 4],
    ])
  })
})
