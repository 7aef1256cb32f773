import { describe, expect, it } from 'vitest'
import { graphFlops, nodeFlops } from '../../src/graph/cost.ts'
import { ops } from '../../src/graph/ops/index.ts'
import { parseGraph } from '../../src/graph/parse.ts'
import { printGraph } from '../../src/graph/print.ts'
import { verify } from '../../src/graph/verify.ts'
import { scheduleStep } from '../../src/plan/plan.ts'
import { bertBase, distillationStep, tinyBert } from './encoder.ts'
import { findDifference } from './find-difference.ts'

describe('a distillation step of published size', () => {
  const graph = distillationStep(bertBase, tinyBert, [0, 3, 6, 9, 12])

  it('is a verified graph', () => {
    verify(graph, ops)
    expect(graph.nodes.length).toBeGreaterThan(900)
  })

  it('prints on a few screens, and reads back', async () => {
    const text = printGraph(graph)
    await expect(text).toMatchFileSnapshot('../golden/printing/distillation-step.txt')
    expect(text.split('\n').length).toBeLessThan(300)
    const parsed = parseGraph(text, ops)
    expect(findDifference(parsed, graph)).toBeUndefined()
    expect(printGraph(parsed)).toBe(text)
  })

  it('prints as long for a student of twelve layers', () => {
    const large = distillationStep(
      bertBase,
      { ...bertBase, dropout: 0.1 },
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
    )
    const text = printGraph(large)
    expect(text.split('\n').length).toBeLessThan(300)
    expect(findDifference(parseGraph(text, ops), large)).toBeUndefined()
  })

  it('costs what the published teacher does', () => {
    const sizes = { B: 32, L: 64 }
    const teacher = graph.nodes.filter((node) => {
      return node.op === 'linear' && String(node.inputs[1]?.attributes.name).startsWith('T.')
    })
    const products = teacher.reduce((sum, node) => sum + nodeFlops(node, sizes), 0)
    // twelve layers of 4 h^2 + 2 h i weights, used once for each of 32 * 64 tokens, and their biases
    const weights = 12 * (4 * 768 * 768 + 2 * 768 * 3072)
    expect(products).toBe(32 * 64 * (2 * weights + 12 * (5 * 768 + 3072)))
    expect(graphFlops(graph, sizes) / 1e9).toBeCloseTo(426, 0)
    const larger = { B: 64, L: 64 }
    expect(graphFlops(graph, larger) / graphFlops(graph, sizes)).toBeCloseTo(2, 2)
  })

  it('needs the memory of the student for its gradient, not of all teacher layers', () => {
    const sizes = { B: 32, L: 64 }
    const outputs = new Map(graph.nodes.map((node) => [String(node.id), node]))
    const { peak } = scheduleStep(graph, sizes)
    const { peak: all } = scheduleStep({ ...graph, outputs }, sizes)
    expect(peak).toBeLessThan(all / 4)
    expect(peak).toBeGreaterThan(200e6)
  })
})
