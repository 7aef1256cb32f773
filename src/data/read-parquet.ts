/**
 * Tables from Parquet files, by hyparquet. Columns of texts, numbers, booleans and times become text like the
 * fields of a TSV; null becomes the empty text. A column of lists is read only on request. Records and lists
 * of lists are refused if a spec names their column, otherwise ignored.
 */

import { statSync } from 'node:fs'
import { type FileMetaData, parquetMetadata, parquetSchema } from 'hyparquet'
import { assembleNested } from 'hyparquet/src/assemble.js'
import { readColumn } from 'hyparquet/src/column.js'
import { DEFAULT_PARSERS } from 'hyparquet/src/convert.js'
import { getTreePath, isListLike } from 'hyparquet/src/schema.js'
import { DiagnosticError, type Span } from '../diagnostics/diagnostic.ts'
import { unreadableRow } from '../diagnostics/messages/data-files.ts'
import { fileLimits } from '../files/limits.ts'
import { fileBytes, filePart } from '../files/regular-file.ts'
import { isLarger } from './file-part.ts'
import { ParquetRoom, unpackedPages } from './parquet-pages.ts'
import type { List, Table } from './table.ts'

type SchemaTree = ReturnType<typeof parquetSchema>
type ColumnChunk = FileMetaData['row_groups'][number]['columns'][number]

interface ParquetOptions {
  readonly span?: Span | undefined
  /** Bytes. Of a larger file, only the row groups that lie completely in its first ones are read. */
  readonly limit?: number | undefined
}

/** @throws DiagnosticError E0807 (no Parquet, damaged, or compressed in another way) */
export function readParquet(file: string, options: ParquetOptions = {}): Table {
  return reading(file, options.span, () => readAll(file, options))
}

function reading<T>(file: string, span: Span | undefined, action: () => T): T {
  try {
    return action()
  } catch (error) {
    // For damaged bytes, hyparquet throws plain errors, RangeErrors beyond an end, and errors of zlib.
    if (!(error instanceof Error) || error instanceof DiagnosticError) throw error
    const problem = `it cannot be read as Parquet: ${error.message}`
    const help = 'write it again, compressed with snappy, gzip, brotli or not at all, or as JSON lines'
    throw new DiagnosticError(
      unreadableRow({ place: file, problem, help, ...(span === undefined ? {} : { span }) }),
    )
  }
}

function readAll(file: string, { span, limit }: ParquetOptions): Table {
  const { bytes, metadata } =
    limit !== undefined && isLarger(file, limit) ? readStart(file, limit) : readWhole(file)
  const room = new ParquetRoom(statSync(file).size)
  checkSchema(metadata)
  const { children } = parquetSchema(metadata)
  const isFlat = ({ element, children: inner }: SchemaTree): boolean =>
    inner.length === 0 && element.repetition_type !== 'REPEATED'
  const columns = children.filter(isFlat).map(({ element }) => element.name)
  const others = children.filter((child) => !isFlat(child))
  const ofLists = others.filter((child) => leafOfList(child) !== undefined)
  const nested = others.filter((child) => !ofLists.includes(child)).map(({ element }) => element.name)
  const count = rowsIn(metadata)
  room.takeValues(count * Math.max(1, columns.length))
  const values = columns.map((name) => columnTexts({ bytes, metadata, room }, name))
  const short = columns.find((_, i) => values[i]?.length !== count)
  if (short !== undefined) throw new Error(`column \`${short}\` has not the ${count} rows of the file`)
  const rows = Array.from({ length: count }, (_, i) => ({
    line: i + 1,
    fields: values.map((column) => column[i] ?? ''),
  }))
  const lists = new Map(
    ofLists.map((column) => [
      column.element.name,
      () => reading(file, span, () => columnLists({ bytes, metadata, room }, column)),
    ]),
  )
  return { file, format: 'parquet', columns, lists, nested, rows }
}

interface ParquetBytes {
  readonly bytes: Uint8Array
  readonly metadata: FileMetaData
}

interface ParquetContent extends ParquetBytes {
  readonly room: ParquetRoom
}

/** An element says how many of the next ones are its children. Trees that are no trees would not end. */
function checkSchema({ schema }: FileMetaData): void {
  if (schema.length > fileLimits.parquetSchema)
    throw new Error(`its schema has more than ${fileLimits.parquetSchema} elements`)
  const open: number[] = []
  for (const [i, { num_children: children = 0 }] of schema.entries()) {
    if (i > 0 && open.length === 0) throw new Error('its schema has an element outside of its root')
    if (!(children >= 0 && children <= schema.length))
      throw new Error('its schema claims impossible children')
    if (open.length > 0) open.push((open.pop() ?? 0) - 1)
    if (children > 0) open.push(children)
    if (open.length > fileLimits.nesting) throw new Error('its schema is nested too deep')
    while (open.at(-1) === 0) open.pop()
  }
  if (open.length > 0) throw new Error('its schema lacks children')
}

function readWhole(file: string): ParquetBytes {
  const bytes = new Uint8Array(fileBytes(file))
  return { bytes, metadata: readMetadata(bytes) }
}

