/**
 * A graph as text: one line for each node in id order, with nodes that depend on inputs alone first. Names
 * are given here, and equal layers are printed once. `parse.ts` reads it: parse(print(g)) equals g, and
 * printing that gives the same text. So printed graphs can be compared, stored as goldens and edited by hand.
 */
import type { Sources, Span } from '../diagnostics/diagnostic.ts'
import { type Body, settle } from './families.ts'
import { type FoldLine, findRepeats } from './fold.ts'
import type { Graph, Node } from './graph.ts'
import { leafName } from './leaf.ts'
import { printParameters } from './parameters.ts'
import { isDropoutMask } from './philox.ts'
import { References, type SlottedLine } from './references.ts'
import { inlineText, type LineText, nodeLine, outputLine, printWord } from './text.ts'
import { printType } from './type.ts'

export interface PrintOptions {
  /** Texts of the spec files: each line then ends with the place it comes from. */
  readonly sources?: Sources
  /** False: every layer is written. */
  readonly fold?: boolean
}

/** The text of a graph. parse.ts describes its form. */
export function printGraph(graph: Graph, options: PrintOptions = {}): string {
  const listed = invariantsFirst(
    graph.nodes.filter((node) => node.op !== 'parameter' && inlineText(node) === undefined),
  )
  const texts = [...listed.map(nodeLine), ...[...graph.outputs].map(([name, node]) => outputLine(name, node))]
  const values = new Values(listed)
  const lines = texts.map((text, position) => slotted(text, position < listed.length, values))
  const folded = foldLines(texts, lines)
  const { bodies, places } = settle(options.fold === false ? [] : findRepeats(folded), folded)
  const sources = options.sources === undefined ? undefined : new SourceLines(options.sources)
  const references = new References(lines, places, (leaf) => values.leafText(leaf))
  const body = printBody(lines.length, bodies, references, (position) =>
    sources?.text(listed[position]?.source),
  )
  const inputs = graph.nodes.filter((node) => node.op === 'input')
  const header = inputs
    .map((node) => `${printWord(leafName(node) ?? '')}: ${printType(node.type)}`)
    .join(', ')
  return [`graph ${printWord(graph.name)}(${header}) {`, ...printParameters(graph), ...body, '}', ''].join(
    '\n',
  )
}

/**
 * What depends on inputs alone (masks, mostly) comes first: it is made where the first layer needs it, and
 * would make that layer unlike the others. Dropout masks stay with their layers.
 */
function invariantsFirst(nodes: readonly Node[]): Node[] {
  const invariant = new Set<Node>()
  for (const node of nodes) {
    const fixed = node.inputs.every((input) => invariant.has(input) || inlineText(input) !== undefined)
    if (fixed && !isDropoutMask(node)) invariant.add(node)
  }
  return [...invariant, ...nodes.filter((node) => !invariant.has(node))]
}

function printBody(
  end: number,
  bodies: readonly Body[],
  references: References,
  comment: (position: number) => string | undefined,
): string[] {
  const withComment = (text: string, position: number): string => {
    const place = comment(position)
    return place === undefined ? text : `${text.padEnd(90)}  // ${place}`
  }
  const printed: string[] = []
  let position = 0
  const upTo = (next: number): void => {
    for (; position < next; position++)
      printed.push(withComment(`  ${references.single(position)}`, position))
  }
  for (const body of bodies) {
    const { start, period, count } = body.repeat
    upTo(start)
    const { first, last, carries, body: inner } = references.repeat(body)
    const carry = carries.length === 0 ? '' : ` carry ${carries.join(', ')}`
    printed.push(`  repeat m in ${first}..${last}${carry} {`)
    for (const [offset, text] of inner.entries()) printed.push(withComment(`    ${text}`, start + offset))
    printed.push('  }')
    position = start + period * count
  }
  upTo(end)
  return printed
}

/**
 * Values as numbers: the position of a node's line, or a negative number for a leaf that is written in place.
 */
class Values {
  private readonly numbers = new Map<Node, number>()
  private readonly leaves: string[] = []

  constructor(listed: readonly Node[]) {
    for (const [position, node] of listed.entries()) this.numbers.set(node, position)
  }

  of(node: Node): number {
    let number = this.numbers.get(node)
    if (number === undefined) {
      this.leaves.push(inlineText(node) ?? `%?${node.id}`)
      number = -this.leaves.length
      this.numbers.set(node, number)
    }
    return number
  }

  leafText(number: number): string {
    return this.leaves[-number - 1] ?? ''
  }
}

function slotted(text: LineText, named: boolean, values: Values): SlottedLine {
  const slots = text.slots.map((slot) => {
    return { kind: slot.kind, value: slot.kind === 'index' ? slot.index : values.of(slot.node) }
  })
  return { texts: text.texts, slots, named }
}

function foldLines(texts: readonly LineText[], lines: readonly SlottedLine[]): FoldLine[] {
  const keys = new Map<string, number>()
  return lines.map((line, position) => {
    const signature = `${line.named} ${texts[position]?.signature}`
    const key = keys.get(signature) ?? keys.size
    keys.set(signature, key)
    const values = (kind: 'index' | 'value'): number[] => {
      return line.slots.filter((slot) => slot.kind === kind).map((slot) => slot.value)
    }
    return { key, indices: values('index'), values: values('value') }
  })
}

/** `std/bert.distill:21` */
class SourceLines {
  private readonly sources: Sources
  private readonly lineStarts = new Map<string, number[]>()

  constructor(sources: Sources) {
    this.sources = sources
  }

  text(span: Span | undefined): string | undefined {
    if (span === undefined) return undefined
    const starts = this.startsOf(span.file)
    let line = starts.findIndex((start) => start > span.start)
    if (line < 0) line = starts.length
    return `${span.file}:${line}`
  }

  private startsOf(file: string): readonly number[] {
    let starts = this.lineStarts.get(file)
    if (starts === undefined) {
      starts = [0]
      for (const match of (this.sources.get(file) ?? '').matchAll(/\n/g)) starts.push(match.index + 1)
      this.lineStarts.set(file, starts)
    }
    return starts
  }
}
