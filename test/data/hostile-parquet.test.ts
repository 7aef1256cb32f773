import { describe, expect, it } from 'vitest'
import { ParquetRoom, unpackedPages } from '../../src/data/parquet-pages.ts'
import { fileLimits } from '../../src/files/limits.ts'

type Column = Parameters<typeof unpackedPages>[2]

/** Thrift's compact protocol: fields of whole numbers and of structures, in the order of their numbers. */
type Fields = readonly (readonly [id: number, value: number | Fields])[]
function varint(value: number): number[] {
  const bytes: number[] = []
  let rest = value >>> 0
  for (; rest >= 0x80; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80)
  return [...bytes, rest]
}
function thrift(fields: Fields): number[] {
  let before = 0
  const bytes = fields.flatMap(([id, value]) => {
    const delta = id - before
    before = id
    if (typeof value !== 'number') return [(delta << 4) | 12, ...thrift(value)]
    return [(delta << 4) | 5, ...varint((value << 1) ^ (value >> 31))]
  })
  return [...bytes, 0]
}

const [plain, rle, deltaPacked, deltaTexts] = [0, 8, 5, 7]
/** A page of the first version with its values. */
const page = (
  count: number,
  encoding: number,
  values: readonly number[],
  unpacked = values.length,
): number[] => [
  ...thrift([
    [1, 0],
    [2, unpacked],
    [3, values.length],
    [
      5,
      [
        [1, count],
        [2, encoding],
        [3, 3],
        [4, 3],
      ],
    ],
  ]),
  ...values,
]

/** A column without levels. */
function column(type: Column['type'], codec: Column['codec'] = 'UNCOMPRESSED', optional = false): Column {
  const element = { name: 'a', repetition_type: optional ? 'OPTIONAL' : 'REQUIRED', type } as const
  const root = { count: 2, element: { name: 'root' }, children: [], path: [] }
  return { type, codec, element, schemaPath: [root, { count: 1, element, children: [], path: ['a'] }] }
}

function read(bytes: readonly number[], count: number, of: Column, size = bytes.length): () => void {
  return () => {
    unpackedPages(new DataView(Uint8Array.from(bytes).buffer), count, of, new ParquetRoom(size))
  }
}

describe('a page of Parquet', () => {
  it('may not have a run of values that is longer than it, in indices and in levels', () => {
    const run = varint(2 ** 31 - 2)
    expect(read(page(4, rle, [1, ...run, 0]), 4, column('BYTE_ARRAY'))).toThrow(
      'a run of values is longer than its page',
    )
    const levels = [run.length + 1, 0, 0, 0, ...run, 0]
    expect(read(page(4, plain, levels), 4, column('INT32', 'UNCOMPRESSED', true))).toThrow(
      'a run of values is longer',
    )
    expect(read(page(4, rle, [1, 8, 0]), 4, column('BYTE_ARRAY'))).not.toThrow()
  })

  it('may not have blocks of differences that go backwards or hold nothing', () => {
    for (const [block, blocks] of [
      [128, -1],
      [128, 0],
      [0, 4],
      [-128, -4],
      [100, 4],
    ] as const)
      expect(
        read(
          page(200, deltaPacked, [...varint(block), ...varint(blocks), ...varint(200), 0]),
          200,
          column('INT32'),
        ),
      ).toThrow('a page of differences claims impossible blocks')
  })

  it('may not repeat more of a text than there is', () => {
    // One text whose first 2^30 bytes would be those of the text before it.
    const one = (value: number): number[] => [
      ...varint(128),
      ...varint(4),
      ...varint(1),
      ...varint(2 * value),
    ]
    const bytes = [...one(2 ** 28), ...one(1), 0x61]
    expect(read(page(1, deltaTexts, bytes), 1, column('BYTE_ARRAY'))).toThrow(
      'repeats more than the text before it',
    )
  })

  it('may not claim a negative or impossible size', () => {
    for (const unpacked of [-1, 2 ** 31 - 1])
      expect(read(page(1, plain, [0, 0, 0, 0], unpacked), 1, column('INT32', 'GZIP'))).toThrow()
    expect(read(page(-5, plain, [0, 0, 0, 0]), 1, column('INT32'))).toThrow('impossible size')
    expect(read(page(5, plain, [0, 0, 0, 0]), 1, column('INT32'))).toThrow('impossible size')
    expect(read(page(3, plain, [0, 0, 0, 0]), 3, column('INT32'))).toThrow('too short for its values')
  })

  it('may not unpack to more than is read of a file of its size', () => {
    const most = fileLimits.parquetBytes + 100 * fileLimits.parquetBytesPerByte
    expect(read(page(1, plain, [0, 0, 0, 0], most + 1), 1, column('INT32', 'SNAPPY'), 100)).toThrow(
      'its pages unpack to more than is read of a file of its size',
    )
    const room = new ParquetRoom(0)
    expect(() => room.takeValues(fileLimits.parquetValues + 1)).toThrow('it claims more values')
  })
})
