/**
 * A graph as statements, each operation one, in the graph's order; where positions are done in chunks, chunk
 * by chunk.
 */

import type { Graph, Node } from '../graph/graph.ts'
import { constantValue, leafName } from '../graph/leaf.ts'
import { isDropoutMask } from '../graph/philox.ts'
import { type BatchSizes, concreteShape } from '../graph/type.ts'
import { chunkwiseOrder } from '../plan/schedule.ts'
import type { Bindings } from './bindings.ts'
import type { Dialect } from './dialect.ts'
import { numberText, type Piece, stringPieces } from './pieces.ts'
import { identifier, layerless } from './variable-names.ts'

export interface Statement {
  /** The expression, or the whole statement where it makes no variable. */
  readonly pieces: readonly Piece[]
  /** A path of the spec, or one with what the statement does; absent for statements without a value. */
  readonly variable?: string
  /** Of its value in a full micro-batch. */
  readonly bytes: number
  /** The line it comes from. */
  readonly comment?: string
}

/** The body of a function before it is folded. */
export interface Statements {
  readonly list: readonly Statement[]
  /** Texts of what has no statement, by -1, -2, ... */
  readonly leaves: readonly string[]
  /** Lines that read the batch, and the variables that they make. */
  readonly inputs: readonly { readonly variable: string; readonly line: string }[]
}

export interface StatementOptions {
  readonly bindings: Bindings
  /** What the spec calls some of the nodes. */
  readonly names: ReadonlyMap<Node, string>
  readonly models: ReadonlySet<string>
  readonly sizes: BatchSizes
  readonly dialect: Dialect
}

export function statementsOf(graph: Graph, options: StatementOptions): Statements {
  return new Listing(graph, options).list()
}

const gradientPrefix = 'gradient '

class Listing {
  private readonly graph: Graph
  private readonly options: StatementOptions
  private readonly leaves: string[] = []
  private readonly numbers = new Map<Node, number>()
  private readonly statements: Statement[] = []
  private readonly forward: ReadonlySet<Node>
  /** What weights enter. */
  private readonly weighted = new Set<Node>()
  private readonly parameters: ReadonlyMap<string | undefined, Node>
  /** Names of outputs, by node. */
  private readonly outputs = new Map<Node, string[]>()
  private readonly users = new Map<Node, number>()

  constructor(graph: Graph, options: StatementOptions) {
    this.graph = graph
    this.options = options
    const isGradient = (name: string): boolean => name.startsWith(gradientPrefix)
    this.forward = ancestors([...graph.outputs].filter(([name]) => !isGradient(name)).map(([, node]) => node))
    for (const node of graph.nodes)
      if (node.op === 'parameter' || node.inputs.some((input) => this.weighted.has(input)))
        this.weighted.add(node)
    this.parameters = new Map(
      graph.nodes.filter(({ op }) => op === 'parameter').map((node) => [leafName(node), node]),
    )
    for (const [name, node] of graph.outputs)
      this.outputs.set(node, [...(this.outputs.get(node) ?? []), name])
    for (const { inputs } of graph.nodes)
      for (const input of inputs) this.users.set(input, (this.users.get(input) ?? 0) + 1)
  }

  list(): Statements {
    const order = chunkwiseOrder(this.graph) ?? this.graph.nodes
    for (const node of invariantsFirst(order.filter((one) => !isLeaf(one)))) this.add(node)
    for (const [node, names] of this.outputs)
      if (isLeaf(node)) for (const name of names) this.push(this.outputPieces(name, this.operand(node)))
    const read = new Set(
      this.statements.flatMap(({ pieces }) =>
        pieces.flatMap((piece) => (typeof piece === 'object' && 'read' in piece ? [piece.read] : [])),
      ),
    )
    const inputs = this.graph.nodes.filter(
      (node) => node.op === 'input' && read.has(this.numbers.get(node) ?? 0),
    )
    const { dialect } = this.options
    return {
      list: this.statements,
      leaves: this.leaves,
      inputs: inputs.map((node) => {
        const variable = identifier(leafName(node) ?? '')
        return { variable, line: `const ${variable} = ${dialect.input(node)}` }
      }),
    }
  }

