/**
 * f(linear(x, W, b))           ==> linear_activation(x, W, b){activation: f}
 * f_gradient(x, contract(a, b)) ==> contract_activation_gradient(a, b, x){activation: f}
 *
 * The inner values of a feed-forward part are four times as wide as all others. A product that applies the
 * activation, or its slope, to a block of its result while that is in the cache, and on all of its threads,
 * saves a pass over them. Where a layer is trained, its gradient reads the values before the activation: then
 * only the backward pass is fused.
 */
import { type Graph, type GraphBuilder, GraphError, type Node } from '../../graph/graph.ts'
import { counted, occurrences } from '../census.ts'
import type { Pass, PassContext } from '../pass.ts'
import { readersOf } from '../readers.ts'
import { rewrite } from '../rewrite.ts'

const activations: ReadonlySet<string> = new Set(['gelu', 'gelu_tanh', 'relu'])
const gradients: ReadonlyMap<string, string> = new Map([
  ['gelu_gradient', 'gelu'],
  ['gelu_tanh_gradient', 'gelu_tanh'],
])

export const fuseBiasActivation: Pass = {
  name: 'fuse-bias-activation',
  phase: 'step',
  summary: 'a product, its bias and the activation in one operation, forward and backward',
  run: (graph, context) => {
    const { ops, capabilities, moved } = context
    const readers = readersOf(graph)
    const after = rewrite(
      graph,
      ops,
      (builder, node, inputs) => {
        if (activations.has(node.op) && capabilities.has('linear_activation')) {
          const product = input(node, 0)
          if (product.op !== 'linear' || readers(product) > 1) return undefined
          return withActivation(builder, 'linear_activation', input({ inputs }, 0), [], node.op)
        }
        const activation = gradients.get(node.op)
        if (activation === undefined || !capabilities.has('contract_activation_gradient')) return undefined
        const product = input(node, 1)
        if (product.op !== 'contract' || readers(product) > 1) return undefined
        const [x, cotangent] = [input({ inputs }, 0), input({ inputs }, 1)]
        return withActivation(builder, 'contract_activation_gradient', cotangent, [x], activation)
      },
      moved,
    )
    remark(graph, after, context)
    return after
  },
}

function withActivation(
  builder: GraphBuilder,
  op: string,
  product: Node,
  more: readonly Node[],
  activation: string,
): Node {
  return builder.add(op, [...product.inputs, ...more], { ...product.attributes, activation })
}

/**
 * Notes what was fused, and which activations were not: a gradient reads their input, or the backend has no
 * kernel.
 */
function remark(before: Graph, after: Graph, { capabilities, note }: PassContext): void {
  const made = (op: string): number => occurrences(after, op) - occurrences(before, op)
  const [forward, back] = [made('linear_activation'), made('contract_activation_gradient')]
  const parts = [
    ...(forward > 0 ? [counted(forward, 'activation')] : []),
    ...(back > 0 ? [counted(back, 'gradient')] : []),
  ]
  if (parts.length > 0) note(`fused with their products: ${parts.join(' and ')}`)
  const apart = after.nodes.filter(({ op, inputs: [x] }) => activations.has(op) && x?.op === 'linear')
  if (apart.length === 0) return
  const what = `${counted(apart.length, 'activation')} not fused`
  note(
    capabilities.has('linear_activation')
      ? `${what}: gradients or other operations read ${apart.length === 1 ? 'its input' : 'their inputs'}`
      : `${what}: the backend has no fused kernel`,
  )
}

function input({ inputs }: { readonly inputs: readonly Node[] }, index: number): Node {
  const found = inputs[index]
  if (found === undefined) throw new GraphError(`fuse-bias-activation: input ${index} is missing`)
  return found
}
