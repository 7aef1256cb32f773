import { describe, expect, it } from 'vitest'
import { diffLines } from '../../src/train/line-diff.ts'

const spec = ['setting a = 1', 'stage s {', '  batch = 4', '  rate = 1', '}', 'stage t {', '  batch = 4', '}']

describe('differences of lines', () => {
  it('are none between equal texts', () => {
    expect(diffLines(spec, spec)).toEqual([])
    expect(diffLines([], [])).toEqual([])
  })

  it('say what was removed and added, and in which block', () => {
    const after = spec.map((line, i) => (i === 6 ? '  batch = 8' : line)).filter((_, i) => i !== 0)
    expect(diffLines(spec, after)).toEqual([
      { removed: ['setting a = 1'], added: [] },
      { within: 'stage t {', removed: ['  batch = 4'], added: ['  batch = 8'] },
    ])
    expect(diffLines([], ['a'])).toEqual([{ removed: [], added: ['a'] }])
    expect(diffLines(['a'], [])).toEqual([{ removed: ['a'], added: [] }])
  })

  it('make the second text out of the first, whatever they are', () => {
    for (let seed = 0; seed < 200; seed++) {
      const line = (k: number) => 'abc'.charAt((seed * 7 + k * k * (seed + 3) + k) % 3)
      const before = Array.from({ length: seed % 9 }, (_, k) => line(k))
      const after = Array.from({ length: (seed * 5) % 8 }, (_, k) => line(k + seed))
      const hunks = diffLines(before, after)
      const removed = hunks.flatMap((hunk) => hunk.removed)
      const added = hunks.flatMap((hunk) => hunk.added)
      expect([...before, ...added].sort()).toEqual([...after, ...removed].sort())
      // As many lines stay as the longest common subsequence has.
      expect(before.length - removed.length).toBe(longestCommon(before, after))
    }
  })
})

/** By trying all: the definition itself. */
function longestCommon(a: readonly string[], b: readonly string[]): number {
  const [first, ...rest] = a
  if (first === undefined) return 0
  const at = b.indexOf(first)
  const without = longestCommon(rest, b)
  return at < 0 ? without : Math.max(without, 1 + longestCommon(rest, b.slice(at + 1)))
}
