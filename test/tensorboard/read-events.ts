/** Event files as an independent reader sees them: CRCs by Python's crc32c, messages by protoc. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { python } from '../tools.ts'

const protos = join(import.meta.dirname, '../fixtures/tensorboard')

/** Checks lengths and CRCs of each record, and joins the events to one message `Events`. */
const script = `
import struct, sys, crc32c
def check(data, masked):
    crc = crc32c.crc32c(data)
    assert masked == ((((crc >> 15) | (crc << 17)) + 0xa282ead8) & 0xffffffff), 'a wrong CRC'
data = open(sys.argv[1], 'rb').read()
at = 0
while at < len(data):
    (length,) = struct.unpack_from('<Q', data, at)
    check(data[at:at + 8], struct.unpack_from('<I', data, at + 8)[0])
    event = data[at + 12:at + 12 + length]
    assert len(event) == length, 'a file that is cut off'
    check(event, struct.unpack_from('<I', data, at + 12 + length)[0])
    at += 16 + length
    size = b''
    while length > 127:
        size += bytes([length & 127 | 128]); length >>= 7
    sys.stdout.buffer.write(b'\\x0a' + size + bytes([length]) + event)
`

/** Protobuf's text format. */
export function readEvents(file: string): string {
  const events = execFileSync(python, ['-c', script, file], { maxBuffer: 2 ** 28 })
  const words = ['--decode=tensorboard.Events', `--proto_path=${protos}`, 'events.proto']
  const text = execFileSync('protoc', words, { input: events, encoding: 'utf8', maxBuffer: 2 ** 28 })
  // What the .proto files do not have is printed by its number.
  const unknown = /^\s*\d+[: {].*/m.exec(text)
  if (unknown) throw new Error(`a field without a name: ${unknown[0]}`)
  return text
}
