/**
 * A builder without the usual waste of first gradient steps: products with 1, and values repeated only to
 * meet a value that has their axes anyway. Its results are equal entry by entry.
 */
import type { Span } from '../diagnostics/diagnostic.ts'
import type { Attributes, Dimension, Graph, GraphBuilder, Node, OpName, TensorType } from '../graph/graph.ts'
import { constantValue } from '../graph/leaf.ts'
import { axesOf } from '../graph/ops/support/inputs.ts'
import { dimensionsAttribute, equalDimensions, unionDimensions, withoutAxes } from '../graph/type.ts'

/**
 * Ops that align their inputs by name and work element by element: they can be done before a repetition as
 * well as behind it.
 */
const aligning: ReadonlySet<OpName> = new Set(['add', 'subtract', 'multiply', 'divide', 'select'])

export class SimplifyingBuilder implements GraphBuilder {
  private readonly builder: GraphBuilder

  constructor(builder: GraphBuilder) {
    this.builder = builder
  }

  add(op: OpName, inputs: readonly Node[], attributes: Attributes = {}, source?: Span): Node {
    const kept = aligning.has(op) ? inputs.map((input) => repeated(input) ?? input) : inputs
    const short = this.product(op, kept) ?? this.nested(op, kept, attributes)
    const node = short ?? this.builder.add(op, kept, attributes, source)
    return aligning.has(op)
      ? this.over(unionDimensions(...inputs.map((input) => input.type.dimensions)), node)
      : node
  }

  /** broadcast(a) + b ==> broadcast(a + b), and without the broadcast where b has all its axes */
  private over(whole: readonly Dimension[], node: Node): Node {
    if (equalDimensions(node.type.dimensions, whole)) return node
    return this.builder.add('broadcast', [node], {
      dimensions: dimensionsAttribute(withoutAxes(whole, axesOf(node))),
    })
  }

  /** a * 1 ==> a,  2 * 3 ==> 6 */
  private product(op: OpName, [a, b]: readonly Node[]): Node | undefined {
    if (op !== 'multiply' || a === undefined || b === undefined) return undefined
    const left = constantValue(a)
    const right = constantValue(b)
    if (left !== undefined && right !== undefined) return this.constant(left * right)
    if (left === 1) return b
    return right === 1 ? a : undefined
  }

  /** broadcast(broadcast(a, X), Y) ==> broadcast(a, X and Y),  -(2) ==> -2 */
  private nested(op: OpName, [a]: readonly Node[], attributes: Attributes): Node | undefined {
    if (a === undefined) return undefined
    const value = constantValue(a)
    if (op === 'negate' && value !== undefined) return this.constant(0 - value)
    const inside = repeated(a)
    if (op !== 'broadcast' || inside === undefined) return undefined
    const whole = this.builder.add(op, [a], attributes).type.dimensions
    return this.builder.add(op, [inside], { dimensions: dimensionsAttribute(whole) })
  }

  input(name: string, type: TensorType, source?: Span): Node {
    return this.builder.input(name, type, source)
  }

  parameter(name: string, type: TensorType, source?: Span): Node {
    return this.builder.parameter(name, type, source)
  }

  constant(value: number): Node {
    return this.builder.constant(value)
  }

  finish(name: string, outputs: ReadonlyMap<string, Node>): Graph {
    return this.builder.finish(name, outputs)
  }
}

/** What a broadcast repeats, undefined for any other node. */
function repeated(node: Node): Node | undefined {
  return node.op === 'broadcast' ? node.inputs[0] : undefined
}
