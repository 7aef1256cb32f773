/** Declarations that an edit has not changed keep their objects, and so what was made of them. */
import type { Declaration, SourceFile } from './ast.ts'

interface Parsed {
  readonly tree: SourceFile
  readonly text: string
}

/** The tree of a text, with those declarations of an earlier one that are the same in place and comments. */
export function withUnchanged({ tree, text }: Parsed, before: Parsed): SourceFile {
  const earlier = new Map(before.tree.declarations.map((one) => [one.span.start, one]))
  const written = (source: string, { span }: Declaration): string => source.slice(span.start, span.end)
  const declarations = tree.declarations.map((one) => {
    const known = earlier.get(one.span.start)
    if (known === undefined || written(text, one) !== written(before.text, known)) return one
    return isSame(one, known) ? known : one
  })
  return { ...tree, declarations }
}

/** Whether two parts of syntax trees, which are plain data, are equal. */
function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  const [own, others] = [Object.entries(a), Object.entries(b)]
  return (
    own.length === others.length &&
    own.every(([key, value], place) => key === others[place]?.[0] && isSame(value, others[place]?.[1]))
  )
}
