/**
 * The order of a model's nodes. ONNX Runtime decides by itself in which order it runs them: it goes from values that nobody reads back to what they need, and of
 * several ways takes the node that stands last in the model first. So nodes stand in the reverse of the order that the plan of the step wants (a model
 * need not have them behind their inputs): a gradient is complete, and what it was made of is freed, before the next layer is gone back through. What no gradient needs yet runs later than planned.
 */
import type { OnnxNode } from './protobuf.ts'

/** `nodes`: in the order in which they are to run. */
export function lastFirst(nodes: readonly OnnxNode[]): OnnxNode[] {
  return nodes.toReversed()
}
