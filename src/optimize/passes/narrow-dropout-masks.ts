/**
 * multiply(x, dropout_mask s)                   ==> dropout(x, dropout_keep s){rate}
 * scaled_softmax_gradient(y, g, dropout_mask s) ==> dropout_softmax_gradient(y, g, dropout_keep s){rate}
 *
 * A mask of dropout is as large as what it is for, and kept from the forward pass until the backward pass.
 * All that it says is what is kept: a byte an element and one factor. The random numbers and all results are
 * the same. Only where every reader of a mask can do without the factors, and the backend draws and reads
 * bytes.
 */
import { type Attributes, type Graph, GraphError, type Node } from '../../graph/graph.ts'
import { equalTypes } from '../../graph/type.ts'
import { counted, occurrences } from '../census.ts'
import { byteMasks, type Pass } from '../pass.ts'
import { type Rule, rewrite } from '../rewrite.ts'

export const narrowDropoutMasks: Pass = {
  name: 'narrow-dropout-masks',
  phase: 'step',
  summary: 'masks of dropout as bytes, not as factors',
  run: (graph, { ops, capabilities, moved, note }) => {
    const masks = narrowMasks(graph)
    if (masks.size === 0) return graph
    if (!capabilities.has(byteMasks)) {
      note(`${counted(masks.size, 'mask')} held as factors: the backend has no kernels for byte masks`)
      return graph
    }
    const after = rewrite(graph, ops, narrowed(masks), moved)
    const made = occurrences(after, 'dropout_keep') - occurrences(graph, 'dropout_keep')
    if (made > 0) note(`${counted(made, 'mask')} held as bytes`)
    return after
  },
}

/** The masks of which all readers can do without the factors. */
function narrowMasks(graph: Graph): ReadonlySet<Node> {
  const masks = new Set(graph.nodes.filter(({ op }) => op === 'dropout_mask'))
  for (const node of graph.nodes)
    for (const [index, input] of node.inputs.entries())
      if (masks.has(input) && !readsKept(node, index)) masks.delete(input)
  for (const output of graph.outputs.values()) masks.delete(output)
  return masks
}

/** Whether it reads that input, a mask, as factors of another value of its type. */
function readsKept({ op, inputs }: Node, index: number): boolean {
  const [other, mask] = op === 'multiply' ? [inputs[1 - index], inputs[index]] : [inputs[1], inputs[2]]
  if (op !== 'multiply' && (op !== 'scaled_softmax_gradient' || index !== 2)) return false
  return other !== undefined && mask !== undefined && other !== mask && equalTypes(other.type, mask.type)
}

function narrowed(masks: ReadonlySet<Node>): Rule {
  return (builder, node, inputs) => {
    const index = node.inputs.findIndex((input) => masks.has(input))
    const mask = inputs[index]
    if (mask === undefined) return undefined
    const keep = builder.add('dropout_keep', mask.inputs, mask.attributes, mask.source)
    const { rate = null } = mask.attributes
    const attributes: Attributes = { ...node.attributes, rate }
    if (node.op === 'multiply') return builder.add('dropout', [inputAt(inputs, 1 - index), keep], attributes)
    return builder.add('dropout_softmax_gradient', [inputAt(inputs, 0), inputAt(inputs, 1), keep], attributes)
  }
}

function inputAt(inputs: readonly Node[], index: number): Node {
  const found = inputs[index]
  if (found === undefined) throw new GraphError(`narrow-dropout-masks: input ${index} is missing`)
  return found
}
