/**
 * A graph as a model for ONNX Runtime: by the standard (onnx/translate.ts), with operators of this runtime,
 * and with compiled ones.
 */
import { gradientName } from '../../graph/gradient-name.ts'
import { type Graph, GraphError, type Node } from '../../graph/graph.ts'
import { isDropoutMask } from '../../graph/philox.ts'
import type { OnnxGraph } from '../../onnx/onnx-graph.ts'
import { axesOf, sizesOf, transposed } from '../../onnx/operand.ts'
import {
  type Extension,
  type TranslationOptions as StandardOptions,
  type TranslatedGraph as StandardTranslation,
  translate as translateGraph,
  type ValueOf,
} from '../../onnx/translate.ts'
import { readersOf } from '../../optimize/readers.ts'
import type { CompiledNodes } from './compiled/nodes.ts'
import { kernel } from './compiled/onto-graph.ts'
import { runtimeOperators } from './operators/index.ts'
import { lastFirst } from './order.ts'
import { isLargeTable } from './row-sum.ts'

export interface TranslationOptions extends Omit<StandardOptions, 'extension'> {
  /** Compiled operators; absent without a compiler. */
  readonly compiled?: CompiledNodes
  /** Nodes that are not to run later than in their turn. */
  readonly punctual?: ReadonlySet<Node>
}

export interface TranslatedGraph extends StandardTranslation {
  /** Dropout masks that the caller draws, by the name of their input. */
  readonly masks: ReadonlyMap<string, Node>
  /**
   * Gradients of large tables, by their output, which has rows only; another has the id of each
   * (`idsOutput`).
   */
  readonly tables: ReadonlyMap<string, Node>
}

/** The name of the output of a table's gradient. */
export function idsOutput(name: string): string {
  return `ids of ${name}`
}

/** The model runs the nodes of the graph in their order, as far as ONNX Runtime can be made to. */
export function translate(
  graph: Graph,
  { compiled, punctual, held, sizes }: TranslationOptions,
): TranslatedGraph {
  const masks = new Map<string, Node>()
  const tables = new Map<string, Node>()
  const readers = readersOf(graph)
  const extension: Extension = {
    operators: runtimeOperators(compiled),
    value: (onnx, node, of) => {
      const found = compiled?.of(node, sizes)
      if (found !== undefined) return kernel(onnx, found, node.inputs.map(of), sizesOf(node.type))
      return isDropoutMask(node) ? mask(onnx, node, masks) : undefined
    },
    outputs: (onnx, node, names, of) => {
      if (!isTableGradient(node, names, readers(node))) return false
      for (const name of names) tableGradient(onnx, node, name, of)
      for (const name of names) tables.set(name, node)
      return true
    },
    made: (onnx, node, value) => {
      // without a reader, so an end from which the order is built (order.ts)
      if (punctual?.has(node) === true) onnx.node('Size', [value])
    },
  }
  const { model, ...translated } = translateGraph(graph, { held, sizes, extension })
  return { ...translated, model: { ...model, nodes: lastFirst(model.nodes) }, masks, tables }
}

/** Whether it is a gradient of a large table and nothing else. */
function isTableGradient(node: Node, names: readonly string[], readers: number): boolean {
  if (node.op !== 'lookup_gradient' || names.length === 0 || readers > names.length) return false
  const sizes = sizesOf(node.type).filter((size) => typeof size === 'number')
  return (
    names.every((name) => name.startsWith(gradientName(''))) &&
    sizes.length === node.type.dimensions.length &&
    isLargeTable(sizes)
  )
}

function tableGradient(onnx: OnnxGraph, node: Node, name: string, of: ValueOf): void {
  const [ids, g] = node.inputs
  if (ids === undefined || g === undefined) throw new GraphError('lookup_gradient: an input is missing')
  const [, width = 1] = sizesOf(node.type)
  const axes = [...axesOf(ids.type), 'unit'] as const
  const rows = transposed(onnx, of(g), axesOf(g.type), axes)
  onnx.output(name, rows, 'f32', [...sizesOf(ids.type), width])
  onnx.output(idsOutput(name), of(ids), 'i32', sizesOf(ids.type))
}

/** ONNX has no counter-based random numbers: masks are drawn outside. */
function mask(onnx: OnnxGraph, node: Node, masks: Map<string, Node>): string {
  const keeps = node.op === 'dropout_keep'
  const name = `${keeps ? 'kept' : 'mask'} ${String(node.attributes.site)}`
  // one that is recomputed is the same, and its input is not among those of the batch
  if (!masks.has(name)) masks.set(name, node)
  return onnx.input(name, keeps ? 'u8' : 'f32', sizesOf(node.type))
}
