/**
 * The order of a model's nodes. ONNX Runtime goes from the outputs back to what they need, and of a node's inputs takes the one that stands last in the model
 * first. A frozen model is to run before the trained one, whose values stay for the way back: so it stands behind it.
 */
import type { OnnxNode } from './protobuf.ts'

/** `held`: initializers that are weights; `changing`: inputs that are. Each node stays behind those that it reads. */
export function frozenLast(
  nodes: readonly OnnxNode[],
  held: ReadonlySet<string>,
  changing: ReadonlySet<string>,
): OnnxNode[] {
  const frozen = new Set(held)
  const trained = new Set(changing)
  /** Trained, and what it reads is not frozen. */
  const before: OnnxNode[] = []
  const among: OnnxNode[] = []
  const after: OnnxNode[] = []
  /** Values of nodes after the frozen ones. */
  const late = new Set<string>()
  for (const node of nodes) {
    const reads = (names: ReadonlySet<string>): boolean => node.inputs.some((input) => names.has(input))
    const isTrained = reads(trained)
    const isFrozen = !isTrained && reads(frozen)
    const isLate = reads(late) || (isTrained && reads(frozen))
    const place = isLate ? after : isFrozen ? among : before
    place.push(node)
    for (const output of node.outputs) {
      if (isTrained) trained.add(output)
      if (isFrozen) frozen.add(output)
      if (isLate) late.add(output)
    }
  }
  return [...before, ...among, ...after]
}
