/** Damage to a file of weights, each kind at every place or at many, and what reading it gives. */
import { DiagnosticError } from '../../src/diagnostics/diagnostic.ts'
import type { Disk, OpenFile } from '../../src/disk/disk.ts'
import { nodeDisk } from '../../src/disk/node-disk.ts'

/** A disk on which every file has these bytes. */
export function diskOf(bytes: Uint8Array): Disk {
  const opened: OpenFile = {
    size: () => bytes.length,
    read: (into, at) => {
      const found = bytes.subarray(at, at + into.length)
      into.set(found)
      return found.length
    },
    write: () => 0,
    truncate: () => {},
    sync: () => {},
    close: () => {},
  }
  return { ...nodeDisk, open: () => opened }
}

export interface Damage {
  readonly name: string
  readonly bytes: Uint8Array
}

/** One flipped bit for each place, in bits from the begin of the file. */
export function* flippedBits(whole: Uint8Array, places: Iterable<number>): Iterable<Damage> {
  const bytes = Uint8Array.from(whole)
  for (const place of places) {
    const at = Math.floor(place / 8)
    const before = bytes[at] ?? 0
    bytes[at] = before ^ (1 << (place % 8))
    yield { name: `bit ${place % 8} of byte ${at} flipped`, bytes }
    bytes[at] = before
  }
}

/** Each page of 4 KiB with zeros in place of its bytes, unless it had only zeros. */
export function* zeroedPages(whole: Uint8Array): Iterable<Damage> {
  for (let at = 0; at < whole.length; at += 4096) {
    if (whole.subarray(at, at + 4096).every((byte) => byte === 0)) continue
    const bytes = Uint8Array.from(whole)
    bytes.fill(0, at, at + 4096)
    yield { name: `the 4 KiB at ${at} zero`, bytes }
  }
}

/** The file cut off at each length, by steps. */
export function* truncations(whole: Uint8Array, step = 1): Iterable<Damage> {
  for (let length = 0; length < whole.length; length += step)
    yield { name: `cut to ${length} bytes`, bytes: whole.subarray(0, length) }
}

/** The names of damages that `read` does not refuse with an error about the file. */
export function unnoticed(damages: Iterable<Damage>, read: (disk: Disk) => void): string[] {
  const missed: string[] = []
  for (const { name, bytes } of damages) {
    try {
      read(diskOf(bytes))
      missed.push(name)
    } catch (error) {
      const isTold =
        error instanceof DiagnosticError &&
        error.diagnostics.every(({ code }) => /^E09(0[234]|14)$/.test(code))
      if (!isTold) missed.push(`${name}: ${error}`)
    }
  }
  return missed
}
