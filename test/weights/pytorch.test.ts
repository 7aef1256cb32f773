import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { DiagnosticError } from '../../src/diagnostics/diagnostic.ts'
import { openWeights } from '../../src/weights/weight-source.ts'
import { diagnosticMessage } from '../diagnostic-message.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'distill-pytorch-'))
afterAll(() => rmSync(folder, { recursive: true }))
const fixture = (name: string): string => path.join(import.meta.dirname, '../fixtures/pytorch', `${name}.bin`)

function write(name: string, bytes: Uint8Array): string {
  const file = path.join(folder, name)
  writeFileSync(file, bytes)
  return file
}

function readAll(place: string): Record<string, { shape: readonly number[]; data: number[] }> {
  const source = openWeights(place)
  const names = [...source.tensors.keys()]
  return Object.fromEntries(
    names.map((name) => {
      const { shape, data } = source.read(name)
      return [name, { shape, data: Array.from(data) }]
    }),
  )
}

const messageOf = (action: () => unknown): string => diagnosticMessage(action).replaceAll(folder, '.')

const count = Array.from({ length: 24 }, (_, k) => k)
const expected = {
  matrix: { shape: [4, 6], data: count },
  transposed: { shape: [6, 4], data: count.map((k) => (k % 4) * 6 + Math.floor(k / 4)) },
  slice: { shape: [6], data: [6, 7, 8, 9, 10, 11] },
  columns: { shape: [4, 2], data: [1, 2, 7, 8, 13, 14, 19, 20] },
  half: { shape: [2], data: [1.5, -2] },
  brain: { shape: [2], data: [1.5, -2] },
  double: { shape: [1], data: [0.5] },
  position_ids: { shape: [1, 5], data: [0, 1, 2, 3, 4] },
  scalar: { shape: [], data: [3] },
  empty: { shape: [0, 4], data: [] },
  parameter: { shape: [2], data: [1, 1] },
  flags: { shape: [2], data: [1, 0] },
}

describe('files that PyTorch wrote', () => {
  it.each(['archive', 'before-1.6', 'protocol-4'])('%s: names, shapes and values', (name) => {
    expect(readAll(fixture(name))).toEqual(expected)
  })
  it('a state_dict with its _metadata', () => {
    expect(readAll(fixture('module'))).toEqual({
      weight: { shape: [2, 2], data: [1, 2, 3, 4] },
      bias: { shape: [2], data: [5, 6] },
    })
  })
  it('a folder with a pytorch_model.bin, or with its shards', () => {
    const one = mkdtempSync(path.join(folder, 'one-'))
    writeFileSync(path.join(one, 'pytorch_model.bin'), readFileSync(fixture('module')))
    expect(Object.keys(readAll(one))).toEqual(['weight', 'bias'])
    const sharded = mkdtempSync(path.join(folder, 'sharded-'))
    writeFileSync(path.join(sharded, 'a.bin'), readFileSync(fixture('module')))
    writeFileSync(path.join(sharded, 'b.bin'), readFileSync(fixture('before-1.6')))
    const weight_map = { weight: 'a.bin', bias: 'a.bin', matrix: 'b.bin' }
    writeFileSync(path.join(sharded, 'pytorch_model.bin.index.json'), JSON.stringify({ weight_map }))
    expect(readAll(sharded).matrix).toEqual(expected.matrix)
    expect(() => openWeights(sharded).read('wieght')).toThrow(RangeError)
  })
})

/** A zip archive of stored entries. */
function zip(entries: Record<string, Uint8Array>, change: { method?: number; length?: number } = {}): Buffer {
  const locals: Buffer[] = []
  const directory: Buffer[] = []
  let at = 0
  for (const [name, bytes] of Object.entries(entries)) {
    const text = Buffer.from(name)
    const local = Buffer.alloc(30)
    local.writeUInt32LE(0x04034b50)
    local.writeUInt16LE(text.length, 26)
    const entry = Buffer.alloc(46)
    entry.writeUInt32LE(0x02014b50)
    entry.writeUInt16LE(change.method ?? 0, 10)
    entry.writeUInt32LE(change.length ?? bytes.length, 20)
    entry.writeUInt32LE(change.length ?? bytes.length, 24)
    entry.writeUInt16LE(text.length, 28)
    entry.writeUInt32LE(at, 42)
    locals.push(local, text, Buffer.from(bytes))
    directory.push(entry, text)
    at += 30 + text.length + bytes.length
  }
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50)
  end.writeUInt16LE(directory.length / 2, 10)
  end.writeUInt32LE(
    directory.reduce((sum, { length }) => sum + length, 0),
    12,
  )
  end.writeUInt32LE(at, 16)
  return Buffer.concat([...locals, ...directory, end])
}
const archive = (pickle: string, storage = 4): Buffer =>
  zip({ 'm/data.pkl': Buffer.from(pickle, 'latin1'), 'm/data/0': new Uint8Array(storage) })

const text = (value: string): string => `\x8c${String.fromCharCode(value.length)}${value}`
const int = (value: number): string => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32LE(value)
  return `J${bytes.toString('latin1')}`
}
const sizes = (values: readonly number[]): string => `(${values.map(int).join('')}t`
/** `{name: tensor}` as torch.save says it. */
function tensor(shape: number[], strides: number[], { elements = 1, offset = 0, name = 'w' } = {}): string {
  const id = `(${text('storage')}ctorch\nFloatStorage\n${text('0')}${text('cpu')}${int(elements)}tQ`
  return `${text(name)}ctorch._utils\n_rebuild_tensor_v2\n(${id}${int(offset)}${sizes(shape)}${sizes(strides)}\x89}tR`
}
const dictionary = (...items: string[]): string => `\x80\x02}(${items.join('')}u.`

