/** How long the texts of a part are, before `max_length` cuts, packs or divides them. */
import type { DataSpec } from '../../check/program.ts'
import type { Example, Vocabulary } from '../../data/dataset.ts'
import { isRaw } from '../../data/rows/columns.ts'

/** What becomes of a text of more pieces than `max_length`. */
export type LongTexts = 'cut' | 'windows' | 'blocks'

export function longTexts({ text, label }: DataSpec): LongTexts {
  if (isRaw(text)) return 'blocks'
  return label?.kind === 'span' ? 'windows' : 'cut'
}

/**
 * Pieces of each text, [CLS] and [SEP] included. Blocks of one text, and windows of one question, follow one
 * another in `examples`.
 */
export function lengthsOf(spec: DataSpec, examples: readonly Example[]): Float64Array {
  const lengths: number[] = []
  let whole: Example[] = []
  const end = (): void => {
    if (whole.length > 0) lengths.push(lengthOf(spec, whole))
    whole = []
  }
  const how = longTexts(spec)
  for (const example of examples) {
    const [first] = whole
    if (how === 'cut' || first === undefined || !isSameText(first, example)) end()
    whole.push(example)
  }
  end()
  return Float64Array.from(lengths)
}

function isSameText(a: Example, b: Example): boolean {
  return a.file === b.file && a.line === b.line && a.window?.question === b.window?.question
}

function lengthOf({ label }: DataSpec, parts: readonly Example[]): number {
  const [first, last] = [parts[0], parts.at(-1)]
  if (first === undefined || last === undefined) return 0
  if (parts.length === 1) return first.uncut ?? first.tokens.length
  if (first.window === undefined || label?.kind !== 'span')
    return parts.reduce((sum, { tokens }) => sum + tokens.length - 2, 2)
  // Windows begin at most `stride` pieces of the context apart.
  const before = first.window.begins.findIndex((begin) => begin >= 0)
  const step = Math.min(first.tokens.length - before - 1, label.stride)
  return (parts.length - 1) * step + last.tokens.length
}

/** Pieces that the tokenizer does not know, of all but special ones. */
export function unknownPieces(
  examples: readonly Example[],
  { unknown, classify, separate, padding }: Vocabulary,
): { readonly pieces: number; readonly of: number } {
  let [pieces, of] = [0, 0]
  for (const { tokens } of examples)
    for (const id of tokens) {
      if (id === classify || id === separate || id === padding) continue
      of++
      if (id === unknown) pieces++
    }
  return { pieces, of }
}
