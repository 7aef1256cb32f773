/**
 * Makes graphs. Guarantees: within one builder there is one node for one meaning (op, inputs, attributes),
 * every type comes from the op's own shape rule, ids rise from inputs to users, and a finished graph holds
 * exactly what its outputs need.
 */
import type { Span } from '../diagnostics/diagnostic.ts'
import {
  type Attributes,
  type AttributeValue,
  type Graph,
  type GraphBuilder,
  GraphError,
  type Node,
  type OpDefinition,
  type OpName,
  type TensorType,
} from './graph.ts'
import { leafType } from './leaf.ts'
import { dimensionsAttribute } from './type.ts'

/** All ops, by name; leaves may be left out. Only the shape rule is needed to build. */
export type OpShapes = { readonly [name: string]: Pick<OpDefinition, 'infer'> }

export class Builder implements GraphBuilder {
  private readonly ops: OpShapes
  private readonly byMeaning = new Map<string, Node>()
  private readonly byId = new Map<number, Node>()
  /** Adopted nodes whose meaning was not needed yet: computing it takes most of the time of building. */
  private adopted: Node[] = []
  private nextId = 0

  constructor(ops: OpShapes) {
    this.ops = ops
  }

  /**
   * A builder that already holds the nodes of `graph` (the same objects), to append to it. Their ids need not
   * be dense.
   */
  static from(graph: Graph, ops: OpShapes): Builder {
    const builder = new Builder(ops)
    for (const node of graph.nodes) {
      for (const input of node.inputs) builder.requireOwn(node.op, input)
      builder.hold(meaningOf(node.op, node.inputs, node.attributes), node)
    }
    return builder
  }

  /**
   * Throws GraphError for an unknown op, for inputs of another builder, and where the op's shape rule
   * refuses.
   */
  add(op: OpName, inputs: readonly Node[], attributes: Attributes = {}, source?: Span): Node {
    return this.meant(op, inputs, attributes, source, () => inferType(this.ops, op, inputs, attributes))
  }

  /**
   * `node` with other inputs of exactly the same types, so its type is known. Throws GraphError for inputs of
   * another builder.
   */
  copy({ op, attributes, source, type }: Node, inputs: readonly Node[]): Node {
    return this.meant(op, inputs, attributes, source, () => type)
  }

  /**
   * Reuses a node as it is, if it can follow the nodes built so far: all its inputs are here, its id is
   * higher, and no equal node was built. Otherwise undefined.
   */
  adopt(node: Node): Node | undefined {
    const isNext = node.id >= this.nextId && this.byMeaning.size === 0
    if (!isNext || node.inputs.some((input) => this.byId.get(input.id) !== input)) return undefined
    this.byId.set(node.id, node)
    this.adopted.push(node)
    this.nextId = node.id + 1
    return node
  }

  private meant(
    op: OpName,
    inputs: readonly Node[],
    attributes: Attributes,
    source: Span | undefined,
    typeOf: () => TensorType,
  ): Node {
    for (const input of inputs) this.requireOwn(op, input)
    if (this.adopted.length > 0) {
      for (const node of this.adopted)
        this.byMeaning.set(meaningOf(node.op, node.inputs, node.attributes), node)
      this.adopted = []
    }
    const meaning = meaningOf(op, inputs, attributes)
    const known = this.byMeaning.get(meaning)
    if (known !== undefined) return known
    const type = typeOf()
    const id = this.nextId
    const node: Node =
      source === undefined
        ? { id, op, inputs, attributes, type }
        : { id, op, inputs, attributes, type, source }
    this.byMeaning.set(meaning, node)
    this.byId.set(id, node)
    this.nextId = id + 1
    return node
  }

  input(name: string, type: TensorType, source?: Span): Node {
    return this.add(
      'input',
      [],
      { name, dtype: type.dtype, dimensions: dimensionsAttribute(type.dimensions) },
      source,
    )
  }

  /** Throws GraphError for a type other than f32. */
  parameter(name: string, type: TensorType, source?: Span): Node {
    if (type.dtype !== 'f32') throw new GraphError(`parameter ${name}: must be f32, not ${type.dtype}`)
    return this.add('parameter', [], { name, dimensions: dimensionsAttribute(type.dimensions) }, source)
  }

  constant(value: number): Node {
    return this.add('constant', [], { value })
  }

  finish(name: string, outputs: ReadonlyMap<string, Node>): Graph {
    for (const output of outputs.values()) this.requireOwn('output', output)
    return { name, nodes: reachable(outputs.values()), outputs: new Map(outputs) }
  }

  private hold(meaning: string, node: Node): void {
    const other = this.byMeaning.get(meaning)
    if (other !== undefined)
      throw new GraphError(`nodes ${other.id} and ${node.id} mean the same: ${meaning}`)
    if (this.byId.has(node.id)) throw new GraphError(`two nodes have id ${node.id}`)
    this.byMeaning.set(meaning, node)
    this.byId.set(node.id, node)
    this.nextId = Math.max(this.nextId, node.id + 1)
  }

  private requireOwn(user: string, node: Node): void {
    if (this.byId.get(node.id) !== node)
      throw new GraphError(`${user}: its input ${node.op} (id ${node.id}) belongs to another builder`)
  }
}

/**
 * The type by the leaf rule or the op's own. Throws GraphError for an unknown op, and what the op's rule
 * throws.
 */
export function inferType(
  ops: OpShapes,
  op: OpName,
  inputs: readonly Node[],
  attributes: Attributes,
): TensorType {
  const leaf = leafType(op, attributes)
  if (leaf !== undefined) {
    if (inputs.length > 0) throw new GraphError(`${op}: a leaf has no inputs`)
    return leaf
  }
  const definition = Object.hasOwn(ops, op) ? ops[op] : undefined
  if (definition === undefined) throw new GraphError(`no such op: ${op}`)
  return definition.infer(
    inputs.map((input) => input.type),
    attributes,
  )
}

/** All nodes that `roots` depend on, including them, by id: inputs come before their users. */
export function reachable(roots: Iterable<Node>): Node[] {
  const found = new Set<Node>(roots)
  for (const node of found) for (const input of node.inputs) found.add(input)
  // ids are small and differ within one builder: they are places, which is faster than sorting
  const byId: (Node | undefined)[] = []
  for (const node of found) byId[node.id] = node
  return byId.filter((node) => node !== undefined)
}

/** What makes two nodes one: equal text here. */
export function meaningOf(op: OpName, inputs: readonly Node[], attributes: Attributes): string {
  let ids = ''
  for (const input of inputs) ids += `${input.id},`
  return `${op}(${ids})${canonicalFields(attributes)}`
}

/** JSON with sorted keys and without spaces. Unlike JSON it distinguishes -0, infinities and NaN. */
export function canonicalJson(value: AttributeValue): string {
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  return isList(value) ? `[${value.map(canonicalJson).join(',')}]` : canonicalFields(value)
}

function isList(value: AttributeValue): value is readonly AttributeValue[] {
  return Array.isArray(value)
}

/** Asked for every node of every graph: pairs of keys and values would take most of its time. */
function canonicalFields(fields: Attributes): string {
  const keys = Object.keys(fields)
  if (keys.length > 1) keys.sort()
  let text = ''
  for (const key of keys) {
    const value = fields[key]
    if (value !== undefined) text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(value)}`
  }
  return `{${text}}`
}
