/**
 * 200 random specs, each one step: the float64 reference as the spec is written, the same after all passes, and two backends in rotation have one result.
 * `npm run differential -- --seed 1000 --count 5000` tries others.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pipeline } from '../../src/optimize/pipeline.ts'
import { compareWays, type Way } from './differential/compare.ts'
import { randomSpec } from './differential/random-spec.ts'
import { closeWays, openWays, waysOf } from './differential/ways.ts'

const specs = 200
const group = 20
const firstSeeds = Array.from({ length: specs / group }, (_, i) => 1 + i * group)

describe('random specs', () => {
  let ways: readonly Way[] = []
  const changed = new Set<string>()
  let inParts = 0
  beforeAll(async () => {
    ways = await openWays()
  })
  afterAll(() => closeWays(ways))

  it.each(firstSeeds)(`agree on every backend: seeds %i and the next ${group - 1}`, (first) => {
    for (let seed = first; seed < first + group; seed++) {
      const spec = randomSpec(seed)
      const found = compareWays(spec, waysOf(ways, seed))
      expect(found.differences, `seed ${seed}:\n${spec.text}`).toEqual([])
      for (const pass of found.passes) changed.add(pass)
      if (found.inParts) inParts++
    }
  })

  it('are the same for the same seed', () => {
    expect(randomSpec(7)).toEqual(randomSpec(7))
    expect(randomSpec(7).text).not.toBe(randomSpec(8).text)
  })

  it('give every pass something to do, and many are taken in micro-batches', () => {
    expect(pipeline.map(({ name }) => name).filter((name) => !changed.has(name))).toEqual([])
    expect(inParts).toBeGreaterThan(specs / 4)
  })
})
