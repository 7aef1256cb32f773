/**
 * The weights of each model as a table, equal layers as one; models that differ in the number of layers or in
 * what they start from share a table.
 */
import type { ModelInstance } from '../check/program.ts'
import { settle } from '../graph/families.ts'
import { findRepeats, steady } from '../graph/fold.ts'
import { Code, flat, literalPieces, type Piece, quoted, signatureOf } from './pieces.ts'
import type { VariableNames } from './variable-names.ts'
import { type FunctionStructure, linear } from './write-block.ts'

/** A row of a table: pieces with and without what the weight starts from. */
export interface Row {
  readonly whole: readonly Piece[]
  readonly bare: readonly Piece[]
  readonly head: boolean
}

/** Rows, of which some repeat by layer. */
interface Table {
  readonly name: string
  readonly rows: readonly Row[]
  readonly loop?: { readonly start: number; readonly period: number; readonly count: number }
}

export interface WeightTables {
  readonly functions: readonly FunctionStructure[]
  /** By model: the expression that makes its weights. */
  readonly expressions: ReadonlyMap<string, string>
}

/** How a table is written: its rows, and what is made of them. */
export interface TableForm {
  readonly rows: (instance: ModelInstance) => readonly Row[]
  /** The function that is given the rows of the encoder and those of the heads; absent: one list of all. */
  readonly make?: string
  readonly type: string
  readonly about: string
}

/** Tables for `distill/runtime`. */
const trainerParameters: TableForm = {
  rows: rowsOf,
  make: 'weights',
  type: 'TrainerParameter[]',
  about:
    'Weights: path, shape, kind, what they start from, and names in other frameworks; of the encoder, then of the heads.',
}

/** Of the models of `instances`. */
export function weightTables(
  instances: Iterable<ModelInstance>,
  names: VariableNames,
  form = trainerParameters,
): WeightTables {
  const tables: Table[] = []
  const expressions = new Map<string, string>()
  for (const instance of instances) {
    const rows = form.rows(instance)
    const known = tables.flatMap((table) => callOf(table, instance, rows) ?? [])
    const [call] = known
    if (call !== undefined) {
      expressions.set(instance.name, call)
      continue
    }
    const table = tableOf(names.free(`${instance.name}_weights`), rows)
    tables.push(table)
    expressions.set(instance.name, `${table.name}(${table.loop ? table.loop.count : ''})`)
  }
  return { functions: tables.map((table) => tableFunction(table, form)), expressions }
}

function rowsOf({ parameters, names }: ModelInstance): Row[] {
  return parameters.map(({ path, canonical, shape, kind, part, initial }) => {
    const published = [...names].flatMap(([format, { parameters: known }]) => {
      const one = known.get(path)
      return one === undefined ? [] : [[format, one.head === (part === 'heads') ? one.name : one] as const]
    })
    const others = {
      ...(canonical === path ? {} : { canonical }),
      ...(published.length === 0 ? {} : { published: Object.fromEntries(published) }),
    }
    const more = Object.keys(others).length === 0 ? [] : [others]
    const row = (start: unknown): Piece[] => literalPieces([path, shape, kind, start, ...more])
    return { whole: row(shortInitial(initial)), bare: row(''), head: part === 'heads' }
  })
}

/** `zeros`, `normal(0.02)`, or the literal. */
function shortInitial(initial: ModelInstance['parameters'][number]['initial']): unknown {
  if (initial.kind === 'zeros' || initial.kind === 'ones') return initial.kind
  if (initial.kind === 'normal') return new Code(`normal(${initial.deviation})`)
  return Object.fromEntries(Object.entries(initial).filter(([name]) => name !== 'span'))
}

function tableOf(name: string, rows: readonly Row[]): Table {
  const lines = rows.map(({ whole }) => ({
    key: 0,
    text: signatureOf(whole, false),
    indices: whole.flatMap((piece) => (typeof piece === 'object' && 'index' in piece ? [piece.index] : [])),
    values: [],
  }))
  const keys = [...new Set(lines.map(({ text }) => text))]
  const fold = lines.map((line) => ({ ...line, key: keys.indexOf(line.text) }))
  const { bodies } = settle(findRepeats(fold), fold)
  const [body] = bodies
  const regular =
    bodies.length === 1 &&
    body !== undefined &&
    fold.every((_, i) => {
      const { start, period, count } = body.repeat
      if (i < start || i >= start + period) return true
      return [...(fold[i]?.indices.keys() ?? [])].every((slot) => {
        const column = Array.from({ length: count }, (_, k) => fold[i + k * period]?.indices[slot] ?? 0)
        return steady(column, 0) === 1
      })
    })
  return { name, rows, ...(regular ? { loop: body.repeat } : {}) }
}

