import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DiagnosticError } from '../../src/diagnostics/diagnostic.ts'
import { halfToSingle } from '../../src/weights/decode-values.ts'
import { readSafetensors, readSafetensorsHeader, writeSafetensors } from '../../src/weights/safetensors.ts'
import { openWeights } from '../../src/weights/weight-source.ts'
import { diagnosticMessage } from '../diagnostic-message.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'distill-weights-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const file = (name: string): string => path.join(folder, name)

/** A safetensors file with any header, as another program might write it. */
function writeRaw(name: string, header: unknown, data: Uint8Array): string {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header))
  const start = Buffer.alloc(8)
  start.writeBigUInt64LE(BigInt(text.length))
  writeFileSync(file(name), Buffer.concat([start, text, data]))
  return file(name)
}

const messageOf = (action: () => unknown): string => diagnosticMessage(action).replaceAll(folder, '.')

describe('reading what was written', () => {
  it('gives back shapes and values', () => {
    writeSafetensors(
      file('a.safetensors'),
      new Map([
        ['w', { shape: [2, 3], data: Float32Array.of(1, -2, 3.5, 0, 1e-30, -0) }],
        ['ids', { shape: [2], data: Int32Array.of(-7, 2 ** 31 - 1) }],
        ['scalar', { shape: [], data: Float32Array.of(0.25) }],
        ['none', { shape: [0, 4], data: new Float32Array(0) }],
      ]),
      { metadata: { step: '12' } },
    )
    const tensors = readSafetensors(file('a.safetensors'))
    expect([...tensors.keys()]).toEqual(['w', 'ids', 'scalar', 'none'])
    expect(tensors.get('w')).toEqual({
      dtype: 'F32',
      shape: [2, 3],
      data: Float32Array.of(1, -2, 3.5, 0, 1e-30, -0),
    })
    expect(tensors.get('ids')?.data).toEqual(Int32Array.of(-7, 2 ** 31 - 1))
    expect(tensors.get('scalar')?.shape).toEqual([])
    const header = readSafetensorsHeader(file('a.safetensors'))
    expect([...header.metadata]).toEqual([
      ['format', 'pt'],
      ['step', '12'],
    ])
    expect(header.dataStart % 8).toBe(0)
    expect(readdirSync(folder).filter((name) => name.includes('partial'))).toEqual([])
  })

  it('replaces a file only when the new one is whole', () => {
    const target = file('b.safetensors')
    writeSafetensors(target, new Map([['w', { shape: [1], data: Float32Array.of(1) }]]))
    const before = readFileSync(target)
    expect(() =>
      writeSafetensors(target, new Map([['w', { shape: [2], data: Float32Array.of(2) }]])),
    ).toThrow(RangeError)
    expect(readFileSync(target)).toEqual(before)
    expect(messageOf(() => writeSafetensors(file('b.safetensors/x'), new Map()))).toMatchInlineSnapshot(
      '"E0907: cannot write `./b.safetensors/x`: a part of its path is a file"',
    )
  })
})

describe('types of other programs', () => {
  it('reads every type', () => {
    const data = Buffer.alloc(64)
    data.writeDoubleLE(0.5, 0)
    data.writeUInt16LE(0xc000, 8) // F16 -2
    data.writeUInt16LE(0x3fc0, 10) // BF16 1.5
    data.writeBigInt64LE(-100n, 12)
    data.writeInt16LE(-3, 20)
    data.writeUInt8(200, 22)
    data.writeInt8(-5, 23)
    data.writeUInt8(1, 24)
    const entry = (dtype: string, start: number, end: number) => ({
      dtype,
      shape: [1],
      data_offsets: [start, end],
    })
    const name = writeRaw(
      'types.safetensors',
      {
        f64: entry('F64', 0, 8),
        f16: entry('F16', 8, 10),
        bf16: entry('BF16', 10, 12),
        i64: entry('I64', 12, 20),
        i16: entry('I16', 20, 22),
        u8: entry('U8', 22, 23),
        i8: entry('I8', 23, 24),
        bool: entry('BOOL', 24, 25),
      },
      data.subarray(0, 25),
    )
    const values = [...readSafetensors(name)].map(([key, tensor]) => [key, tensor.data[0]])
    expect(Object.fromEntries(values)).toEqual({
      f64: 0.5,
      f16: -2,
      bf16: 1.5,
      i64: -100,
      i16: -3,
      u8: 200,
      i8: -5,
      bool: 1,
    })
  })

  it('turns half precision into single: subnormal, largest, infinite', () => {
    expect(halfToSingle(0x0001)).toBe(2 ** -24)
    expect(halfToSingle(0x03ff)).toBe(1023 * 2 ** -24)
    expect(halfToSingle(0x7bff)).toBe(65504)
    expect(halfToSingle(0xfc00)).toBe(-Infinity)
    expect(halfToSingle(0x7e00)).toBeNaN()
  })

  it('refuses an int64 that does not fit', () => {
    const data = Buffer.alloc(8)
    data.writeBigInt64LE(2n ** 40n)
    const name = writeRaw('wide.safetensors', { a: { dtype: 'I64', shape: [1], data_offsets: [0, 8] } }, data)
    expect(messageOf(() => readSafetensors(name))).toMatchInlineSnapshot(
      '"E0904: the header of `./wide.safetensors` is wrong: tensor `a` holds 1099511627776, more than 32 bits can say"',
    )
  })
})

