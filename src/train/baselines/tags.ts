/**
 * The tag of all words that are no entity (conlleval's all-O), and for each word its most frequent tag in the
 * training texts.
 */
import { argmax } from '../distributions.ts'
import type { Baseline, BaselineParts, DataPart } from './baseline.ts'

/** Words with counts in memory; those that come after are left out. */
const mostWords = 2 ** 18

interface TaggedText {
  readonly words: readonly string[]
  readonly tags: readonly number[]
}

export function tagsBaselines({ classes, labels, train, held }: BaselineParts): readonly Baseline<'tags'>[] {
  const all = new Float64Array(classes)
  const byWord = new Map<string, Int32Array>()
  for (const { words, tags } of taggedTexts(train))
    for (const [i, tag] of tags.entries()) {
      all[tag] = (all[tag] ?? 0) + 1
      const word = words[i] ?? ''
      const counts = byWord.get(word) ?? new Int32Array(classes)
      counts[tag] = (counts[tag] ?? 0) + 1
      if (byWord.size < mostWords) byWord.set(word, counts)
    }
  if (all.every((count) => count === 0)) return []
  const outside = labels.includes('O') ? labels.indexOf('O') : argmax(all)
  const asked = [...taggedTexts(held)]
  const name = (tag: number): string => labels[tag] ?? ''
  const actual = asked.map(({ tags }) => tags.map(name))
  const answers = (predict: (word: string) => number): Baseline<'tags'>['answers'] => {
    const predicted = asked.map(({ words, tags }) => tags.map((_, i) => name(predict(words[i] ?? ''))))
    return { kind: 'tags', predicted, actual }
  }
  return [
    { name: `${name(outside)} for every word`, answers: answers(() => outside) },
    {
      name: 'most frequent tag of each word',
      answers: answers((word) => argmax(byWord.get(word) ?? all)),
    },
  ]
}

/** The words that a model reads: without those that `max_length` cuts off. */
function* taggedTexts({ rows, examples }: DataPart): Iterable<TaggedText> {
  for (const [i, { tags }] of examples.entries())
    yield { words: rows[i]?.words ?? [], tags: Array.from(tags?.filter((tag) => tag >= 0) ?? []) }
}
