/**
 * The order of a model's nodes. ONNX Runtime decides by itself in which order it runs them: it goes from
 * values that nobody reads back to what they need, and of several ways takes the node that stands last in the
 * model first. So nodes stand in the reverse of the order that the plan of the step wants (a model need not
 * have them behind their inputs): a gradient is complete, and what it was made of is freed, before the next
 * layer is gone back through.
 *
 * What no value at the end needs yet runs later than planned. Where that would keep memory that the plan
 * frees, a node of no cost reads the value, and is read by nobody: an end of its own.
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
