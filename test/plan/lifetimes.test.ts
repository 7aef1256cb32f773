import { describe, expect, it } from 'vitest'
import { GraphError } from '../../src/graph/graph.ts'
import { parseGraph } from '../../src/graph/parse.ts'
import { planLifetimes } from '../../src/plan/lifetimes.ts'
import { fakeOps } from '../graph/fake-ops.ts'

const graph = parseGraph(
  `graph g(x: f32[B, unit 8]) {
    parameters {
      $w : f32[unit 8]
    }
    %0 = multiply %x, $w : f32[B, unit 8]
    %1 = tanh %0 : f32[B, unit 8]
    %2 = add %0, %1 : f32[B, unit 8]
    %3 = sum %2 {axes: [example, unit]} : f32[]
    early = %1
    total = %3
  }`,
  fakeOps,
)

describe('planLifetimes', () => {
  it('frees each value after its last reader, and outputs never', () => {
    const plan = planLifetimes(graph)
    const ops = (nodes: readonly { op: string }[] | undefined) => nodes?.map((node) => node.op)
    expect(plan.nodes.map((node) => node.op)).toEqual([
      'input',
      'parameter',
      'multiply',
      'tanh',
      'add',
      'sum',
    ])
    expect(plan.frees.map(ops)).toEqual([[], [], ['input', 'parameter'], [], ['multiply'], ['add']])
    expect([...plan.lastReader.values()]).toEqual([2, 2, 4, Infinity, 5, Infinity])
  })

  it('refuses an order in which a node stands before its inputs', () => {
    expect(() => planLifetimes(graph, graph.nodes.toReversed())).toThrow(GraphError)
  })
})