/** How a table gives the rows of an instance, if it can. */
function callOf(table: Table, instance: ModelInstance, rows: readonly Row[]): string | undefined {
  const { name, loop } = table
  const layers = loop === undefined ? undefined : (rows.length - table.rows.length) / loop.period + loop.count
  if (layers !== undefined && (!Number.isInteger(layers) || layers < 1)) return undefined
  const made = expanded(table, layers)
  const call = `${name}(${layers ?? ''})`
  if (made.length !== rows.length) return undefined
  const alike = made.every(
    ({ bare, head }, i) => flat(bare) === flat(rows[i]?.bare ?? []) && head === rows[i]?.head,
  )
  if (!alike) return undefined
  if (made.every(({ whole }, i) => flat(whole) === flat(rows[i]?.whole ?? []))) return call
  const [first] = instance.parameters
  if (first?.initial.kind !== 'copy') return undefined
  const { owner } = first.initial.from
  const isCopy = instance.parameters.every(
    ({ path, initial }) =>
      initial.kind === 'copy' && initial.from.owner === owner && initial.from.path === path,
  )
  return isCopy ? `copied('${owner}', ${call})` : undefined
}

/** The rows of a table for so many layers. */
function expanded({ rows, loop }: Table, layers: number | undefined): Row[] {
  if (loop === undefined || layers === undefined) return [...rows]
  const { start, period, count } = loop
  const round = rows.slice(start, start + period)
  const moved = (pieces: readonly Piece[], by: number): Piece[] =>
    pieces.map((piece) =>
      typeof piece === 'object' && 'index' in piece ? { index: piece.index + by } : piece,
    )
  const layered = Array.from({ length: layers }, (_, k) =>
    round.map(({ whole, bare, head }): Row => ({ whole: moved(whole, k), bare: moved(bare, k), head })),
  )
  return [...rows.slice(0, start), ...layered.flat(), ...rows.slice(start + period * count)]
}

function tableFunction({ name, rows, loop }: Table, { make, type, about }: TableForm): FunctionStructure {
  const write = (from: readonly Row[]): string[] => from.map(({ whole }) => `${flat(whole)},`)
  const body = (own: readonly Row[], offset: number): string[] => {
    if (loop === undefined) return write(own)
    const start = loop.start - offset
    const end = start + loop.period * loop.count
    if (start < 0 || start >= own.length) return write(own)
    const first = own[start]?.whole.find((piece) => typeof piece === 'object' && 'index' in piece)
    const base = typeof first === 'object' && 'index' in first ? first.index : 0
    const inner = own.slice(start, start + loop.period).map(({ whole }) => {
      const text = whole.map((piece) => {
        if (typeof piece === 'string') return piece
        return 'index' in piece
          ? `\${${linear(piece.index - base, 1)}}`
          : 'model' in piece
            ? piece.model
            : 'number' in piece
              ? piece.number
              : ''
      })
      return `    ${quoted(text.join(''))},`
    })
    return [
      ...write(own.slice(0, start)),
      `...byLayer(${base}, layers, (m) => [`,
      ...inner,
      ']),',
      ...write(own.slice(end)),
    ]
  }
  const heads = make === undefined ? -1 : rows.findIndex(({ head }) => head)
  const split = heads < 0 ? rows.length : heads
  const encoder = body(rows.slice(0, split), 0)
  const rest = split === rows.length ? [] : body(rows.slice(split), split)
  return {
    name,
    parameters: loop === undefined ? [] : [{ name: 'layers', type: 'number' }],
    returnType: type,
    docs: [about],
    statements: [
      make === undefined
        ? `return ${listText(encoder)}`
        : `return ${make}(${[encoder, rest]
            .filter((list) => list.length > 0)
            .map(listText)
            .join(', ')})`,
    ],
  }
}

function listText(lines: readonly string[]): string {
  return `[\n${lines.map((line) => `  ${line}\n`).join('')}]`
}
