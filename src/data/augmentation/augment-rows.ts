/**
 * The rows of a data block, each followed by its augmented copies. Labels are copied, and tags stay at their
 * words.
 */
import type { AugmentSpec } from '../../check/example-specs.ts'
import type { DataSpec } from '../../check/program.ts'
import { labelNames } from '../label-names.ts'
import { uniform } from '../random.ts'
import type { TextRow } from '../rows/form.ts'
import type { PlacedWord } from './placed-words.ts'
import { drawCopies, type Replacement, replaceWords } from './replace-words.ts'

/** Words of a text that may be replaced, with candidates for each. */
export interface Choices {
  readonly words: readonly PlacedWord[]
  readonly candidates: readonly (readonly string[])[]
}

/**
 * Each row and its copies. For a pair, each text is augmented in turn while the other one stays as it is.
 * @param seed of the run: another seed draws other copies from the same candidates
 */
export function* augmentRows(
  rows: readonly TextRow[],
  { name, label }: DataSpec,
  { probability, copies }: AugmentSpec,
  seed: number,
  choicesOf: (text: string) => Choices | undefined,
): Generator<TextRow> {
  const [whether, which] = (['whether', 'which'] as const).map((purpose) =>
    uniform(seed, name, `augmentation: ${purpose} a word is replaced`),
  )
  const names = label?.kind === 'tags' ? labelNames(label) : undefined
  for (const [number, row] of rows.entries()) {
    yield row
    for (const [side, text] of row.texts.entries()) {
      const choices = choicesOf(text)
      if (choices === undefined) continue
      const words = row.words === undefined ? choices.words : untagged(row, row.words, choices.words, names)
      const candidates = choices.words.flatMap((word, i) =>
        words.includes(word) ? [choices.candidates[i] ?? []] : [],
      )
      const drawn = drawCopies(words, candidates, {
        probability,
        copies,
        draw: (purpose, copy, word) =>
          (purpose === 'whether' ? whether : which)?.(2 * number + side, copy, word) ?? 1,
      })
      for (const replacements of drawn) yield withReplaced(row, side, text, replacements)
    }
  }
}

/**
 * The places at which the words of a row begin in its text. The text is the words with a space between them.
 */
function beginnings(words: readonly string[]): ReadonlyMap<number, number> {
  let at = 0
  return new Map(
    words.map((word, i) => {
      const begin = at
      at += word.length + 1
      return [begin, i]
    }),
  )
}

/** The words that are complete words of the data and have the tag O, so that all tags stay right. */
function untagged(
  { tags }: TextRow,
  parted: readonly string[],
  words: readonly PlacedWord[],
  names: readonly string[] | undefined,
): readonly PlacedWord[] {
  const index = beginnings(parted)
  return words.filter(({ begin, end }) => {
    const i = index.get(begin)
    if (i === undefined || parted[i]?.length !== end - begin) return false
    const tag = tags?.[i]
    return tag === undefined || names?.[tag] === 'O'
  })
}

function withReplaced(
  row: TextRow,
  side: number,
  text: string,
  replacements: readonly Replacement[],
): TextRow {
  const texts = row.texts.map((other, i) => (i === side ? replaceWords(text, replacements) : other))
  if (row.words === undefined) return { ...row, texts }
  const index = beginnings(row.words)
  const words = [...row.words]
  for (const { word, by } of replacements) {
    const i = index.get(word.begin)
    if (i !== undefined) words[i] = by
  }
  return { ...row, texts, words }
}
