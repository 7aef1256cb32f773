/**
 * The pages of a column in a Parquet file, unpacked and checked before hyparquet decodes them. It trusts the
 * numbers in a page: a run of 2^31 equal values, or a negative number of blocks, would take all memory or
 * never end. Format: https://parquet.apache.org/docs/file-format/data-pages/encodings/
 */
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { parquetHeader, type readColumn } from 'hyparquet/src/column.js'
import { deltaBinaryUnpack } from 'hyparquet/src/delta.js'
import { readRleBitPackedHybrid } from 'hyparquet/src/encoding.js'
import { getMaxDefinitionLevel, getMaxRepetitionLevel } from 'hyparquet/src/schema.js'
import { snappyUncompress } from 'hyparquet/src/snappy.js'
import { readVarInt } from 'hyparquet/src/thrift.js'
import { fileLimits } from '../files/limits.ts'

type PageHeader = ReturnType<typeof parquetHeader>
type Column = Pick<Parameters<typeof readColumn>[2], 'type' | 'element' | 'schemaPath' | 'codec'>
interface Reader {
  readonly view: DataView
  offset: number
}

/** What may still be unpacked and decoded of a file. */
export class ParquetRoom {
  private bytes: number
  private values: number

  constructor(size: number) {
    this.bytes = fileLimits.parquetBytes + fileLimits.parquetBytesPerByte * size
    this.values = fileLimits.parquetValues + fileLimits.parquetValuesPerByte * size
  }

  takeBytes(count: number): void {
    this.bytes -= count
    if (this.bytes < 0) throw new Error('its pages unpack to more than is read of a file of its size')
  }

  takeValues(count: number): void {
    this.values -= count
    if (!(this.values >= 0)) throw new Error('it claims more values than are read of a file of its size')
  }
}

const unpackers: Readonly<Record<string, (input: Uint8Array, length: number) => Uint8Array>> = {
  UNCOMPRESSED: (input) => input,
  GZIP: (input, length) => new Uint8Array(gunzipSync(input, { maxOutputLength: length })),
  BROTLI: (input, length) => new Uint8Array(brotliDecompressSync(input, { maxOutputLength: length })),
  SNAPPY: (input, length) => {
    const output = new Uint8Array(length)
    snappyUncompress(input, output)
    return output
  },
}

/**
 * The compressed pages of a chunk, unpacked, in their order: what a decompressor of hyparquet gives one by
 * one.
 * @param expected number of values in the chunk
 * @throws Error what is wrong with a page
 */
export function unpackedPages(
  view: DataView,
  expected: number,
  column: Column,
  room: ParquetRoom,
): Uint8Array[] {
  const reader = { view, offset: 0 }
  const pages: Uint8Array[] = []
  let values = 0
  while (values < expected && reader.offset < view.byteLength - 1) {
    const header = parquetHeader(reader)
    const size = whole(header.compressed_page_size, view.byteLength - reader.offset, 'a page')
    const packed = new Uint8Array(view.buffer, view.byteOffset + reader.offset, size)
    values += checkPage(packed, header, column, room, pages, expected - values)
    reader.offset += size
  }
  if (values !== expected) throw new Error('pages hold fewer values than their column')
  return pages
}

/** The number of values of the page; those of a dictionary do not count. */
function checkPage(
  packed: Uint8Array,
  header: PageHeader,
  column: Column,
  room: ParquetRoom,
  pages: Uint8Array[],
  left: number,
): number {
  const { codec } = column
  const unpack = (bytes: Uint8Array, length: number): Uint8Array => {
    const unpacker = unpackers[codec]
    if (unpacker === undefined) throw new Error(`parquet unsupported compression codec: ${codec}`)
    room.takeBytes(length)
    const page = unpacker(bytes, length)
    if (page.length !== length) throw new Error('a page has another size than it claims')
    if (codec !== 'UNCOMPRESSED') pages.push(page)
    return page
  }
  const length = whole(header.uncompressed_page_size, 2 ** 31 - 1, 'a page')
  const { data_page_header: v1, data_page_header_v2: v2, dictionary_page_header: dictionary } = header
  if (header.type === 'DICTIONARY_PAGE' && dictionary) {
    const page = unpack(packed, length)
    // A bit is the least that a value takes.
    whole(dictionary.num_values, 8 * page.length, 'a dictionary')
    checkPlain(page, dictionary.num_values, column)
    return 0
  }
  if (header.type === 'DATA_PAGE' && v1) {
    const count = whole(v1.num_values, left, 'a page')
    const page = unpack(packed, length)
    const reader = readerOf(page)
    checkLevels(reader, getMaxRepetitionLevel(column.schemaPath), count)
    const defined = checkLevels(reader, getMaxDefinitionLevel(column.schemaPath), count)
    checkValues(page.subarray(reader.offset), v1.encoding, defined, column, true)
    return count
  }
  if (header.type === 'DATA_PAGE_V2' && v2) {
    const count = whole(v2.num_values, left, 'a page')
    const nulls = whole(v2.num_nulls, count, 'the empty values of a page')
    whole(v2.num_rows, count, 'the rows of a page')
    const repetition = whole(v2.repetition_levels_byte_length, packed.length, 'the levels of a page')
    const levels = repetition + whole(v2.definition_levels_byte_length, packed.length, 'the levels of a page')
    whole(levels, Math.min(packed.length, length), 'the levels of a page')
    const { schemaPath } = column
    checkRuns(readerOf(packed.subarray(0, repetition)), bitsOf(getMaxRepetitionLevel(schemaPath)), count)
    checkRuns(readerOf(packed.subarray(repetition, levels)), bitsOf(getMaxDefinitionLevel(schemaPath)), count)
    const rest = packed.subarray(levels)
    const plain = v2.is_compressed === false || length === levels
    const page = plain ? rest : unpack(rest, length - levels)
    checkValues(page, v2.encoding, count - nulls, column, false)
    return count
  }
  throw new Error(`a page of the kind ${header.type} is not read`)
}

