/**
 * Ids and labels of a given batch must be in range: rows of a table, classes of logits. A label outside would
 * only count in the divisor of its loss.
 */
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { valueOutsideRange } from '../diagnostics/messages/weights.ts'
import type { Graph, Node } from '../graph/graph.ts'
import { concreteSize } from '../graph/type.ts'
import type { HostTensor } from '../run/runner.ts'

export interface RangedBatch {
  readonly path: string
  readonly sizes: { readonly B: number; readonly L: number }
  readonly inputs: ReadonlyMap<string, HostTensor>
  /** The name of an input in the file. */
  readonly nameInFile: (input: string) => string
}

/** The operation that reads an input: its values must be from 0 to `size` - 1. */
interface Range {
  readonly size: number
  /** `rows of S.embedding.word`, `classes of the logits` */
  readonly of: string
}

/** @throws DiagnosticError E0971, one for each tensor, with its first value outside */
export function requireRanges(graph: Graph, batch: RangedBatch): void {
  const wrong = [...rangesOf(graph, batch.sizes)].flatMap(([name, range]) => {
    const given = batch.inputs.get(name)
    return given ? (outside(graph, batch, name, given, range) ?? []) : []
  })
  if (wrong.length > 0) throw new DiagnosticError(...wrong)
}

/** The narrowest range of each input that is used as ids or labels. */
function rangesOf(graph: Graph, sizes: RangedBatch['sizes']): ReadonlyMap<string, Range> {
  const ranges = new Map<string, Range>()
  for (const node of graph.nodes) {
    const read = readRange(node, sizes)
    const name = read && inputName(read.values)
    if (read === undefined || name === undefined) continue
    const known = ranges.get(name)
    if (known === undefined || read.range.size < known.size) ranges.set(name, read.range)
  }
  return ranges
}

function readRange(
  node: Node,
  sizes: RangedBatch['sizes'],
): { readonly values: Node; readonly range: Range } | undefined {
  const [first, second] = node.inputs
  if (first === undefined || second === undefined) return undefined
  const sizeOf = (tensor: Node, axis: unknown): number => {
    const size = tensor.type.dimensions.find((dimension) => dimension.axis === axis)?.size ?? 0
    return concreteSize(size, sizes)
  }
  if (node.op === 'lookup') {
    const table = String(second.attributes.name ?? 'a table').replace(/\.weight$/, '')
    return { values: first, range: { size: sizeOf(second, 'row'), of: `rows of ${table}` } }
  }
  if (node.op === 'cross_entropy_labels') {
    const { axis } = node.attributes
    const what = axis === 'token' ? 'positions of the batch' : 'classes of the logits'
    return { values: second, range: { size: sizeOf(first, axis), of: what } }
  }
  return undefined
}

/** The input whose values a node has, found through operations that only change axes. */
function inputName(node: Node): string | undefined {
  if (node.op === 'input') return String(node.attributes.name)
  const [inner] = node.inputs
  const same = node.op === 'broadcast' || node.op === 'rename' || node.op === 'stop_gradient'
  return same && inner ? inputName(inner) : undefined
}

function outside(
  graph: Graph,
  { path, sizes, inputs, nameInFile }: RangedBatch,
  name: string,
  { data }: HostTensor,
  { size, of }: Range,
) {
  const live = livePositions(graph, inputs, name, data)
  const places: number[] = []
  for (let k = 0; k < data.length; k++) {
    const value = data[k] ?? 0
    if ((value < 0 || value >= size) && live(k)) places.push(k)
  }
  const [first] = places
  if (first === undefined) return undefined
  const byExample = data.length === sizes.B
  // `places` follow from the length of the texts, and are the same for each example.
  const place = name === 'places' ? { position: first } : placeOf(first, byExample ? 1 : sizes.L, byExample)
  return valueOutsideRange({
    path,
    tensor: nameInFile(name === 'places' ? 'tokens' : name),
    ...place,
    value: data[first] ?? 0,
    size,
    of,
    more: places.length - 1,
  })
}

function placeOf(index: number, length: number, byExample: boolean) {
  const example = Math.floor(index / length)
  return byExample ? { example } : { example, position: index % length }
}

/**
 * The live positions of an input: labels of tokens not at padding, tags at first pieces. Positions that are
 * not masked have no label.
 */
function livePositions(
  graph: Graph,
  inputs: RangedBatch['inputs'],
  name: string,
  values: HostTensor['data'],
): (index: number) => boolean {
  if (name !== 'batch.original' && name !== 'batch.tags') return () => true
  const reads = (mask: string): boolean =>
    graph.nodes.some(({ op, attributes }) => op === 'input' && attributes.name === mask)
  if (name === 'batch.original' && reads('masked')) return (index) => (values[index] ?? 0) >= 0
  const masks = ['attended', ...(name === 'batch.tags' && reads('first_piece') ? ['first_piece'] : [])]
  const tensors = masks.flatMap((mask) => inputs.get(mask) ?? [])
  return (index) => tensors.every(({ data }) => data[index] !== 0)
}
