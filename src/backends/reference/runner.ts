/** The reference evaluator as a Runner: slow, float64, and right. It holds nothing between runs. */
import { GraphError, type Node, type ReferenceValue } from '../../graph/graph.ts'
import { lowPrecisions, productsIn } from '../../graph/precision.ts'
import { type BatchSizes, concreteShape, printType } from '../../graph/type.ts'
import type { HostData, HostTensor, Runner, RunRequest } from '../../run/runner.ts'
import { evaluateGraph, type Leaves, type Ops } from './evaluate.ts'

/**
 * A runner over the ops' own float64 evaluation. f32 outputs come as Float64Array. Throws GraphError for
 * missing inputs and wrong shapes.
 */
export function createReferenceRunner(ops: Ops): Runner {
  return {
    name: 'reference',
    capabilities: new Set(lowPrecisions.map(productsIn)),
    run(graph, request) {
      const values = evaluateGraph(ops, graph, leavesOf(request), request)
      return new Map(
        [...graph.outputs].flatMap(([name, node]) => {
          const value = values.get(name)
          return value === undefined ? [] : [[name, toHost(node, value)] as const]
        }),
      )
    },
    inspect(graph, request, visit) {
      evaluateGraph(ops, graph, leavesOf(request), request, (node, value) => visit(node, toHost(node, value)))
    },
    memory: () => ({ tensors: 0, bytes: 0 }),
    dispose() {},
  }
}

function leavesOf(request: RunRequest): Leaves {
  return (node, name) => {
    const held = node.op === 'parameter' ? request.parameter(name) : request.inputs.get(name)
    if (held === undefined) throw new GraphError(`reference: no input ${name}`)
    return toReference(node, name, held, request.sizes)
  }
}

function toReference(
  node: Node,
  name: string,
  held: Pick<HostTensor, 'shape' | 'data'>,
  sizes: BatchSizes,
): ReferenceValue {
  const shape = concreteShape(node.type, sizes)
  const count = shape.reduce((product, size) => product * size, 1)
  if (held.shape.join() !== shape.join() || held.data.length !== count) {
    throw new GraphError(
      `reference: ${name} is ${printType(node.type)}, but was given [${held.shape.join(', ')}]`,
    )
  }
  return { shape, data: Float64Array.from(held.data) }
}

/** A copy: the caller may write to it. */
function toHost(node: Node, { shape, data }: ReferenceValue): HostTensor {
  const kinds: { readonly [dtype in typeof node.type.dtype]: () => HostData } = {
    f32: () => Float64Array.from(data),
    i32: () => Int32Array.from(data),
    bool: () => Uint8Array.from(data),
  }
  return { dtype: node.type.dtype, shape, data: kinds[node.type.dtype]() }
}