describe('malicious and broken files', () => {
  it('reads what the cases below are variations of', () => {
    expect(readAll(write('fine.bin', archive(dictionary(tensor([1], [1])))))).toEqual({
      w: { shape: [1], data: [0] },
    })
  })
  it.each([
    ['os.system', `\x80\x02cos\nsystem\n(${text('touch pwned')}tR.`, /E0909.*`os\.system`/],
    ['eval', `\x80\x02cbuiltins\neval\n(${text('1')}tR.`, /E0909.*`builtins\.eval`/],
    ['a stack global', `\x80\x04${text('posix')}${text('system')}\x93)R.`, /E0909.*`posix\.system`/],
    ['an attribute of an allowed module', '\x80\x02ctorch\nload\n)R.', /E0909.*`torch\.load`/],
    ['an object made by NEWOBJ', '\x80\x02ccollections\nOrderedDict\n)\x81.', /E0909.*0x81/],
    ['INST', '\x80\x02(ios\nsystem\n.', /E0909.*0x69/],
    ['an extension', '\x80\x02\x82\x01.', /E0909.*0x82/],
    ['arguments of OrderedDict', '\x80\x02ccollections\nOrderedDict\n)\x85R.', /E0908.*no sense/],
    ['something else called', '\x80\x02N)R.', /E0908.*no sense/],
    ['an empty stack', '\x80\x02.', /E0908.*no sense/],
    ['no end', '\x80\x02}', /E0908.*cut off/],
    ['text longer than the file', '\x80\x02X\xff\xff\xff\x7fabc.', /E0908.*cut off/],
    ['no tensors', '\x80\x02}.', /E0908.*no tensors by name/],
    ['a name twice', dictionary(tensor([1], [1]), tensor([1], [1])), /E0908.*two entries `w`/],
    ['an absurd shape', dictionary(tensor([2e9, 2e9], [2e9, 1])), /E0908.*outside its storage of 1 value/],
    ['a shape by repetition', dictionary(tensor([2e9, 2e9], [0, 0])), /E0908.*outside its storage/],
    ['a negative size', dictionary(tensor([-1], [1])), /E0908.*no sense/],
    ['an offset outside', dictionary(tensor([1], [1], { offset: 1 })), /E0908.*outside its storage/],
    [
      'an absurd storage',
      dictionary(tensor([1], [1], { elements: 2e9 })),
      /needs 8000000000 bytes, the file has 4/,
    ],
    [
      'a thousand dimensions',
      dictionary(tensor(Array<number>(1000).fill(1), Array<number>(1000).fill(1))),
      /E0908.*no sense/,
    ],
    ['a list in itself as a name', '\x80\x02}(]q\x01h\x01aNu.', /E0908.*no tensors/],
  ])('%s', (_, pickle, message) => {
    const before = process.memoryUsage().arrayBuffers
    expect(messageOf(() => readAll(write('bad.bin', archive(pickle))))).toMatch(message)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 << 20)
  })
  it('archives that claim more than they have', () => {
    const pickle = Buffer.from(dictionary(tensor([1], [1])), 'latin1')
    const refuse = (bytes: Uint8Array): string => messageOf(() => openWeights(write('bad.bin', bytes)))
    expect(refuse(zip({ 'm/data.pkl': pickle }, { method: 8 }))).toMatch(/compressed or encrypted/)
    expect(refuse(zip({ 'm/data.pkl': pickle }, { length: 0x7fffffff }))).toMatch(
      /beyond the end of the file/,
    )
    expect(refuse(zip({ 'm/data.pkl': pickle, 'm/x': pickle }, { length: pickle.length + 60 }))).toMatch(
      /overlap/,
    )
    expect(refuse(zip({ 'm/x': pickle }))).toMatch(/no data\.pkl/)
    expect(refuse(zip({ 'm/data.pkl': pickle }))).toMatch(/has no storage in the file/)
    expect(refuse(zip({ 'm/data.pkl': pickle, 'm/byteorder': Buffer.from('big') }))).toMatch(
      /byte order is big/,
    )
    expect(refuse(archive(pickle.toString('latin1')).subarray(0, 200))).toMatch(
      /directory at its end is missing/,
    )
  })
  it('a module saved whole names its classes', () => {
    expect(messageOf(() => openWeights(fixture('whole-module')))).toMatch(
      /E0909.*torch\.nn\.modules\.linear\.Linear/,
    )
  })
})

describe('any bytes', () => {
  const survives = (bytes: Uint8Array): void => {
    try {
      readAll(write('any.bin', bytes))
    } catch (error) {
      expect(error).toBeInstanceOf(DiagnosticError)
    }
  }
  it('as a pickle give a diagnostic or tensors', () => {
    const opcodes = fc.constantFrom(
      ...'\x80(0N\x88\x89KMJ\x8aGX\x8cU)]\x85\x86\x87tea}surqh\x94cQRb.'.split(''),
    )
    const piece = fc.oneof(
      opcodes,
      fc.string({ maxLength: 3 }),
      fc.constantFrom(text('w'), 'ctorch\nFloatStorage\n'),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) =>
        survives(archive(`\x80\x02${pieces.join('')}.`)),
      ),
      { numRuns: 400 },
    )
  })
  it.each(['module', 'before-1.6'])('in %s changed anywhere give a diagnostic or tensors', (name) => {
    const whole = readFileSync(fixture(name))
    const change = fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 255 }))
    fc.assert(
      fc.property(
        fc.array(change, { minLength: 1, maxLength: 4 }),
        fc.nat(whole.length),
        (changes, length) => {
          const bytes = Buffer.from(whole)
          for (const [at, value] of changes) bytes[at] = value
          survives(bytes)
          survives(bytes.subarray(0, length))
        },
      ),
      { numRuns: 400 },
    )
  })
})
