/** A graph as an ONNX model: every op an operator of ONNX, or what it decomposes into. */

import { Builder } from '../../graph/build.ts'
import { gradientName } from '../../graph/gradient-name.ts'
import { type BatchSizes, type Graph, GraphError, type Node, type SizeSymbol } from '../../graph/graph.ts'
import { constantValue, leafName } from '../../graph/leaf.ts'
import { ops } from '../../graph/ops/index.ts'
import { isDropoutMask } from '../../graph/philox.ts'
import { concreteShape } from '../../graph/type.ts'
import { unreadPath } from '../../graph/unread.ts'
import { readersOf } from '../../optimize/readers.ts'
import type { CompiledNodes } from './compiled/nodes.ts'
import { bytesOf, OnnxGraph } from './onnx-graph.ts'
import { axesOf, type Operand, operandOf, sizesOf, type Translation, transposed } from './operand.ts'
import { operators } from './operators/index.ts'
import { byLabels } from './operators/losses.ts'
import { lastFirst } from './order.ts'
import { dataTypes, type OnnxModel } from './protobuf.ts'
import { isLargeTable } from './row-sum.ts'

export interface TranslationOptions {
  /** Values of parameters that the model holds, because they do not change: others are inputs. */
  readonly held: (parameter: string) => Float32Array | undefined
  /** Of a batch such as the model will be run on. */
  readonly sizes: BatchSizes
  /** Compiled operators; absent where there is no compiler. */
  readonly compiled?: CompiledNodes
  /** Nodes that are not to run later than in their turn. */
  readonly punctual?: ReadonlySet<Node>
}

export interface TranslatedGraph {
  readonly model: OnnxModel
  /** Sizes that are inputs. */
  readonly sizes: readonly SizeSymbol[]
  /** Parameters that are inputs. */
  readonly parameters: readonly string[]
  /** Inputs of the graph that the model reads. */
  readonly inputs: readonly string[]
  /** Dropout masks that the caller draws, by the name of their input. */
  readonly masks: ReadonlyMap<string, Node>
  /**
   * Gradients of large tables, by their output, which has rows only; another has the id of each
   * (`idsOutput`).
   */
  readonly tables: ReadonlyMap<string, Node>
}

/** Names of the model's inputs. */
export function parameterInput(name: string): string {
  return `parameter ${name}`
}
/** Of the output of a table's gradient. */
export function idsOutput(name: string): string {
  return `ids of ${name}`
}
export function batchInput(name: string): string {
  return `input ${name}`
}

/** The model runs the nodes of the graph in their order, as far as ONNX Runtime can be made to. */
export function translate(graph: Graph, options: TranslationOptions): TranslatedGraph {
  return new Translator(options).translate(graph)
}

class Translator {
  private readonly onnx: OnnxGraph
  private readonly options: TranslationOptions
  private readonly values = new Map<Node, string>()
  private readonly parameters = new Set<string>()
  private readonly inputs = new Set<string>()
  private readonly masks = new Map<string, Node>()
  private readonly tables = new Map<string, Node>()
  private readers: (node: Node) => number = () => 0

  constructor(options: TranslationOptions) {
    this.onnx = new OnnxGraph(options.compiled)
    this.options = options
  }

  translate(graph: Graph): TranslatedGraph {
    this.readers = readersOf(graph)
    const outputs = new Map<Node, string[]>()
    for (const [name, node] of graph.outputs) {
      // given to nobody, so no output: the runtime does not compute it
      if (unreadPath(name) === undefined) outputs.set(node, [...(outputs.get(node) ?? []), name])
    }
    for (const node of graph.nodes) {
      const names = outputs.get(node) ?? []
      if (this.isTableGradient(node, names)) {
        for (const name of names) this.tableGradient(node, name)
        continue
      }
      const value = this.value(node)
      this.values.set(node, value)
      // read by nobody, so an end to go back from (order.ts)
      if (this.options.punctual?.has(node) === true) this.onnx.node('Size', [value])
      for (const name of names) {
        const given =
          node.op === 'dropout_keep' ? this.onnx.node('Cast', [value], { to: dataTypes.bool }) : value
        this.onnx.output(name, given, node.type.dtype, sizesOf(node.type))
      }
    }
    const model = this.onnx.model(graph.name)
    return {
      model: { ...model, nodes: lastFirst(model.nodes) },
      sizes: this.onnx.symbols,
      parameters: [...this.parameters],
      inputs: [...this.inputs],
      masks: this.masks,
      tables: this.tables,
    }
  }

