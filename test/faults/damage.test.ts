import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { Resident } from '../../src/run/resident.ts'
import { loadCheckpoint, saveCheckpoint } from '../../src/train/checkpoint.ts'
import { loadLast, saveLast } from '../../src/train/last-checkpoint.ts'
import { ParameterStore } from '../../src/train/parameters.ts'
import { RunFolder } from '../../src/train/run-folder.ts'
import { readSafetensors, writeSafetensors } from '../../src/weights/safetensors.ts'
import { diagnosticMessage } from '../diagnostic-message.ts'
import { flippedBits, truncations, unnoticed, zeroedPages } from './damage.ts'

const root = mkdtempSync(join(tmpdir(), 'damage-'))
afterAll(() => rmSync(root, { recursive: true }))

const store = new ParameterStore()
store.define(
  'S.w',
  [40, 50],
  Float32Array.from({ length: 2000 }, (_, i) => Math.fround(Math.sin(i))),
)
store.define('S.b', [3], Float32Array.of(0, -0, 1))
const moments = new Resident([3], Float32Array.of(1, 2, 3))
const optimizer = new Map([['S.b', { updates: 5, slots: [moments] }]])
const progress = { finished: [], stage: 'learn', step: 5, seconds: 1, worse: 0, log: 0 }
const keys = ['S.w', 'S.b']

const file = join(root, 'checkpoint.safetensors')
saveCheckpoint(file, store, keys, optimizer, progress)
const whole = readFileSync(file)
const dataStart = 8 + Number(whole.readBigUInt64LE(0))
/** As a run reads it. */
const read = (disk: Parameters<Parameters<typeof unnoticed>[1]>[0]) =>
  void loadCheckpoint(file, store, { disk })

describe('damage to a checkpoint is an error', () => {
  it('each bit of the header', () => {
    expect(unnoticed(flippedBits(whole, range(8 * dataStart)), read)).toEqual([])
  })
  it('bits of the tensors', () => {
    const places = range(whole.length - dataStart, 7).map((byte) => 8 * (dataStart + byte) + (byte % 8))
    expect(unnoticed(flippedBits(whole, places), read)).toEqual([])
  })
  it('pages of zeros, lost ends, and more bytes at the end', () => {
    expect(unnoticed(zeroedPages(whole), read)).toEqual([])
    expect(unnoticed(truncations(whole), read)).toEqual([])
    expect(unnoticed([{ name: 'longer', bytes: Buffer.concat([whole, Buffer.alloc(4)]) }], read)).toEqual([])
  })
  it('also by a reader that does not know whose file it is', () => {
    const disks = flippedBits(whole, range(8 * dataStart, 3))
    expect(unnoticed(disks, (disk) => void readSafetensors(file, { disk }))).toEqual([])
  })
  it('and missing hashes are damage, but not of weights from elsewhere', () => {
    const bare = join(root, 'bare.safetensors')
    const metadata = { distill: JSON.stringify({ ...progress, updates: {} }) }
    writeSafetensors(bare, new Map([['S.b', { shape: [3], data: new Float32Array(3) }]]), { metadata })
    expect([...readSafetensors(bare).keys()]).toEqual(['S.b'])
    expect(diagnosticMessage(() => loadCheckpoint(bare, store)).replaceAll(root, '.')).toMatchInlineSnapshot(
      `"E0914: \`./bare.safetensors\` is damaged: it has no SHA-256 of its tensors, which every file of this run has"`,
    )
  })
  it('and an independent reader of the format reads the same tensors', () => {
    const text = whole.toString('utf8', 8, dataStart)
    const { __metadata__: metadata, ...entries } = JSON.parse(text)
    expect(Object.values(metadata).every((value) => typeof value === 'string')).toBe(true)
    const { data_offsets: offsets } = entries['S.b']
    const bytes = whole.subarray(dataStart + offsets[0], dataStart + offsets[1])
    expect([0, 4, 8].map((at) => bytes.readFloatLE(at))).toEqual([0, -0, 1])
  })
})

describe('the last checkpoint', () => {
  let count = 0
  function run(generations: number): RunFolder {
    const folder = new RunFolder(join(root, `run-${count++}`))
    for (let step = 1; step <= generations; step++)
      saveLast(folder, store, keys, optimizer, { ...progress, step })
    return folder
  }
  const damageAt = (path: string): void => {
    const bytes = readFileSync(path)
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1)
    writeFileSync(path, bytes)
  }

  it('is the newest of two', () => {
    const folder = run(3)
    expect(folder.checkpoints).toEqual(['last', 'previous'])
    expect(loadLast(folder, store)).toMatchObject({ progress: { step: 3 } })
    expect(loadCheckpoint(folder.previous, store).progress.step).toBe(2)
    expect(readdirSync(join(folder.path, 'checkpoints'))).toHaveLength(2)
  })
  it('is the one before where it is damaged, which then is not kept as the one before', () => {
    const folder = run(3)
    damageAt(folder.last)
    const loaded = loadLast(folder, store)
    expect(loaded?.progress.step).toBe(2)
    expect(loaded?.note?.replaceAll(root, '.')).toMatchInlineSnapshot(
      `"\`./run-1/checkpoints/last.safetensors\` is damaged: the SHA-256 of tensor \`slot 0 S.b\` is not the one that was written; the run continues from the checkpoint before it (stage learn, step 2)"`,
    )
    saveLast(folder, store, keys, optimizer, { ...progress, step: 4 })
    expect(loadCheckpoint(folder.previous, store).progress.step).toBe(2)
  })
  it('is the one before where it was deleted', () => {
    const folder = run(3)
    rmSync(folder.last)
    expect(loadLast(folder, store)?.progress.step).toBe(2)
    expect(existsSync(folder.last)).toBe(true)
  })
  it('is none where none was written, and missed where all are gone or damaged', () => {
    expect(loadLast(run(0), store)).toBeUndefined()
    const folder = run(2)
    damageAt(folder.last)
    damageAt(folder.previous)
    expect(diagnosticMessage(() => loadLast(folder, store)).replaceAll(root, '.')).toMatchInlineSnapshot(
      `"E1016: ./run-4 cannot be continued: no checkpoint is left"`,
    )
  })
})

function range(end: number, step = 1): number[] {
  return Array.from({ length: Math.ceil(end / step) }, (_, i) => i * step)
}
