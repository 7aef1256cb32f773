/**
 * Declarations that an edit has not changed keep their objects, and so what was made of them. They are the
 * only part of a tree that ever changes: where an edit has moved one, its object is brought to its new place.
 */
import type { Declaration, SourceFile } from './ast.ts'

interface Parsed {
  readonly tree: SourceFile
  readonly text: string
}

/** The tree of a text, with the objects of those declarations that an earlier tree has in the same words. */
export function withUnchanged(now: Parsed, before: Parsed): SourceFile {
  const earlier = new Map<string, Declaration[]>()
  for (const one of before.tree.declarations) {
    const written = writtenAs(before, one)
    earlier.set(written, [...(earlier.get(written) ?? []), one])
  }
  const declarations = now.tree.declarations.map((one) => {
    const written = writtenAs(now, one)
    const known = earlier.get(written)?.shift()
    if (known === undefined) return one
    const by = one.span.start - known.span.start
    if ((by !== 0 && dependsOnPlace.test(written)) || !isSame(known, one, by)) return one
    bring(known, one)
    return known
  })
  return { ...now.tree, declarations }
}

function writtenAs({ text }: Parsed, { span }: Declaration): string {
  return text.slice(span.start, span.end)
}

/** Tables of names have places inside of texts, and a dropout of no binding is known by its place. */
const dependsOnPlace = /\b(?:names|dropout)\b/

/** Comments and blank lines around the words, which nothing is made of. */
const around: ReadonlySet<string> = new Set(['trivia', 'opening', 'dangling'])

/** The numbers of a span. */
const places: ReadonlySet<string> = new Set(['start', 'end'])

/** Whether two parts of trees, which are plain data, are the same but for their places. */
function isSame(known: unknown, now: unknown, by: number): boolean {
  if (!isObject(known) || !isObject(now)) return known === now
  const keys = Object.keys(known)
  if (keys.length !== Object.keys(now).length) return false
  return keys.every((key) => {
    const [before, after] = [known[key], now[key]]
    if (places.has(key) && typeof before === 'number') return after === before + by
    return key in now && (around.has(key) || isSame(before, after, by))
  })
}

function bring(known: unknown, now: unknown): void {
  if (!isObject(known) || !isObject(now)) return
  for (const [key, value] of Object.entries(now))
    if (around.has(key) || typeof value === 'number') known[key] = value
    else bring(known[key], value)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