function whole(value: number | undefined, most: number, what: string): number {
  if (value === undefined || !(value >= 0 && value <= most))
    throw new Error(`${what} claims an impossible size`)
  return value
}

function readerOf(bytes: Uint8Array): Reader {
  return { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 }
}

function bitsOf(most: number): number {
  return 32 - Math.clz32(most)
}

/** Levels of the first version stand behind their length. Returns how many have the highest level. */
function checkLevels(reader: Reader, most: number, count: number): number {
  if (most === 0) return count
  const { view, offset } = reader
  const length = whole(view.getUint32(offset, true), view.byteLength - offset - 4, 'the levels of a page')
  const within = new Uint8Array(view.buffer, view.byteOffset + offset + 4, length)
  checkRuns(readerOf(within), bitsOf(most), count)
  const levels: number[] = new Array(count)
  readRleBitPackedHybrid(reader, bitsOf(most), levels)
  return levels.reduce((sum, level) => sum + (level === most ? 1 : 0), 0)
}

/** Runs of equal values and groups of eight packed ones: the last group may be filled up. */
function checkRuns(reader: Reader, bits: number, count: number): void {
  if (bits === 0) return
  for (let seen = 0; seen < count; ) {
    const header = readVarInt(reader)
    const packed = (header & 1) === 1
    const run = packed ? 8 * (header >>> 1) : header >>> 1
    // hyparquet reads the bytes of a group as far as its values are wanted.
    const bytes = packed ? (Math.min(run, count - seen) * bits) / 8 : Math.ceil(bits / 8)
    if (seen + run > count + (packed ? 7 : 0) || reader.offset + bytes > reader.view.byteLength)
      throw new Error('a run of values is longer than its page')
    seen += run
    reader.offset += packed ? (run * bits) / 8 : bytes
  }
}

function checkValues(
  page: Uint8Array,
  encoding: string | undefined,
  count: number,
  column: Column,
  first: boolean,
): void {
  const reader = readerOf(page)
  switch (encoding) {
    case 'PLAIN':
      checkPlain(page, count, column)
      return
    case 'PLAIN_DICTIONARY':
    case 'RLE_DICTIONARY': {
      const bits = whole(reader.view.getUint8(reader.offset++), 32, 'a page')
      if (bits === 0 && !first && count > 0) throw new Error('a page has indices without bits')
      checkRuns(reader, bits, count)
      return
    }
    case 'RLE': {
      if (column.type !== 'BOOLEAN') throw new Error('runs of values that are no booleans')
      const length = whole(reader.view.getUint32(0, true), page.length - 4, 'a page')
      checkRuns(readerOf(page.subarray(4, 4 + length)), 1, count)
      return
    }
    case 'DELTA_BINARY_PACKED':
      checkDelta(reader, count)
      return
    case 'DELTA_LENGTH_BYTE_ARRAY':
      lengths(reader, count)
      return
    case 'DELTA_BYTE_ARRAY':
      checkPrefixes(lengths(reader, count), lengths(reader, count))
      return
    case 'BYTE_STREAM_SPLIT':
      checkPlain(page, count, column)
      return
    default:
      throw new Error(`values in the encoding ${encoding} are not read`)
  }
}

const bitsOfType: Readonly<Record<string, number>> = {
  BOOLEAN: 1,
  INT32: 32,
  INT64: 64,
  INT96: 96,
  FLOAT: 32,
  DOUBLE: 64,
  BYTE_ARRAY: 32,
}

/** A value of no fixed length takes the four bytes of its length at least. */
function checkPlain(page: Uint8Array, count: number, { type, element }: Column): void {
  const bits = bitsOfType[type] ?? 8 * whole(element.type_length, page.length, 'a value')
  if (count * bits > 8 * page.length) throw new Error('a page is too short for its values')
}

/**
 * Looks ahead: the reader stays. Each miniblock has a multiple of eight values, and a page states as many
 * values as its header.
 */
function checkDelta(reader: Reader, count: number): void {
  const begin = reader.offset
  const [block, blocks, claimed] = [readVarInt(reader), readVarInt(reader), readVarInt(reader)]
  if (!(blocks > 0 && block > 0 && block <= 2 ** 24 && (block / blocks) % 8 === 0 && claimed === count))
    throw new Error('a page of differences claims impossible blocks')
  reader.offset = begin
}

/** Lengths of texts, checked and read; the reader is behind them afterwards. */
function lengths(reader: Reader, count: number): Int32Array {
  checkDelta(reader, count)
  const output = new Int32Array(count)
  deltaBinaryUnpack(reader, count, output)
  for (const length of output) whole(length, fileLimits.text, 'a text')
  return output
}

/** Each text begins with a part of the text before it. */
function checkPrefixes(prefixes: Int32Array, suffixes: Int32Array): void {
  let before = 0
  let total = 0
  for (const [i, prefix] of prefixes.entries()) {
    if (prefix > before) throw new Error('a text repeats more than the text before it has')
    before = prefix + (suffixes[i] ?? 0)
    total += before
    if (total > fileLimits.text) throw new Error('its texts are longer than 512 MiB')
  }
}