describe('bad files', () => {
  const f32 = (shape: readonly number[], start: number, end: number) => ({
    dtype: 'F32',
    shape,
    data_offsets: [start, end],
  })
  const cases: readonly [string, () => string][] = [
    ['missing', () => file('nothing.safetensors')],
    ['empty', () => writeText('empty.safetensors', '')],
    ['cut in its length', () => writeText('short.safetensors', '\x10\0\0')],
    ['cut in its header', () => cut('cut-header.safetensors', 40)],
    ['cut in its data', () => cut('cut-data.safetensors', 130)],
    ['a zip', () => writeText('zip.safetensors', 'PK\x03\x04\x14\0\0\0\b\b\0\0')],
    ['a pickle', () => writeText('pickle.safetensors', '\x80\x02}q\0(X\x05\0\0\0')],
    [
      'git-lfs',
      () => writeText('lfs.safetensors', 'version https://git-lfs.github.com/spec/v1\noid sha256:1'),
    ],
    ['a web page', () => writeText('page.safetensors', '<!doctype html><html><title>404</title>')],
    ['a text', () => writeText('text.safetensors', 'hello, this is no model\n')],
    ['other bytes', () => writeText('bytes.safetensors', '\xff\xfe\x01\x02\x03\xff\xfe\x01\x02\x03')],
    ['broken JSON', () => writeRaw('json.safetensors', '{"a": ', new Uint8Array(4))],
    [
      'unknown type',
      () => writeRaw('type.safetensors', { a: { ...f32([1], 0, 4), dtype: 'F8_E4M3' } }, new Uint8Array(4)),
    ],
    ['wrong length', () => writeRaw('length.safetensors', { a: f32([2, 2], 0, 12) }, new Uint8Array(12))],
    ['negative shape', () => writeRaw('shape.safetensors', { a: f32([-1], 0, 4) }, new Uint8Array(4))],
    [
      'overlap',
      () => writeRaw('overlap.safetensors', { a: f32([2], 0, 8), b: f32([2], 4, 12) }, new Uint8Array(12)),
    ],
    ['a name twice', () => writeRaw('twice.safetensors', '{"a":{},"a" :{}}', new Uint8Array(0))],
    ['deep JSON', () => writeRaw('deep.safetensors', `{"a":${'['.repeat(100_000)}`, new Uint8Array(0))],
    [
      'hole',
      () => writeRaw('hole.safetensors', { a: f32([1], 0, 4), b: f32([1], 8, 12) }, new Uint8Array(12)),
    ],
  ]
  const writeText = (name: string, text: string): string => {
    writeFileSync(file(name), Buffer.from(text, 'latin1'))
    return file(name)
  }
  const cut = (name: string, length: number): string => {
    writeSafetensors(file(name), new Map([['weight', { shape: [16], data: new Float32Array(16) }]]))
    truncateSync(file(name), length)
    return file(name)
  }

  it('are named, with what was found', async () => {
    const lines = cases.map(([kind, make]) => `${kind}\n  ${messageOf(() => readSafetensors(make()))}\n`)
    await expect(lines.join('')).toMatchFileSnapshot('../golden/weights/bad-safetensors.txt')
  })

  it.each<readonly [string, Record<string, unknown>, RegExp]>([
    ['a shape of 4e18 values', f32([2e9, 2e9], 0, 4), /E0904.*needs 16000000000000000000 bytes/],
    ['more values than a number can say', f32(Array(40).fill(2e9), 0, 4), /E0904.*needs Infinity bytes/],
    ['offsets to the largest number', f32([1], 0, 2 ** 53 - 1), /E0904.*needs 4 bytes/],
    [
      'offsets to the largest number, and a shape that fits',
      { dtype: 'U8', shape: [2 ** 53 - 1], data_offsets: [0, 2 ** 53 - 1] },
      /E0902.*cut/,
    ],
    ['a shape and offsets of 256 MiB', f32([2 ** 26], 0, 2 ** 28), /E0902.*cut/],
    ['a tensor far behind the end', f32([1], 2 ** 52, 2 ** 52 + 4), /E0904.*belong to none/],
  ])('%s: nothing of what is claimed is allocated', (_, entry, message) => {
    const place = writeRaw('claim.safetensors', { a: entry }, new Uint8Array(4))
    const before = process.memoryUsage().arrayBuffers
    expect(messageOf(() => readSafetensors(place))).toMatch(message)
    expect(messageOf(() => openWeights(place))).toMatch(message)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 << 20)
  })

  it('a header that claims to be 99 MB long is not allocated either', () => {
    const start = Buffer.alloc(8)
    start.writeBigUInt64LE(99_000_000n)
    writeFileSync(file('claim.safetensors'), Buffer.concat([start, Buffer.from('{"a": {')]))
    const before = process.memoryUsage().arrayBuffers
    expect(messageOf(() => readSafetensors(file('claim.safetensors')))).toMatch(/E0902.*header/)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 << 20)
  })

  it('no cut or flipped byte gives anything but a diagnostic', () => {
    writeSafetensors(
      file('whole.safetensors'),
      new Map([['weight', { shape: [4], data: new Float32Array(4) }]]),
    )
    const whole = readFileSync(file('whole.safetensors'))
    for (let length = 0; length < whole.length; length++) {
      writeFileSync(file('cut.safetensors'), whole.subarray(0, length))
      expect(messageOf(() => readSafetensors(file('cut.safetensors')))).toMatch(/^E090[234]/)
    }
    for (let at = 0; at < whole.length - 16; at++) {
      const flipped = Buffer.from(whole)
      flipped[at] = (flipped[at] ?? 0) ^ 0x15
      writeFileSync(file('flipped.safetensors'), flipped)
      try {
        readSafetensors(file('flipped.safetensors'))
      } catch (error) {
        expect(error).toBeInstanceOf(DiagnosticError)
      }
    }
  })
})

