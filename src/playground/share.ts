/** A spec in the part of an address behind `#`, which no server sees. */
import { limits } from '../syntax/limits.ts'
import type { SpecText } from './protocol.ts'

/** What a text is called that is no example. */
export const ownPath = 'spec.distill'

/** `text=...`, and `path=...` for one of the shipped specs. */
export async function fragmentOf({ path, text }: SpecText): Promise<string> {
  const packed = new Blob([text]).stream().pipeThrough(new CompressionStream('deflate-raw'))
  const bytes = new Uint8Array(await new Response(packed).arrayBuffer())
  const written = new URLSearchParams({ text: base64Url(bytes) })
  if (path !== ownPath) written.set('path', path)
  return written.toString()
}

/**
 * The spec of such a part; undefined where it has none.
 * @throws Error for one that is damaged or longer than a spec may be, in words for the person
 */
export async function specOf(fragment: string): Promise<SpecText | undefined> {
  const written = new URLSearchParams(fragment.replace(/^#/, ''))
  const packed = written.get('text')
  if (packed === null) return undefined
  const text = await unpacked(packed).catch(() => undefined)
  if (text === undefined) throw new Error('The link is damaged: no spec can be read from it.')
  if (text.length > limits.characters)
    throw new Error(`The link has more than ${limits.characters} characters, the most that a spec may have.`)
  return { path: written.get('path') ?? ownPath, text }
}

/** No more than shows that it is too long: a short link may unpack to gigabytes. */
async function unpacked(packed: string): Promise<string> {
  const bytes = Uint8Array.from(atob(packed.replaceAll('-', '+').replaceAll('_', '/')), (c) =>
    c.charCodeAt(0),
  )
  const reader = new Blob([bytes])
    .stream()
    .pipeThrough(new DecompressionStream('deflate-raw'))
    .pipeThrough(new TextDecoderStream('utf-8', { fatal: true }))
    .getReader()
  let text = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return text
    text += value
    if (text.length <= limits.characters) continue
    await reader.cancel()
    return text
  }
}

function base64Url(bytes: Uint8Array): string {
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}
