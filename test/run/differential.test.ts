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

/** Passes that need more than a stage so small and without data has: wide vocabularies, examples seen twice, values of a megabyte, weights updated in place. Equal values in two orders are rare. */
const idle = [
  'chunk-vocabulary-loss',
  'eliminate-common-subexpressions',
  'fuse-optimizer',
  'hoist-frozen',
  'rematerialize',
]

describe('random specs', () => {
  let ways: readonly Way[] = []
  const changed = new Set<string>()
  beforeAll(async () => {
    ways = await openWays()
  })
  afterAll(() => closeWays(ways))

  it.each(firstSeeds)(`agree on every backend: seeds %i and the next ${group - 1}`, (first) => {
    for (let seed = first; seed < first + group; seed++) {
      const spec = randomSpec(seed)
      const { differences, passes } = compareWays(spec, waysOf(ways, seed))
      expect(differences, `seed ${seed}:\n${spec.text}`).toEqual([])
      for (const pass of passes) changed.add(pass)
    }
  })

  it('are the same for the same seed', () => {
    expect(randomSpec(7)).toEqual(randomSpec(7))
    expect(randomSpec(7).text).not.toBe(randomSpec(8).text)
  })

  it('give every other pass something to do', () => {
    const busy = pipeline.map(({ name }) => name).filter((name) => !idle.includes(name))
    expect(busy.filter((name) => !changed.has(name))).toEqual([])
  })
})