  private add(node: Node): void {
    const comment = this.options.bindings.line(node.source)
    const names = this.outputs.get(node) ?? []
    const [only] = names
    if (this.options.dialect.isSame(node)) {
      for (const name of names) this.push(this.outputPieces(name, this.operand(node)), comment)
      return
    }
    if (only !== undefined && names.length === 1 && !this.users.has(node)) {
      this.push(this.outputPieces(only, this.call(node)), comment)
      return
    }
    this.numbers.set(node, this.statements.length)
    this.statements.push({
      pieces: this.call(node),
      variable: this.variable(node, only),
      bytes: 4 * concreteShape(node.type, this.options.sizes).reduce((product, n) => product * n, 1),
      ...(comment === undefined ? {} : { comment }),
    })
    for (const name of names) this.push(this.outputPieces(name, this.operand(node)), comment)
  }

  private push(pieces: readonly Piece[], comment?: string): void {
    this.statements.push({ pieces, bytes: 0, ...(comment === undefined ? {} : { comment }) })
  }

  private outputPieces(name: string, value: readonly Piece[]): readonly Piece[] {
    const parameter = name.startsWith(gradientPrefix)
      ? this.parameters.get(name.slice(gradientPrefix.length))
      : undefined
    if (parameter === undefined) return ['output(', ...stringPieces(name), ', ', ...value, ')']
    return ['gradient(', ...this.operand(parameter), ', ', ...value, ')']
  }

  private call(node: Node): readonly Piece[] {
    const { dialect, models } = this.options
    return dialect.call(
      node,
      node.inputs.map((input) => this.operand(input)),
      models,
    )
  }

  private operand(node: Node): readonly Piece[] {
    const { dialect, models } = this.options
    if (node.op === 'parameter') return dialect.parameter(node, models)
    const [first] = node.inputs
    if (first !== undefined && dialect.isSame(node)) return this.operand(first)
    let number = this.numbers.get(node)
    if (number === undefined) {
      const value = constantValue(node)
      this.leaves.push(value === undefined ? identifier(leafName(node) ?? '') : numberText(value))
      number = -this.leaves.length
      this.numbers.set(node, number)
    }
    return [{ read: number }]
  }

  /**
   * What the spec calls it, or the binding that it is a part of and what it does there; `d` in front of what
   * belongs to gradients.
   */
  private variable(node: Node, output: string | undefined): string {
    const known = this.options.names.get(node)
    // What no weight enters is the same for all models: the one that was first has named it.
    if (known !== undefined) return this.weighted.has(node) ? known : layerless(known, this.options.models)
    if (output !== undefined && !output.startsWith(gradientPrefix)) return output
    const back = this.forward.has(node) ? '' : 'd '
    const binding = this.options.bindings.around(node.source)
    return binding === undefined ? `${back}${node.op}` : `${back}${binding} ${node.op}`
  }
}

function isLeaf({ op }: Node): boolean {
  return op === 'parameter' || op === 'constant' || op === 'input'
}

function ancestors(roots: readonly Node[]): ReadonlySet<Node> {
  const found = new Set<Node>()
  const open = [...roots]
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (found.has(node)) continue
    found.add(node)
    open.push(...node.inputs)
  }
  return found
}

/**
 * What depends on inputs alone comes first (masks, mostly): made where the first layer needs it, it would
 * make that layer unlike the others.
 */
function invariantsFirst(nodes: readonly Node[]): Node[] {
  const invariant = new Set<Node>()
  for (const node of nodes) {
    const fixed = node.inputs.every(
      (input) => invariant.has(input) || input.op === 'constant' || input.op === 'input',
    )
    // Shares of positions stay with what is done with them.
    if (fixed && !isDropoutMask(node) && node.op !== 'chunk') invariant.add(node)
  }
  return [...invariant, ...nodes.filter((node) => !invariant.has(node))]
}