  /** Whether it is a gradient of a large table and nothing else. */
  private isTableGradient(node: Node, names: readonly string[]): boolean {
    if (node.op !== 'lookup_gradient' || names.length === 0 || this.readers(node) > names.length) return false
    const sizes = sizesOf(node.type).filter((size) => typeof size === 'number')
    return (
      names.every((name) => name.startsWith(gradientName(''))) &&
      sizes.length === node.type.dimensions.length &&
      isLargeTable(sizes)
    )
  }

  private tableGradient(node: Node, name: string): void {
    const [ids, g] = node.inputs
    if (ids === undefined || g === undefined) throw new GraphError('lookup_gradient: an input is missing')
    const [, width = 1] = sizesOf(node.type)
    const axes = [...axesOf(ids.type), 'unit'] as const
    const rows = transposed(this.onnx, this.of(g), axesOf(g.type), axes)
    this.onnx.output(name, rows, 'f32', [...sizesOf(ids.type), width])
    this.onnx.output(idsOutput(name), this.of(ids), 'i32', sizesOf(ids.type))
    this.tables.set(name, node)
  }

  private of(node: Node): string {
    const value = this.values.get(node)
    if (value === undefined) throw new GraphError(`onnx: ${node.op} (id ${node.id}) before it is made`)
    return value
  }

  private value(node: Node): string {
    const { onnx } = this
    const constant = constantValue(node)
    if (constant !== undefined) return onnx.float(constant)
    const name = leafName(node)
    if (node.op === 'input' && name !== undefined) {
      this.inputs.add(name)
      return onnx.input(batchInput(name), node.type.dtype, sizesOf(node.type))
    }
    if (node.op === 'parameter' && name !== undefined) return this.parameter(node, name)
    if (node.op === 'vector') {
      const { values } = node.attributes
      return onnx.floats(Array.isArray(values) ? values.map(Number) : [])
    }
    const compiled = this.compiled(node)
    if (compiled !== undefined) return compiled
    if (isDropoutMask(node)) return this.mask(node)
    const translation: Translation = {
      onnx,
      op: node.op,
      inputs: node.inputs.map((input): Operand => operandOf(this.of(input), input)),
      // inside of a decomposition nothing is known of others
      alone: node.inputs.map((input) => this.readers(input) === 1),
      attributes: node.attributes,
      type: node.type,
      sizes: this.options.sizes,
    }
    return this.operator(translation) ?? this.decomposed(translation)
  }

  private compiled(node: Node): string | undefined {
    const found = this.options.compiled?.of(node, this.options.sizes)
    if (found === undefined) return undefined
    const inputs = node.inputs.map((input) => this.of(input))
    return this.onnx.kernel(found, inputs, sizesOf(node.type))
  }

  private operator(translation: Translation): string | undefined {
    const registry: { readonly [op: string]: ((t: Translation) => string) | undefined } = operators
    return byLabels[translation.op]?.(translation) ?? registry[translation.op]?.(translation)
  }

  private parameter(node: Node, name: string): string {
    const fixed = node.type.dimensions.every(({ size }) => typeof size === 'number')
    const held = fixed ? this.options.held(name) : undefined
    if (held === undefined) {
      this.parameters.add(name)
      return this.onnx.input(parameterInput(name), 'f32', sizesOf(node.type))
    }
    return this.onnx.initializer(
      parameterInput(name),
      'f32',
      concreteShape(node.type, { B: 1, L: 1 }),
      bytesOf(held),
    )
  }

  /** ONNX has no counter-based random numbers: masks are drawn outside. */
  private mask(node: Node): string {
    const keeps = node.op === 'dropout_keep'
    const name = `${keeps ? 'kept' : 'mask'} ${String(node.attributes.site)}`
    // one that is recomputed is the same, and its input is not among those of the batch
    if (!this.masks.has(name)) this.masks.set(name, node)
    return this.onnx.input(name, keeps ? 'u8' : 'f32', sizesOf(node.type))
  }

  private decomposed({ op, inputs, attributes, type }: Translation): string {
    const registry: { readonly [op: string]: (typeof ops)[keyof typeof ops] | undefined } = ops
    const definition = registry[op]
    if (definition === undefined || !('decompose' in definition) || definition.decompose === undefined)
      throw new GraphError(`onnx: no operator for ${op}`)
    const builder = new Builder(ops)
    const leaves = inputs.map((input, i) => builder.input(String(i), input.type))
    const root = definition.decompose(builder, leaves, attributes, type)
    const graph = builder.finish(op, new Map([['result', root]]))
    const outer = new Map(leaves.map((leaf, i) => [leaf, inputs[i]?.name ?? '']))
    for (const node of graph.nodes) this.values.set(node, outer.get(node) ?? this.value(node))
    return this.of(root)
  }
}
