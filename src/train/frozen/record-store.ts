/**
 * Stores records in memory, in a file of the run folder so that a resumed run need not recompute them, or in
 * both. They come in batches, in a fixed order. In the file, the hashes of a batch's records precede them. A
 * file whose making was interrupted, or that is damaged, is continued behind its last whole batch.
 */
import { createHash } from 'node:crypto'
import { dirname } from 'node:path'
import { DiagnosticError } from '../../diagnostics/diagnostic.ts'
import { damagedWeights } from '../../diagnostics/messages/weights.ts'
import { writeAll } from '../../disk/atomic-write.ts'
import type { Disk, OpenFile } from '../../disk/disk.ts'
import { makeFolder } from '../../disk/make-folder.ts'
import { reading, writing } from '../../disk/whole-files.ts'
import type { Numbers } from './array-room.ts'

export interface StorePlan {
  /** Numbers in each record, by batch. */
  readonly batches: readonly (readonly number[])[]
  /** float32 or float64. */
  readonly bytesEach: 4 | 8
  /** Whether records that were read or written stay in memory. */
  readonly memory: boolean
  /** `key`: a hash of everything that the records depend on. A file with another key is overwritten. */
  readonly file?: { readonly path: string; readonly key: string; readonly disk: Disk }
}

/** Bytes of the hash of a record: of its SHA-256 the first half. */
const hashBytes = 16

export class RecordStore {
  private readonly plan: StorePlan
  /** The start of each record in its batch, followed by the end of the last one. */
  private readonly starts: readonly (readonly number[])[]
  /** The start of each batch in the file, in bytes behind the header, followed by the end of the last one. */
  private readonly places: readonly number[]
  private readonly parts = new Map<number, Numbers>()
  private readonly header: Uint8Array
  private readonly opened: OpenFile | undefined
  private batches = 0
  /** The numbers of the record that was last read from the file. */
  private last: Numbers = new Float32Array(0)

  /** Opens the file, if there is one. Throws E0907 or E0915 if that fails. */
  constructor(plan: StorePlan) {
    this.plan = plan
    this.starts = plan.batches.map(sums)
    this.places = sums(
      this.starts.map((own, batch) => this.hashedBytes(batch) + (own.at(-1) ?? 0) * plan.bytesEach),
    )
    this.header = Buffer.from(`distill frozen values 2 ${plan.bytesEach} ${plan.file?.key ?? ''}\n`)
    this.opened = plan.file && this.open(plan.file.path, plan.file.disk)
  }

  /** Number of complete batches. */
  get done(): number {
    return this.batches
  }

  get complete(): boolean {
    return this.batches === this.plan.batches.length
  }

  get bytes(): number {
    return this.places.at(-1) ?? 0
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
    const { opened } = this
    if (this.plan.memory) this.parts.set(batch, records)
    if (opened !== undefined)
      writing(this.path, () => {
        const end = writeAll(opened, this.hashesOf(batch, records), this.byteAt(batch))
        writeAll(opened, bytesOf(records), end)
        if (batch + 1 === this.plan.batches.length) opened.sync()
      })
    this.batches++
  }

  /**
   * One record. It is valid until the next call, which may overwrite it. Throws E0914 if the file is damaged.
   */
  record(batch: number, index: number): Numbers {
    const [start = 0, end = 0] = this.starts[batch]?.slice(index, index + 2) ?? []
    if (!this.plan.memory) {
      if (this.last.length < end - start) this.last = this.numbers(end - start)
      return this.recordInFile(batch, index, this.last.subarray(0, end - start))
    }
    const part = this.batch(batch)
    this.parts.set(batch, part)
    return part.subarray(start, end)
  }

  /** The records of a batch. Throws E0914 if the file is damaged. */
  batch(batch: number): Numbers {
    const part = this.parts.get(batch) ?? this.batchInFile(batch)
    if (part === undefined) throw this.damaged(batch)
    return part
  }

  close(): void {
    this.opened?.close()
    this.parts.clear()
  }

  /** Closes the store and deletes its file. */
  discard(): void {
    this.close()
    const { file } = this.plan
    if (file) writing(file.path, () => file.disk.remove(file.path))
  }

  /**
   * Opens the file. If its key is the same, it is cut to the batches before the first one that is not whole;
   * otherwise it becomes empty but for its header.
   */
  private open(path: string, disk: Disk): OpenFile {
    makeFolder(dirname(path), disk)
    const file = writing(path, () => disk.open(path, 'change'))
    const found = Buffer.alloc(this.header.length)
    reading(path, () => readAll(file, found, 0))
    if (!found.equals(this.header)) writing(path, () => writeAll(file, this.header, 0))
    else
      while (!this.complete) {
        const part = this.batchInFile(this.batches, file)
        if (part === undefined) break
        if (this.plan.memory) this.parts.set(this.batches, part)
        this.batches++
      }
    writing(path, () => file.truncate(this.byteAt(this.batches)))
    return file
  }

  private get path(): string {
    return this.plan.file?.path ?? ''
  }

  private numbers(count: number): Numbers {
    return this.plan.bytesEach === 8 ? new Float64Array(count) : new Float32Array(count)
  }

  /** The hashes of a batch's records, one behind the other. */
  private hashesOf(batch: number, records: Numbers): Buffer {
    const starts = this.starts[batch] ?? []
    return Buffer.concat(starts.slice(1).map((end, index) => hashOf(records.subarray(starts[index], end))))
  }

  /** The records of a batch, or undefined if they are not what was written. */
  private batchInFile(batch: number, file = this.opened): Numbers | undefined {
    const records = this.numbers(this.starts[batch]?.at(-1) ?? 0)
    const hashes = Buffer.alloc(this.hashedBytes(batch))
    const at = this.byteAt(batch)
    return reading(this.path, () => {
      const isThere = readAll(file, hashes, at) && readAll(file, bytesOf(records), at + hashes.length)
      return isThere && hashes.equals(this.hashesOf(batch, records)) ? records : undefined
    })
  }

  private recordInFile(batch: number, index: number, record: Numbers): Numbers {
    const hash = Buffer.alloc(hashBytes)
    const at = this.byteAt(batch)
    const place = at + this.hashedBytes(batch) + (this.starts[batch]?.[index] ?? 0) * this.plan.bytesEach
    return reading(this.path, () => {
      const isThere =
        readAll(this.opened, hash, at + index * hashBytes) && readAll(this.opened, bytesOf(record), place)
      if (!isThere || !hash.equals(hashOf(record))) throw this.damaged(batch)
      return record
    })
  }

  private damaged(batch: number): DiagnosticError {
    const problem = `the SHA-256 of values of batch ${batch + 1} is not the one that was written`
    const help = 'continue the run with --resume: it recomputes the damaged values'
    return new DiagnosticError(damagedWeights({ path: this.path, problem, help }))
  }

  private hashedBytes(batch: number): number {
    return hashBytes * (this.plan.batches[batch]?.length ?? 0)
  }

  private byteAt(batch: number): number {
    return this.header.length + (this.places[batch] ?? 0)
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

function hashOf(record: Numbers): Buffer {
  return createHash('sha256').update(bytesOf(record)).digest().subarray(0, hashBytes)
}

/** Fills `bytes` from a place in a file. False if it ends before. */
function readAll(file: OpenFile | undefined, bytes: Uint8Array, place: number): boolean {
  for (let at = 0; at < bytes.length; ) {
    const count = file?.read(bytes.subarray(at), place + at) ?? 0
    if (count === 0) return false
    at += count
  }
  return true
}
