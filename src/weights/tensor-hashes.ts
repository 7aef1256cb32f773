/**
 * Hashes in the metadata of a safetensors file, so that a changed byte is found. `sha256` has the SHA-256 of
 * the bytes of each tensor by name, as JSON; `sha256.header` that of everything before the first tensor,
 * computed with zeros in its own place. Other readers of the format ignore both.
 */
import { createHash } from 'node:crypto'
import { DiagnosticError, type Span } from '../diagnostics/diagnostic.ts'
import { damagedWeights } from '../diagnostics/messages/weights.ts'
import { parsedJson } from '../files/json.ts'

/** What is read of a header. */
interface Header {
  readonly file: string
  readonly tensors: ReadonlyMap<string, unknown>
  readonly metadata: ReadonlyMap<string, string>
}

const [ofTensors, ofHeader] = ['sha256', 'sha256.header'] as const
const noHash = '0'.repeat(64)

/** SHA-256 as 64 hexadecimal digits; without bytes, zeros in their place. */
export function hashOf(bytes?: Uint8Array): string {
  return bytes === undefined ? noHash : createHash('sha256').update(bytes).digest('hex')
}

/** The metadata of a file, with zeros in place of the hash of its header. */
export function hashMetadata(hashes: ReadonlyMap<string, string>): Record<string, string> {
  return { [ofTensors]: JSON.stringify(Object.fromEntries(hashes)), [ofHeader]: noHash }
}

/** Puts the hash of a header into it. @param header from the first byte of the file to the first tensor */
export function sealed(header: Buffer): Buffer {
  const at = placeIn(header)
  const hash = hashOf(header)
  const whole = Buffer.from(header)
  whole.write(hash, at, 'latin1')
  return whole
}

/** The place of the header's own hash in it; -1 if there is none. */
function placeIn(header: Buffer): number {
  const key = `"${ofHeader}":"`
  const at = header.indexOf(key)
  return at < 0 ? -1 : at + key.length
}

/**
 * The hashes of the tensors, after comparing that of the header. Undefined if the file has no hashes. One
 * without the other is damage, as no changed byte removes both.
 * @throws DiagnosticError E0914
 */
export function checkedHashes(
  bytes: Buffer,
  { file, metadata, tensors }: Header,
  span?: Span,
): ReadonlyMap<string, string> | undefined {
  const [text, own] = [metadata.get(ofTensors), metadata.get(ofHeader)]
  if (text === undefined && own === undefined) return undefined
  const zeroed = Buffer.from(bytes)
  const at = placeIn(bytes)
  if (at >= 0) zeroed.write(noHash, at, 'latin1')
  const hashes = new Map(entriesOf(text).map(([name, hash]) => [name, String(hash)]))
  const whole = at >= 0 && own === hashOf(zeroed) && [...tensors.keys()].every((name) => hashes.has(name))
  if (!whole) throw damaged(file, 'its header', span)
  return hashes
}

/** Compares the hash of a tensor, if the file has one. @throws DiagnosticError E0914 */
export function compareHash(
  { file, hashes }: { readonly file: string; readonly hashes?: ReadonlyMap<string, string> },
  name: string,
  bytes: Uint8Array,
  span?: Span,
): void {
  if (hashes !== undefined && hashes.get(name) !== hashOf(bytes))
    throw damaged(file, `tensor \`${name}\``, span)
}

function damaged(path: string, part: string, span?: Span): DiagnosticError {
  const problem = `the SHA-256 of ${part} is not the one that was written`
  return new DiagnosticError(damagedWeights({ path, problem, ...(span === undefined ? {} : { span }) }))
}

/** Empty for a text that is no object. */
function entriesOf(text = ''): [string, unknown][] {
  const parsed = parsedJson(text)
  return typeof parsed === 'object' && parsed !== null ? Object.entries(parsed) : []
}
