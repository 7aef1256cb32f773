/** A graph as the body of a function: each operation a statement, in the graph's order. */
import type { Sources, Span } from '../diagnostics/diagnostic.ts'
import type { Graph, Node } from '../graph/graph.ts'
import { constantValue, leafName } from '../graph/leaf.ts'
import { axesPieces, literalPieces, numberText, type Piece, quoted, stringPieces } from './pieces.ts'
import { type Statement, writeStatements } from './statements.ts'
import { identifier } from './variable-names.ts'

/** What a step function may be given, in order. */
const tools = ['op', 'input', 'parameter', 'vector', 'output', 'release'] as const

export interface StepFunction {
  /** `{ op, input, output, release }` */
  readonly parameters: string
  readonly lines: readonly string[]
}

/** `names`: what the spec calls some of the nodes. `sources`: texts of the spec, for the lines that comments cite. */
export function stepFunction(graph: Graph, names: ReadonlyMap<Node, string>, sources: Sources): StepFunction {
  const places = new SpecLines(sources)
  const inputs = graph.nodes.filter((node) => node.op === 'input')
  const listed = invariantsFirst(graph.nodes.filter((node) => !isInline(node)))
  const numbers = new Map(listed.map((node, position) => [node, position]))
  const leaves: string[] = []
  const read = (node: Node): number => {
    let number = numbers.get(node)
    if (number === undefined) {
      leaves.push(leafText(node))
      number = -leaves.length
      numbers.set(node, number)
    }
    return number
  }
  const wanted = new Map(
    [...graph.outputs].map(([name, node]) => [node, name.replace(/^gradient /, 'gradient.')]),
  )
  const operand = (node: Node): Piece[] =>
    node.op === 'parameter' ? parameterPieces(node) : [{ read: read(node) }]
  const statements = listed.map((node): Statement => {
    const comment = places.text(node.source)
    const variable = names.get(node) ?? wanted.get(node) ?? described(node)
    return {
      pieces: callPieces(node, operand),
      variable,
      owned: node.op !== 'vector',
      ...(comment ? { comment } : {}),
    }
  })
  for (const [name, node] of graph.outputs) {
    statements.push({ pieces: ['output(', ...stringPieces(name), ', ', ...operand(node), ')'], owned: false })
  }
  const variables = inputs.map((node) => identifier(leafName(node) ?? ''))
  const body = writeStatements(statements, (number) => leaves[-number - 1] ?? '', [
    ...tools,
    'm',
    'Value',
    ...variables,
  ])
  const lines = [...inputs.map(inputLine), ...body]
  const text = lines.join('\n')
  const used = tools.filter((tool) => new RegExp(`\\b${tool}[.(]`).test(text))
  return { parameters: `{ ${used.join(', ')} }`, lines }
}

/** Written where they are read. */
function isInline(node: Node): boolean {
  return node.op === 'parameter' || node.op === 'constant' || node.op === 'input'
}

/** What depends on inputs alone comes first (masks, mostly): made where the first layer needs it, it would make that layer unlike the others. */
function invariantsFirst(nodes: readonly Node[]): Node[] {
  const invariant = new Set<Node>()
  for (const node of nodes) {
    const fixed = node.inputs.every(
      (input) => invariant.has(input) || input.op === 'constant' || input.op === 'input',
    )
    if (fixed && node.op !== 'dropout_mask') invariant.add(node)
  }
  return [...invariant, ...nodes.filter((node) => !invariant.has(node))]
}

function leafText(node: Node): string {
  const value = constantValue(node)
  return value === undefined ? identifier(leafName(node) ?? '') : numberText(value)
}

function flat(pieces: readonly Piece[]): string {
  return quoted(
    pieces.map((piece) => (typeof piece === 'string' ? piece : 'index' in piece ? piece.index : '')).join(''),
  )
}

function inputLine(node: Node): string {
  const name = leafName(node) ?? ''
  const { dtype, dimensions } = node.type
  const pieces = [...stringPieces(name), `, '${dtype}', `, ...axesPieces(dimensions)]
  return `const ${identifier(name)} = input(${flat(pieces)})`
}

function parameterPieces(node: Node): Piece[] {
  return ['parameter(', ...stringPieces(leafName(node) ?? ''), ', ', ...axesPieces(node.type.dimensions), ')']
}

function callPieces(node: Node, operand: (node: Node) => Piece[]): Piece[] {
  const { op, attributes } = node
  if (op === 'vector') {
    return ['vector(', ...literalPieces(attributes.axis), ', ', ...literalPieces(attributes.values), ')']
  }
  const inputs = node.inputs.flatMap((input, i) => [...(i === 0 ? [] : [', ']), ...operand(input)])
  const given = Object.keys(attributes).length === 0 ? [] : [', ', ...literalPieces(attributes)]
  return [`op.${op}(`, ...inputs, ...given, ')']
}

/** Of the parameter that it reads, else of what it does. */
function described(node: Node): string {
  const parameter = node.inputs.find((input) => input.op === 'parameter')
  const path = parameter && leafName(parameter)
  if (path === undefined) return node.op
  return node.op === 'linear' || node.op === 'lookup' ? path.replace(/\.\w+$/, '') : `${node.op}.${path}`
}

/** `std/bert.distill:21` */
class SpecLines {
  private readonly sources: Sources
  private readonly starts = new Map<string, readonly number[]>()

  constructor(sources: Sources) {
    this.sources = sources
  }

  text(span: Span | undefined): string | undefined {
    if (span === undefined) return undefined
    let starts = this.starts.get(span.file)
    if (starts === undefined) {
      const text = this.sources.get(span.file) ?? ''
      starts = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)]
      this.starts.set(span.file, starts)
    }
    return `${span.file}:${starts.filter((start) => start <= span.start).length}`
  }
}
