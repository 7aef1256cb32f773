/**
 * A builder that leaves out what the first steps of a gradient are full of: products with 1, and values that are repeated only to meet a value that has their
 * axes anyway. What it returns is equal to what was asked for, entry by entry.
 */
import type { Span } from '../diagnostics/diagnostic.ts'
import type { Attributes, Graph, GraphBuilder, Node, OpName, TensorType } from '../graph/graph.ts'
import { constantValue } from '../graph/leaf.ts'
import { dimensionsAttribute, equalDimensions, unionDimensions } from '../graph/type.ts'

/** Ops whose inputs align by name, so that one of them need not be repeated where another has the axis. */
const aligning: ReadonlySet<OpName> = new Set(['add', 'subtract', 'multiply', 'divide', 'select'])

export class SimplifyingBuilder implements GraphBuilder {
  private readonly builder: GraphBuilder

  constructor(builder: GraphBuilder) {
    this.builder = builder
  }

  add(op: OpName, inputs: readonly Node[], attributes: Attributes = {}, source?: Span): Node {
    const kept = aligning.has(op) ? withoutRepetition(inputs) : inputs
    const short = this.product(op, kept) ?? this.nested(op, kept, attributes)
    return short ?? this.builder.add(op, kept, attributes, source)
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

/** broadcast(a) + b ==> a + b, where b alone has all the axes of the result */
function withoutRepetition(inputs: readonly Node[]): readonly Node[] {
  const whole = unionDimensions(...inputs.map((input) => input.type.dimensions))
  return inputs.reduce<readonly Node[]>((kept, input, k) => {
    const inside = repeated(input)
    if (inside === undefined) return kept
    const shorter = kept.map((other, i) => (i === k ? inside : other))
    const left = unionDimensions(...shorter.map((other) => other.type.dimensions))
    return equalDimensions(left, whole) ? shorter : kept
  }, inputs)
}
