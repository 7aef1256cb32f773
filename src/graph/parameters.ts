/**
 * The list of a graph's parameters in its text. Names alone do not determine shapes, and a list by layer
 * would be long: `$S.layer[1..12].ffn.up.weight : f32[row 3072, column 768]`.
 */
import type { Graph, Node } from './graph.ts'
import { leafName } from './leaf.ts'
import { word } from './text.ts'
import { printType } from './type.ts'

interface Entry {
  readonly name: string
  readonly type: string
  /** Text between the indices, and the indices. */
  readonly texts: readonly string[]
  readonly indices: readonly number[]
}

/** The lines of the section, in order of first use; none without parameters. */
export function printParameters(graph: Graph): string[] {
  const groups = new Map<string, Entry[]>()
  for (const node of inOrderOfUse(graph)) {
    const entry = entryOf(node)
    const key = `${entry.type} ${entry.texts.join('\u0000')}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [entry])
    else group.push(entry)
  }
  if (groups.size === 0) return []
  return ['  parameters {', ...[...groups.values()].flatMap(printGroup), '  }']
}

function inOrderOfUse(graph: Graph): Set<Node> {
  const found = new Set<Node>()
  for (const node of [...graph.nodes.flatMap((n) => n.inputs), ...graph.outputs.values()]) {
    if (node.op === 'parameter') found.add(node)
  }
  return found
}

function entryOf(node: Node): Entry {
  const name = leafName(node) ?? ''
  const type = printType(node.type)
  if (!word.test(name)) return { name, type, texts: [JSON.stringify(name)], indices: [] }
  const pieces = name.split(/\[(0|[1-9]\d*)\]/)
  return {
    name,
    type,
    texts: pieces.filter((_, i) => i % 2 === 0),
    indices: pieces.filter((_, i) => i % 2 === 1).map(Number),
  }
}

/** One line if all combinations of the varying indices exist; otherwise one line for each parameter. */
function printGroup(entries: readonly Entry[]): string[] {
  const [first] = entries
  if (first === undefined) return []
  const values = first.indices.map((_, i) =>
    [...new Set(entries.map((entry) => entry.indices[i] ?? 0))].sort((a, b) => a - b),
  )
  const combinations = values.reduce((product, { length }) => product * length, 1)
  if (combinations !== entries.length)
    return entries.map((entry) => `    $${join(entry.texts, entry.indices)} : ${entry.type}`)
  return [`    $${join(first.texts, values.map(ranges))} : ${first.type}`]
}

function join(texts: readonly string[], indices: readonly (number | string)[]): string {
  return texts.map((text, i) => (i === 0 ? text : `[${indices[i - 1]}]${text}`)).join('')
}

/** `1..12`, `1, 4, 7..9` */
function ranges(sorted: readonly number[]): string {
  const pieces: { from: number; to: number }[] = []
  for (const number of sorted) {
    const last = pieces.at(-1)
    if (last !== undefined && last.to === number - 1) last.to = number
    else pieces.push({ from: number, to: number })
  }
  return pieces.map(({ from, to }) => (from === to ? String(from) : `${from}..${to}`)).join(', ')
}
