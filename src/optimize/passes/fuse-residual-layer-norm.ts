/**
 * layer_norm(x + y, scale, bias)                ==> residual_layer_norm(x, y, scale, bias)
 * standardize_gradient(x, g * scale)            ==> layer_norm_gradient(x, g, scale)
 * sum of g * standardize(x), over all but units ==> layer_norm_scale_gradient(x, g)
 *
 * Each walks over rows that stay in the cache, and keeps no value that is as large. The sum of a layer that
 * is trained stays: its gradients read it.
 */
import { type Graph, type GraphBuilder, GraphError, type Node } from '../../graph/graph.ts'
import { equalTypes } from '../../graph/type.ts'
import { counted, occurrences } from '../census.ts'
import type { Pass } from '../pass.ts'
import { readersOf } from '../readers.ts'
import { rewrite } from '../rewrite.ts'

export const fuseResidualLayerNorm: Pass = {
  name: 'fuse-residual-layer-norm',
  phase: 'step',
  summary: 'a layer norm with the sum before it, and each of its two gradients, in one pass over the rows',
  run: (graph, { ops, capabilities, moved, note }) => {
    const readers = readersOf(graph)
    const only = (node: Node): boolean => readers(node) === 1
    const after = rewrite(
      graph,
      ops,
      (builder, node, inputs) => {
        const rule = rules[node.op]
        return rule !== undefined && capabilities.has(rule.makes)
          ? rule.fuse(builder, node, inputs, only)
          : undefined
      },
      moved,
    )
    if (after !== graph) note(remark(graph, after))
    return after
  },
}

interface Fusion {
  readonly makes: string
  readonly fuse: (
    builder: GraphBuilder,
    node: Node,
    inputs: readonly Node[],
    only: (node: Node) => boolean,
  ) => Node | undefined
}

/** By the op that they start from. */
const rules: { readonly [op: string]: Fusion } = {
  layer_norm: {
    makes: 'residual_layer_norm',
    fuse: (builder, node, inputs, only) => {
      const sum = input(node, 0)
      if (sum.op !== 'add' || !only(sum) || sum.inputs.some(({ type }) => !equalTypes(type, node.type))) {
        return undefined
      }
      const [x, y] = input({ inputs }, 0).inputs
      if (x === undefined || y === undefined) return undefined
      return builder.add('residual_layer_norm', [x, y, ...inputs.slice(1)], node.attributes)
    },
  },
  standardize_gradient: {
    makes: 'layer_norm_gradient',
    fuse: (builder, node, inputs, only) => {
      const scaled = input(node, 1)
      if (scaled.op !== 'multiply' || !only(scaled)) return undefined
      const factors = input({ inputs }, 1).inputs
      const scale = factors.find(
        ({ type }) => type.dimensions.length === 1 && type.dimensions[0]?.axis === 'unit',
      )
      const g = factors.find((factor) => factor !== scale && equalTypes(factor.type, node.type))
      if (scale === undefined || g === undefined) return undefined
      return builder.add('layer_norm_gradient', [input({ inputs }, 0), g, scale], node.attributes)
    },
  },
  sum: {
    makes: 'layer_norm_scale_gradient',
    fuse: (builder, node, inputs, only) => {
      const product = input(node, 0)
      if (product.op !== 'multiply' || !only(product) || !leavesUnits(node)) return undefined
      const k = product.inputs.findIndex((factor) => factor.op === 'standardize' && only(factor))
      if (k < 0 || product.inputs.some(({ type }) => !equalTypes(type, product.type))) return undefined
      const fresh = input({ inputs }, 0)
      const standard = input(fresh, k)
      const operands = [input(standard, 0), input(fresh, 1 - k)]
      return builder.add('layer_norm_scale_gradient', operands, standard.attributes)
    },
  },
}

function leavesUnits({ type }: Node): boolean {
  return type.dimensions.length === 1 && type.dimensions[0]?.axis === 'unit'
}

/** What was fused. */
function remark(before: Graph, after: Graph): string {
  const parts = [
    ['residual_layer_norm', 'sum', 'sums'],
    ['layer_norm_gradient', 'gradient', 'gradients'],
    ['layer_norm_scale_gradient', 'gradient of a scale', 'gradients of scales'],
  ].flatMap(([op = '', one = '', many]) => {
    const made = occurrences(after, op) - occurrences(before, op)
    return made > 0 ? [counted(made, one, many)] : []
  })
  return `fused with layer norms: ${parts.join(', ')}`
}

function input({ inputs }: { readonly inputs: readonly Node[] }, index: number): Node {
  const found = inputs[index]
  if (found === undefined) throw new GraphError(`fuse-residual-layer-norm: input ${index} is missing`)
  return found
}
