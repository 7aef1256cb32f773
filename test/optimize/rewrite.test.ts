import { describe, expect, it } from 'vitest'
import { ops } from '../../src/graph/ops/index.ts'
import { parseGraph } from '../../src/graph/parse.ts'
import { pipeline } from '../../src/optimize/pipeline.ts'
import { type Rule, rewrite, rewriteFully } from '../../src/optimize/rewrite.ts'

const text = `graph g(x: f32[unit 4]) {
  %1 = negate %x : f32[unit 4]
  %2 = negate %1 : f32[unit 4]
  %3 = tanh %2 : f32[unit 4]
  y = %3
}
`
/** -(-x) ==> x */
const twice: Rule = (_builder, node, [input]) =>
  node.op === 'negate' && input?.op === 'negate' ? input.inputs[0] : undefined

describe('rewrite', () => {
  it('gives the same object where no rule fires', () => {
    const graph = parseGraph(text, ops)
    expect(rewrite(graph, ops, () => undefined)).toBe(graph)
  })

  it('replaces from the leaves upwards and says what became of each node', () => {
    const graph = parseGraph(text, ops)
    const moved = new Map<number, number>()
    const result = rewrite(graph, ops, twice, (before, after) => moved.set(before.id, after.id))
    expect(result.nodes.map((node) => node.op)).toEqual(['input', 'tanh'])
    expect(moved.size).toBe(graph.nodes.length)
  })

  it('refuses a replacement of another type', () => {
    const graph = parseGraph(text, ops)
    const wrong: Rule = (builder, node) => (node.op === 'tanh' ? builder.constant(1) : undefined)
    expect(() => rewrite(graph, ops, wrong)).toThrow('tanh f32[unit 4] became constant f32[]')
  })

  it('stops a rule that fires without end', () => {
    const graph = parseGraph(text, ops)
    const endless: Rule = (builder, node, inputs) =>
      node.op === 'tanh' ? builder.add('tanh', [builder.add('negate', inputs)]) : undefined
    expect(() => rewriteFully(graph, ops, () => endless)).toThrow('without end')
  })
})

describe('pipeline', () => {
  it('has each pass once a phase', () => {
    const keys = pipeline.map(({ name, phase }) => `${phase} ${name}`)
    expect(new Set(keys).size).toBe(keys.length)
  })
})