/** The first bytes, and from the metadata at the end of the file the row groups that lie in them. */
function readStart(file: string, limit: number): ParquetBytes {
  const { size } = statSync(file)
  const end = filePart(file, size - 8, 8)
  const footer = Math.min(size, end.readUInt32LE(0) + 8)
  const metadata = readMetadata(new Uint8Array(filePart(file, size - footer, footer)))
  const beyond = metadata.row_groups.findIndex(({ columns }) =>
    columns.some(({ meta_data }) => meta_data !== undefined && endOf(meta_data) > limit),
  )
  const groups = beyond < 0 ? metadata.row_groups : metadata.row_groups.slice(0, beyond)
  return {
    bytes: new Uint8Array(filePart(file, 0, limit)),
    metadata: { ...metadata, row_groups: groups },
  }
}

function readMetadata(bytes: Uint8Array): FileMetaData {
  const metadata = parquetMetadata(bytes, { geoparquet: false })
  const [count, grouped] = [Number(metadata.num_rows), rowsIn(metadata)]
  if (metadata.row_groups.some((group) => group.num_rows < 0))
    throw new Error('a row group claims less than no rows')
  if (grouped !== count) throw new Error(`it claims ${count} rows, its row groups ${grouped}`)
  return metadata
}

function rowsIn({ row_groups: groups }: FileMetaData): number {
  return groups.reduce((sum, group) => sum + Number(group.num_rows), 0)
}

type ChunkMetadata = NonNullable<ColumnChunk['meta_data']>

function beginOf({ dictionary_page_offset: dictionary, data_page_offset: data }: ChunkMetadata): number {
  return Number(dictionary || data)
}

function endOf(chunk: ChunkMetadata): number {
  return beginOf(chunk) + Number(chunk.total_compressed_size)
}

/**
 * The element of a list of single values: with three levels (`list.element`), or two as the first writers
 * made it.
 */
function leafOfList(column: SchemaTree): SchemaTree | undefined {
  const repeated = isListLike(column) ? column.children[0] : undefined
  const leaf = repeated?.children[0] ?? repeated
  const single = leaf !== undefined && leaf.children.length === 0
  return single && (leaf === repeated || leaf.element.repetition_type !== 'REPEATED') ? leaf : undefined
}

/** A column of all row groups. */
function columnTexts(content: ParquetContent, name: string): readonly string[] {
  const texts: string[] = []
  for (const group of content.metadata.row_groups) {
    const rows = Number(group.num_rows)
    for (const part of chunkValues(content, chunkOf(group, name), rows, rows))
      for (const value of part) texts.push(textOf(value))
  }
  return texts
}

/** A column of lists from all row groups. A null list is empty, a null item stays. */
function columnLists(content: ParquetContent, column: SchemaTree): readonly List[] {
  const path = leafOfList(column)?.path.join('.') ?? ''
  const lists: List[] = []
  for (const group of content.metadata.row_groups) {
    const rows = Number(group.num_rows)
    const chunk = chunkOf(group, path)
    const count = Number(chunk.meta_data?.num_values ?? 0)
    content.room.takeValues(count)
    const parts = chunkValues(content, chunk, rows, count)
    const assembled = new Map([[path, parts.flatMap((part) => [...part])]])
    assembleNested(assembled, column, DEFAULT_PARSERS)
    const values: readonly unknown[] = assembled.get(column.path.join('.')) ?? []
    if (values.length !== rows) throw new Error(`column \`${column.element.name}\` has not ${rows} rows`)
    for (const value of values) lists.push(Array.isArray(value) ? value.map(itemOf) : [])
  }
  return lists
}

function chunkOf({ columns }: FileMetaData['row_groups'][number], path: string): ColumnChunk {
  const chunk = columns.find(({ meta_data }) => meta_data?.path_in_schema.join('.') === path)
  if (chunk === undefined) throw new Error(`a row group lacks column \`${path}\``)
  return chunk
}

/** @param count number of values in the chunk: one for each row, except in lists */
function chunkValues(
  { bytes, metadata, room }: ParquetContent,
  { meta_data: chunk, file_path }: ColumnChunk,
  rows: number,
  count: number,
): readonly Iterable<unknown>[] {
  if (chunk === undefined || file_path !== undefined) throw new Error('a column is in another file')
  const schemaPath = getTreePath(parquetSchema(metadata), chunk.path_in_schema)
  const element = schemaPath.at(-1)?.element
  if (element === undefined) throw new Error('a column without a type')
  const [begin, end] = [beginOf(chunk), endOf(chunk)]
  if (!(begin >= 0 && end >= begin && end <= bytes.byteLength))
    throw new Error('a column reaches beyond the end of the file')
  const view = new DataView(bytes.buffer, bytes.byteOffset + begin, end - begin)
  const { type, codec, path_in_schema: pathInSchema } = chunk
  const pages = unpackedPages(view, count, { type, element, schemaPath, codec }, room)
  const next = (): Uint8Array => pages.shift() ?? new Uint8Array(0)
  const compressors = { [codec]: next }
  const decoder = { pathInSchema, type, element, schemaPath, codec, compressors, parsers: DEFAULT_PARSERS }
  const group = { groupStart: 0, selectStart: 0, selectEnd: rows, groupRows: rows }
  return readColumn({ view, offset: 0 }, group, decoder).data
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  if (value === null || value === undefined) return ''
  if (value instanceof Date) return value.toISOString()
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function itemOf(value: unknown): string | number | null {
  if (value === null || value === undefined || typeof value === 'number') return value ?? null
  const number = typeof value === 'bigint' ? Number(value) : Number.NaN
  return Number.isSafeInteger(number) ? number : textOf(value)
}
