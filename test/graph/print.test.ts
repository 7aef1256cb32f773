import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseGraph } from '../../src/graph/parse.ts'
import { printGraph } from '../../src/graph/print.ts'
import { fakeOps } from './fake-ops.ts'
import { findDifference } from './find-difference.ts'
import { type Layering, layeredGraph } from './layered.ts'

const golden = (name: string): string => `../golden/printing/${name}.txt`

describe('printGraph', () => {
  it('writes equal layers once', async () => {
    const graph = layeredGraph({
      teacherLayers: 12,
      studentLayers: 4,
      body: [0, 1, 0, 2, 4, 3],
      map: [0, 3, 6, 9, 12],
      shared: false,
      dropout: true,
    })
    const text = printGraph(graph)
    await expect(text).toMatchFileSnapshot(golden('layered'))
    await expect(printGraph(graph, { fold: false })).toMatchFileSnapshot(golden('layered-unfolded'))
    expect(findDifference(parseGraph(text, fakeOps), graph)).toBeUndefined()
  })
})

describe('parseGraph', () => {
  const layering: fc.Arbitrary<Layering> = fc.record({
    teacherLayers: fc.integer({ min: 0, max: 9 }),
    studentLayers: fc.integer({ min: 0, max: 6 }),
    body: fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 8 }),
    map: fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 7 }),
    shared: fc.boolean(),
    dropout: fc.boolean(),
  })

  it('is the inverse of printing, folded or not', () => {
    fc.assert(
      fc.property(layering, fc.boolean(), (layers, fold) => {
        const graph = layeredGraph(layers)
        const text = printGraph(graph, { fold })
        const parsed = parseGraph(text, fakeOps)
        expect(findDifference(parsed, graph)).toBeUndefined()
        expect(printGraph(parsed, { fold })).toBe(text)
      }),
      { numRuns: 100 },
    )
  })
})