describe('a folder of a model', () => {
  const one = (name: string, value: number): [string, { shape: number[]; data: Float32Array }] => [
    name,
    { shape: [1], data: Float32Array.of(value) },
  ]

  it('is read through its index', () => {
    writeSafetensors(file('sharded/m-1.safetensors'), new Map([one('a', 1), one('b', 2)]))
    writeSafetensors(file('sharded/m-2.safetensors'), new Map([one('c', 3)]))
    const index = { weight_map: { a: 'm-1.safetensors', b: 'm-1.safetensors', c: 'm-2.safetensors' } }
    writeFileSync(file('sharded/model.safetensors.index.json'), JSON.stringify(index))
    const source = openWeights(file('sharded'))
    expect([...source.tensors.keys()].map((name) => source.read(name).data[0])).toEqual([1, 2, 3])
    expect(() => source.read('d_')).toThrow(new RangeError(`${source.path} has no tensor d_`))
  })

  it('says which shard is missing, and refuses one elsewhere', () => {
    writeFileSync(file('sharded/x.index.json'), JSON.stringify({ weight_map: { a: 'm-3.safetensors' } }))
    expect(messageOf(() => openWeights(file('sharded/x.index.json')))).toMatchInlineSnapshot(
      '"E0906: the index `./sharded/x.index.json` cannot be used: `m-3.safetensors` not beside it"',
    )
    writeFileSync(file('sharded/y.index.json'), JSON.stringify({ weight_map: { a: '../a.safetensors' } }))
    expect(messageOf(() => openWeights(file('sharded/y.index.json')))).toContain('which is no file name')
  })

  it('has one file, or says what it has', () => {
    writeSafetensors(file('plain/model.safetensors'), new Map([one('a', 5)]))
    expect(openWeights(file('plain')).read('a').data[0]).toBe(5)
    expect(messageOf(() => openWeights(file('absent')))).toMatchInlineSnapshot(
      '"E0901: no weights at `./absent`: it is not there"',
    )
    const span = { file: 's.distill', start: 3, end: 9 }
    expect(() => openWeights(file('absent'), { span })).toThrow(
      expect.objectContaining({ diagnostics: [expect.objectContaining({ code: 'E0901', span })] }),
    )
    writeSafetensors(file('bin/weights.bin'), new Map())
    expect(messageOf(() => openWeights(file('bin')))).toContain('the folder has no model.safetensors')
  })
})
