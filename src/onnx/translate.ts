/** A graph as an ONNX model: every op an operator of ONNX, or what it decomposes into. */

import { Builder } from '../graph/build.ts'
import { type BatchSizes, type Graph, GraphError, type Node, type SizeSymbol } from '../graph/graph.ts'
import { constantValue, leafName } from '../graph/leaf.ts'
import { ops } from '../graph/ops/index.ts'
import { concreteShape } from '../graph/type.ts'
import { unreadPath } from '../graph/unread.ts'
import { readersOf } from '../optimize/readers.ts'
import { bytesOf, OnnxGraph } from './onnx-graph.ts'
import { type Operand, type Operators, operandOf, sizesOf, type Translation } from './operand.ts'
import { operators } from './operators/index.ts'
import { dataTypes, type OnnxModel } from './protobuf.ts'

export interface TranslationOptions {
  /** Values of parameters that the model holds, because they do not change: others are inputs. */
  readonly held: (parameter: string) => Float32Array | undefined
  /** Of a batch such as the model will be run on. */
  readonly sizes: BatchSizes
  /** Absent: operators of the standard alone. */
  readonly extension?: Extension
}

/** What a reader of models has beside the operators of the standard. */
export interface Extension {
  /** Makes the size that a symbol is, i64[1]; undefined where it is an input. */
  readonly size?: (onnx: OnnxGraph, symbol: string) => string | undefined
  /** Makes the value of an input of the graph, by its name; undefined where it is an input of the model. */
  readonly input?: (onnx: OnnxGraph, name: string) => string | undefined
  /** Before those of the standard. */
  readonly operators?: Operators
  /**
   * The value of a node that is not translated by its op, from those of other nodes; undefined for others.
   */
  readonly value?: (onnx: OnnxGraph, node: Node, of: ValueOf) => string | undefined
  /** Writes the outputs that a node is; false where they are its value, as usual. */
  readonly outputs?: (onnx: OnnxGraph, node: Node, names: readonly string[], of: ValueOf) => boolean
  /** Told of each node of the graph and its value. */
  readonly made?: (onnx: OnnxGraph, node: Node, value: string) => void
}

export type ValueOf = (node: Node) => string

export interface TranslatedGraph {
  /** Its nodes come after their inputs. */
  readonly model: OnnxModel
  /** Sizes that are inputs. */
  readonly sizes: readonly SizeSymbol[]
  /** Parameters that are inputs. */
  readonly parameters: readonly string[]
  /** Inputs of the graph that the model reads. */
  readonly inputs: readonly string[]
}

/** Names of the model's inputs. */
export function parameterInput(name: string): string {
  return `parameter ${name}`
}
export function batchInput(name: string): string {
  return `input ${name}`
}

/**
 * The nodes of the model are in the order of the graph's. Throws GraphError for an op without a translation.
 */
export function translate(graph: Graph, options: TranslationOptions): TranslatedGraph {
  return new Translator(options).translate(graph)
}

class Translator {
  private readonly onnx: OnnxGraph
  private readonly options: TranslationOptions
  private readonly extension: Extension
  private readonly values = new Map<Node, string>()
  private readonly parameters = new Set<string>()
  private readonly inputs = new Set<string>()
  private readers: (node: Node) => number = () => 0

  constructor(options: TranslationOptions) {
    this.options = options
    this.extension = options.extension ?? {}
    this.onnx = new OnnxGraph(this.extension.size)
  }

  translate(graph: Graph): TranslatedGraph {
    const { onnx, extension } = this
    this.readers = readersOf(graph)
    const outputs = new Map<Node, string[]>()
    for (const [name, node] of graph.outputs) {
      // returned to no caller, so no output: the runtime does not compute it
      if (unreadPath(name) === undefined) outputs.set(node, [...(outputs.get(node) ?? []), name])
    }
    for (const node of graph.nodes) {
      const names = outputs.get(node) ?? []
      if (extension.outputs?.(onnx, node, names, this.of) === true) continue
      const value = this.value(node)
      this.values.set(node, value)
      extension.made?.(onnx, node, value)
      for (const name of names) {
        const { dtype } = node.type
        const isByte = dtype === 'bool' && onnx.knownType(value) === 'u8'
        const given = isByte ? onnx.node('Cast', [value], { to: dataTypes.bool }) : value
        onnx.output(name, given, dtype, sizesOf(node.type))
      }
    }
    return {
      model: onnx.model(graph.name),
      sizes: onnx.symbols,
      parameters: [...this.parameters],
      inputs: [...this.inputs],
    }
  }

  private readonly of: ValueOf = (node) => {
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
      const made = this.extension.input?.(onnx, name)
      if (made !== undefined) return made
      this.inputs.add(name)
      return onnx.input(batchInput(name), node.type.dtype, sizesOf(node.type))
    }
    if (node.op === 'parameter' && name !== undefined) return this.parameter(node, name)
    if (node.op === 'vector') {
      const { values } = node.attributes
      return onnx.floats(Array.isArray(values) ? values.map(Number) : [])
    }
    const special = this.extension.value?.(onnx, node, this.of)
    if (special !== undefined) return special
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

  private operator(translation: Translation): string | undefined {
    for (const registry of [this.extension.operators ?? {}, operators]) {
      const byOp: { readonly [op: string]: ((t: Translation) => string | undefined) | undefined } = registry
      const value = byOp[translation.op]?.(translation)
      if (value !== undefined) return value
    }
    return undefined
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
