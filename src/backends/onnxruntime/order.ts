/**
 * The order of a model's nodes. ONNX Runtime decides its own order: it goes from values without readers back
 * to their inputs, and of several inputs takes the node that is last in the model first. So nodes are in the
 * reverse of the order that the plan wants; a model need not have them behind their inputs. A gradient is
 * then complete, and its inputs freed, before the backward pass of the next layer. A value that no end needs
 * yet is computed later than planned. If that would keep memory that the plan frees, a node without cost
 * reads the value, and has no reader itself: it is an end.
 */
import type { Node } from '../../graph/graph.ts'
import type { OnnxNode } from '../../onnx/protobuf.ts'
import type { Schedule } from '../../plan/plan.ts'

/** Bytes for which it is not worth it. */
const little = 2 ** 20

/** `nodes`: in the order in which they are to run. */
export function lastFirst(nodes: readonly OnnxNode[]): OnnxNode[] {
  return nodes.toReversed()
}

/** Nodes that make less than they read: until they have run, what they read is held. */
export function punctualNodes({ lifetimes, bufferOf, buffers }: Schedule): ReadonlySet<Node> {
  const bytesOf = (nodes: readonly Node[]): number => {
    const own = new Set(nodes.map((node) => bufferOf.get(node)))
    return [...own].reduce<number>(
      (sum, index) => sum + (index === undefined ? 0 : (buffers[index]?.bytes ?? 0)),
      0,
    )
  }
  return new Set(lifetimes.nodes.filter((node) => bytesOf(node.inputs) - bytesOf([node]) >= little))
}
