/** Runs graphs that read masks on made-up batches, with the positions that such a batch has. */
import { createReferenceRunner } from '../../src/backends/reference/runner.ts'
import { differentiate } from '../../src/differentiate/differentiate.ts'
import type { Graph } from '../../src/graph/graph.ts'
import { leafName } from '../../src/graph/leaf.ts'
import { ops } from '../../src/graph/ops/index.ts'
import { concreteShape } from '../../src/graph/type.ts'
import { positionsOf } from '../../src/run/positions.ts'
import type { HostTensor, Runner, RunRequest } from '../../src/run/runner.ts'
import { batchOf, random } from '../lower/spec-run.ts'

/** Lengths of the texts of batches: padded, full, with a text of no tokens, without one masked token. */
export const batches: readonly { readonly lengths: readonly number[]; readonly masked: boolean }[] = [
  { lengths: [7, 3, 5], masked: true },
  { lengths: [5, 5, 5], masked: true },
  { lengths: [6, 0, 1], masked: true },
  { lengths: [4, 2], masked: false },
]

export function requestFor(graph: Graph, { lengths, masked }: (typeof batches)[number]): RunRequest {
  const batch = batchOf(lengths, { vocabulary: 12, classes: 2 })
  const given = new Map(batch.inputs)
  if (!masked) given.set('masked', { ...zeros(batch.inputs.get('masked')) })
  const { sizes, inputs } = positionsOf(given, batch)
  for (const [name, value] of inputs) given.set(name, value)
  let seed = 1
  for (const node of graph.nodes) {
    const name = leafName(node)
    if (name === undefined || node.op !== 'input' || given.has(name)) continue
    given.set(name, drawn(concreteShape(node.type, sizes), seed++))
  }
  const parameters = new Map(
    graph.nodes.flatMap((node) => {
      const name = leafName(node)
      if (node.op !== 'parameter' || name === undefined) return []
      const { shape, data } = drawn(concreteShape(node.type, sizes), seed++)
      return [[name, { shape, data, version: 1 }] as const]
    }),
  )
  return {
    sizes,
    inputs: given,
    parameter: (name) => {
      const value = parameters.get(name)
      if (value === undefined) throw new Error(`no parameter ${name}`)
      return value
    },
    random: { seed: 3, stage: 'rows', step: 1 },
  }
}

function zeros(mask: HostTensor | undefined): HostTensor {
  const { shape, data } = mask ?? { shape: [0], data: [] }
  return { dtype: 'bool', shape, data: new Uint8Array(data.length) }
}

function drawn(shape: readonly number[], seed: number) {
  const size = shape.reduce((product, n) => product * n, 1)
  const data = Float32Array.from({ length: size }, (_, i) => random(seed * 7919 + i) - 0.4)
  return { dtype: 'f32', shape, data } as const
}

export function parametersOf(graph: Graph): string[] {
  return graph.nodes.flatMap((node) => (node.op === 'parameter' ? [leafName(node) ?? ''] : []))
}

/** Values of all outputs and of the gradients of `total`. Both graphs read the same leaves: those of `like`. */
export function valuesOf(
  graph: Graph,
  like: Graph,
  batch: (typeof batches)[number],
  runner: Runner = createReferenceRunner(ops),
): ReadonlyMap<string, HostTensor> {
  const step = differentiate(graph, 'total', parametersOf(like), ops)
  return runner.run(step, requestFor(like, batch))
}
