/**
 * Stores records in memory, in a file of the run folder so that a resumed run need not recompute them, or in
 * both. They come in batches, in a fixed order. A file whose making was interrupted has complete batches, and
 * is continued.
 */

import {
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { DiagnosticError } from '../../diagnostics/diagnostic.ts'
import { cannotWrite } from '../../diagnostics/messages/weights.ts'
import { makeFolder } from '../../weights/make-folder.ts'
import { isSystemError, reasonOf } from '../../weights/system-error.ts'
import type { Numbers } from './array-room.ts'

export interface StorePlan {
  /** Numbers in each record, by batch. */
  readonly batches: readonly (readonly number[])[]
  /** float32 or float64. */
  readonly bytesEach: 4 | 8
  /** Whether records that were read or written stay in memory. */
  readonly memory: boolean
  /** `key`: a hash of everything that the records depend on. A file with another key is overwritten. */
  readonly file?: { readonly path: string; readonly key: string }
}

export class RecordStore {
  private readonly plan: StorePlan
  /** The start of each record in its batch, followed by the end of the last one. */
  private readonly starts: readonly (readonly number[])[]
  /** The start of each batch in the file, in numbers, followed by the end of the last one. */
  private readonly places: readonly number[]
  private readonly parts = new Map<number, Numbers>()
  private readonly header: Uint8Array
  private readonly descriptor: number | undefined
  private batches = 0
  /** The numbers of the record that was last read from the file. */
  private last: Numbers = new Float32Array(0)

  /** Opens the file, if there is one. Throws E0907 if that fails. */
  constructor(plan: StorePlan) {
    this.plan = plan
    this.starts = plan.batches.map(sums)
    this.places = sums(this.starts.map((own) => own.at(-1) ?? 0))
    this.header = Buffer.from(`distill frozen values 1 ${plan.bytesEach} ${plan.file?.key ?? ''}\n`)
    this.descriptor = plan.file && this.systemCall(() => this.open(plan.file?.path ?? ''))
  }

  /** Number of complete batches. */
  get done(): number {
    return this.batches
  }

  get complete(): boolean {
    return this.batches === this.plan.batches.length
  }

  get bytes(): number {
    return (this.places.at(-1) ?? 0) * this.plan.bytesEach
  }

  /** Whether records stay in memory, and are not only written to the file. */
  get holds(): boolean {
    return this.plan.memory
  }

  /** Appends the records of the next batch, in sequence. */
  append(records: Numbers): void {
    const batch = this.batches
    if (records.length !== this.starts[batch]?.at(-1))
      throw new Error(`records of batch ${batch}: ${records.length} numbers`)
    const { descriptor } = this
    if (this.plan.memory) this.parts.set(batch, records)
    if (descriptor !== undefined) {
      this.systemCall(() => {
        writeWhole(descriptor, bytesOf(records), this.byteAt(batch))
        if (batch + 1 === this.plan.batches.length) fsyncSync(descriptor)
      })
    }
    this.batches++
  }

  /** One record. It is valid until the next call, which may overwrite it. */
  record(batch: number, index: number): Numbers {
    const [start = 0, end = 0] = this.starts[batch]?.slice(index, index + 2) ?? []
    if (!this.plan.memory) {
      if (this.last.length < end - start) this.last = this.numbers(end - start)
      return this.read(batch, start, this.last.subarray(0, end - start))
    }
    let part = this.parts.get(batch)
    if (part === undefined) {
      part = this.read(batch, 0, this.numbers(this.starts[batch]?.at(-1) ?? 0))
      this.parts.set(batch, part)
    }
    return part.subarray(start, end)
  }

  close(): void {
    if (this.descriptor !== undefined) closeSync(this.descriptor)
    this.parts.clear()
  }

  /** Closes the store and deletes its file. */
  discard(): void {
    this.close()
    if (this.plan.file) rmSync(this.plan.file.path, { force: true })
  }

  /**
   * Opens the file. If its key is the same, it is cut to complete batches; otherwise it becomes empty but for
   * its header.
   */
  private open(path: string): number {
    makeFolder(dirname(path))
    const descriptor = openSync(path, 'a+')
    closeSync(descriptor)
    const file = openSync(path, 'r+')
    const found = Buffer.alloc(this.header.length)
    readSync(file, found, 0, found.length, 0)
    if (found.equals(this.header)) {
      const { size } = fstatSync(file)
      while (this.batches < this.plan.batches.length && this.byteAt(this.batches + 1) <= size) this.batches++
    } else {
      writeWhole(file, this.header, 0)
    }
    ftruncateSync(file, this.byteAt(this.batches))
    return file
  }

  private numbers(count: number): Numbers {
    return this.plan.bytesEach === 8 ? new Float64Array(count) : new Float32Array(count)
  }

  /** Reads `numbers` from a batch, from `start` on. */
  private read(batch: number, start: number, numbers: Numbers): Numbers {
    const { bytesEach } = this.plan
    const bytes = bytesOf(numbers)
    const place = this.byteAt(batch) + start * bytesEach
    for (let at = 0; at < bytes.length; ) {
      const count = this.systemCall(() =>
        readSync(this.descriptor ?? -1, bytes, at, bytes.length - at, place + at),
      )
      if (count === 0) throw new Error(`records of batch ${batch} end early`)
      at += count
    }
    return numbers
  }

  private byteAt(batch: number): number {
    return this.header.length + (this.places[batch] ?? 0) * this.plan.bytesEach
  }

  private systemCall<T>(call: () => T): T {
    try {
      return call()
    } catch (error) {
      if (!isSystemError(error)) throw error
      throw new DiagnosticError(cannotWrite({ path: this.plan.file?.path ?? '', reason: reasonOf(error) }))
    }
  }
}

/** 0, followed by the cumulative sums. */
function sums(numbers: readonly number[]): number[] {
  let sum = 0
  return [0, ...numbers.map((n) => (sum += n))]
}

function bytesOf({ buffer, byteOffset, byteLength }: Numbers): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}

function writeWhole(descriptor: number, bytes: Uint8Array, place: number): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at, bytes.length - at, place + at)
}
