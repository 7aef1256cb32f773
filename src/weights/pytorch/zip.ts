/**
 * The entries of a zip archive, as `torch.save` writes it: stored, not compressed. Only the directory is
 * read, and an entry is a range of the file, so nothing can unpack to more than the file has. Format:
 * APPNOTE.TXT of PKWARE, sections 4.3 and 4.5.3 (sizes over 4 GiB).
 */
import type { OpenFile } from '../../disk/disk.ts'
import { readBytes } from '../safetensors-header.ts'
import { damaged, type Place } from './refused.ts'

/** The place of an entry's bytes in the file. */
export interface ByteRange {
  readonly start: number
  readonly length: number
}

const endSignature = 0x06054b50
const end64Signature = 0x06064b50
const locatorSignature = 0x07064b50
const entrySignature = 0x02014b50
const localSignature = 0x04034b50
/** The end record is 22 bytes and a comment of at most 64 KiB. */
const longestEnd = 22 + 65_535
const longestDirectory = 64 << 20

/** @throws DiagnosticError E0908 where the archive is cut off, compressed, or contradicts itself */
export function readZip(opened: OpenFile, size: number, place: Place): ReadonlyMap<string, ByteRange> {
  const directory = findDirectory(opened, size, place)
  const bytes = Buffer.from(readBytes(opened, directory.start, directory.length, place.file).buffer)
  const entries = new Map<string, ByteRange>()
  let at = 0
  for (let k = 0; k < directory.count; k++) {
    if (at + 46 > bytes.length || bytes.readUInt32LE(at) !== entrySignature)
      throw damaged(place, 'its directory is cut off')
    const nameLength = bytes.readUInt16LE(at + 28)
    const extraLength = bytes.readUInt16LE(at + 30)
    const next = at + 46 + nameLength + extraLength + bytes.readUInt16LE(at + 32)
    if (next > bytes.length) throw damaged(place, 'its directory is cut off')
    const name = bytes.toString('utf8', at + 46, at + 46 + nameLength)
    if (entries.has(name)) throw damaged(place, `it has two entries \`${name}\``)
    if (bytes.readUInt16LE(at + 10) !== 0 || (bytes.readUInt16LE(at + 8) & 1) !== 0)
      throw damaged(place, `its entry \`${name}\` is compressed or encrypted, which torch.save never does`)
    const extra = bytes.subarray(at + 46 + nameLength, at + 46 + nameLength + extraLength)
    const fields = [bytes.readUInt32LE(at + 24), bytes.readUInt32LE(at + 20), bytes.readUInt32LE(at + 42)]
    const [length = 0, stored = 0, header = 0] = widen(fields, extra)
    if (length !== stored) throw damaged(place, `its entry \`${name}\` has two lengths`)
    entries.set(name, locate(opened, size, { name, header, length }, place))
    at = next
  }
  refuseOverlaps(entries, place)
  return entries
}

/** Fields of 0xffffffff are in the extra field 1, in their order, as 64 bits. */
function widen(fields: readonly number[], extra: Buffer): number[] {
  let wide: Buffer = Buffer.alloc(0)
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) === 1) wide = extra.subarray(at + 4, at + 4 + extra.readUInt16LE(at + 2))
  }
  let at = 0
  return fields.map((value) => {
    if (value !== 0xffffffff || at + 8 > wide.length) return value
    at += 8
    return Number(wide.readBigUInt64LE(at - 8))
  })
}

function locate(
  opened: OpenFile,
  size: number,
  { name, header, length }: { name: string; header: number; length: number },
  place: Place,
): ByteRange {
  const outside = damaged(place, `its entry \`${name}\` reaches beyond the end of the file`)
  if (header + 30 > size) throw outside
  const local = Buffer.from(readBytes(opened, header, 30, place.file).buffer)
  if (local.readUInt32LE(0) !== localSignature)
    throw damaged(place, `its entry \`${name}\` is not where it should be`)
  const start = header + 30 + local.readUInt16LE(26) + local.readUInt16LE(28)
  if (start + length > size) throw outside
  return { start, length }
}

function refuseOverlaps(entries: ReadonlyMap<string, ByteRange>, place: Place): void {
  let reached = 0
  let before = ''
  for (const [name, { start, length }] of [...entries].sort(([, a], [, b]) => a.start - b.start)) {
    if (start < reached) throw damaged(place, `its entries \`${before}\` and \`${name}\` overlap`)
    reached = start + length
    before = name
  }
}

function findDirectory(opened: OpenFile, size: number, place: Place): ByteRange & { readonly count: number } {
  const length = Math.min(size, longestEnd)
  const tail = Buffer.from(readBytes(opened, size - length, length, place.file).buffer)
  let at = length - 22
  while (at >= 0 && tail.readUInt32LE(at) !== endSignature) at--
  if (at < 0) throw damaged(place, 'it is cut off: the zip directory at its end is missing')
  let found = {
    count: tail.readUInt16LE(at + 10),
    length: tail.readUInt32LE(at + 12),
    start: tail.readUInt32LE(at + 16),
  }
  if (at >= 20 && tail.readUInt32LE(at - 20) === locatorSignature)
    found = readEnd64(opened, size, Number(tail.readBigUInt64LE(at - 12)), place)
  if (found.start + found.length > size || found.count * 46 > found.length || found.length > longestDirectory)
    throw damaged(place, 'its zip directory lies outside the file')
  return found
}

function readEnd64(
  opened: OpenFile,
  size: number,
  start: number,
  place: Place,
): ByteRange & { readonly count: number } {
  if (start + 56 > size) throw damaged(place, 'its zip directory lies outside the file')
  const record = Buffer.from(readBytes(opened, start, 56, place.file).buffer)
  if (record.readUInt32LE(0) !== end64Signature) throw damaged(place, 'its zip directory is damaged')
  return {
    count: Number(record.readBigUInt64LE(32)),
    length: Number(record.readBigUInt64LE(40)),
    start: Number(record.readBigUInt64LE(48)),
  }
}
