/**
 * Damage to a checkpoint: `tsx bench/faults/damage.ts [CHECKPOINT]`. Each bit of its header and 20,000 other
 * bits flipped, each page of 4 KiB zeroed, and cut off at each length (of a large file at each 61st). Every
 * one must be an error about the file. Also prints what the hashes cost.
 */
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { saveCheckpoint } from '../../src/train/checkpoint.ts'
import { ParameterStore } from '../../src/train/parameters.ts'
import { readSafetensors } from '../../src/weights/safetensors.ts'
import { type Damage, flippedBits, truncations, unnoticed, zeroedPages } from '../../test/faults/damage.ts'

const folder = mkdtempSync(join(tmpdir(), 'damage-'))
const [, , file = made()] = process.argv
const whole = readFileSync(file)
const dataStart = 8 + Number(whole.readBigUInt64LE(0))
rmSync(folder, { recursive: true })

let missed = 0
function round(name: string, damages: Iterable<Damage>): void {
  let count = 0
  const counted = function* (): Iterable<Damage> {
    for (const damage of damages) {
      count++
      yield damage
    }
  }
  const found = unnoticed(counted(), (disk) => void readSafetensors(file, { disk }))
  missed += found.length
  console.log(`${name}: ${count - found.length} of ${count} found`, ...found.slice(0, 5))
}

const places = Array.from(
  { length: 20_000 },
  () => 8 * dataStart + Math.floor(8 * (whole.length - dataStart) * Math.random()),
)
round(
  'bits of the header',
  flippedBits(
    whole,
    Array.from({ length: 8 * dataStart }, (_, place) => place),
  ),
)
round('other bits', flippedBits(whole, places))
round('pages of zeros', zeroedPages(whole))
round('lengths', truncations(whole, whole.length > 100_000 ? 61 : 1))

const large = new Uint8Array(2 ** 28)
const before = process.cpuUsage()
createHash('sha256').update(large).digest()
const { user, system } = process.cpuUsage(before)
console.log(`SHA-256: ${((large.length / (user + system)) * 1e-3).toFixed(2)} GB/s of processor time`)
process.exit(missed === 0 ? 0 : 1)

/** A checkpoint of a small model with moments. */
function made(): string {
  const store = new ParameterStore()
  const keys = Array.from({ length: 12 }, (_, k) => `S.layer[${k}].weight`)
  for (const key of keys)
    store.define(
      key,
      [20, 20],
      Float32Array.from({ length: 400 }, () => Math.random() - 0.5),
    )
  const path = join(folder, 'made.safetensors')
  const progress = { finished: [], stage: 'learn', step: 5, seconds: 1, worse: 0, log: 0 }
  saveCheckpoint(path, store, keys, new Map(), progress)
  return path
}
