/**
 * A file of events for TensorBoard. Each record is its length (64 bits), the masked CRC-32C of the length,
 * the event, and the masked CRC-32C of the event, little-endian (tensorflow/core/lib/io/record_writer.h).
 */
import { appendFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { JsonValue } from '@bufbuild/protobuf'
import { writeAtomically } from '../disk/atomic-write.ts'
import { makeFolder } from '../disk/make-folder.ts'
import { crc32c } from './crc32c.ts'
import { type Encode, messageEncoder } from './schema.ts'
import type { Value } from './values.ts'

export class EventFile {
  readonly path: string
  private readonly encode: Encode

  /**
   * Begins the file, in place of an earlier one: TensorBoard reads every event file of a folder.
   * @throws DiagnosticError E0907 if the system refuses
   */
  constructor(path: string, begun: Date) {
    this.path = path
    this.encode = messageEncoder()
    makeFolder(dirname(path))
    writeAtomically(path, [this.record({ wall_time: begun.getTime() / 1000, file_version: 'brain.Event:2' })])
  }

  /** Adds values of one step, in one write. */
  add(values: readonly Value[], step: number, time: Date): void {
    if (values.length === 0) return
    const summary = { value: values.map((one) => this.json(one)) }
    appendFileSync(this.path, this.record({ wall_time: time.getTime() / 1000, step, summary }))
  }

  private record(event: JsonValue): Uint8Array {
    const data = this.encode('Event', event)
    const record = Buffer.alloc(16 + data.length)
    record.writeBigUInt64LE(BigInt(data.length), 0)
    record.writeUInt32LE(masked(crc32c(record.subarray(0, 8))), 8)
    record.set(data, 12)
    record.writeUInt32LE(masked(crc32c(data)), 12 + data.length)
    return record
  }

  private json({ tag, content, plugin }: Value): JsonValue {
    if (plugin === undefined) return { tag, ...content }
    const { name, data } = plugin
    const bytes = data === undefined ? new Uint8Array() : this.encode('HParamsPluginData', data)
    const metadata = { plugin_data: { plugin_name: name, content: Buffer.from(bytes).toString('base64') } }
    return { tag, ...content, metadata }
  }
}

/** A file of CRCs would have a CRC of its own that says little, so TensorFlow rotates and shifts them. */
function masked(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0
}
