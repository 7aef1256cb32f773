/** One case of an op, built: the op applied to leaves, and values for them. */

import { evaluateGraph } from '../../src/backends/reference/evaluate.ts'
import { Builder } from '../../src/graph/build.ts'
import type { Graph, Node, ReferenceValue } from '../../src/graph/graph.ts'
import { ops } from '../../src/graph/ops/index.ts'
import type { OpCase } from './cases/case.ts'
import { coin, environment, generate, real, stream, type } from './typed.ts'

export interface Trial {
  readonly builder: Builder
  /** f32 leaves are parameters, named by their place: `0`, `1` .. */
  readonly leaves: readonly Node[]
  readonly node: Node
  readonly values: ReadonlyMap<string, ReferenceValue>
}

export function trial(op: string, { inputs, attributes = {} }: OpCase, seed = 1): Trial {
  const builder = new Builder(ops)
  const uniform = stream(seed)
  const values = new Map<string, ReferenceValue>()
  const leaves = inputs.map((input, k) => {
    const of = type(typeof input === 'string' ? input : input[0])
    const generator = typeof input === 'string' ? (of.dtype === 'bool' ? coin : real) : input[1]
    values.set(String(k), generate(of, generator, uniform))
    return of.dtype === 'f32' ? builder.parameter(String(k), of) : builder.input(String(k), of)
  })
  return { builder, leaves, node: builder.add(op, leaves, attributes), values }
}

/** The outputs of a graph for values of its leaves. */
export function evaluated(
  graph: Graph,
  values: ReadonlyMap<string, ReferenceValue>,
): ReadonlyMap<string, ReferenceValue> {
  return evaluateGraph(
    ops,
    graph,
    (_node, name) => {
      const held = values.get(name)
      if (held === undefined) throw new Error(`the test gives no ${name}`)
      return held
    },
    environment,
  )
}

export function output(
  graph: Graph,
  values: ReadonlyMap<string, ReferenceValue>,
  name: string,
): ReferenceValue {
  const found = evaluated(graph, values).get(name)
  if (found === undefined) throw new Error(`no output ${name}`)
  return found
}

/** d f(values) along a direction, by central differences of one leaf. */
export function slope(
  f: (values: ReadonlyMap<string, ReferenceValue>) => number,
  values: ReadonlyMap<string, ReferenceValue>,
  leaf: string,
  direction: Float64Array,
  step = 1e-5,
): number {
  const moved = (by: number) => {
    const old = values.get(leaf)
    if (old === undefined) throw new Error(`the test gives no ${leaf}`)
    const data = old.data.map((x, i) => x + by * (direction[i] ?? 0))
    return f(new Map([...values, [leaf, { shape: old.shape, data }]]))
  }
  return (moved(step) - moved(-step)) / (2 * step)
}

export function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((total, x, i) => total + x * (b[i] ?? Number.NaN), 0)
}
