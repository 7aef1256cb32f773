/**
 * A tag for each word of a line, and the entities of the tags. Words are separated by spaces, as in the data.
 */
import { taskFacts } from '../../check/tasks.ts'
import { makeBatch } from '../../data/batching.ts'
import type { Example } from '../../data/dataset.ts'
import { encodeWords } from '../../data/encode.ts'
import { labelNames } from '../../data/label-names.ts'
import { tagsBaselines } from '../baselines/tags.ts'
import { argmax, softmax } from '../distributions.ts'
import { entitiesOf } from '../metrics/entities.ts'
import type { Line, TagsPrediction } from './prediction.ts'
import { target } from './target.ts'
import type { LinePredictor, PredictorParts, Task } from './task.ts'

type TaggedWord = TagsPrediction['words'][number]

export const tagsTask: Task<'tags'> = {
  ...taskFacts.tags,
  together: () => 64,
  /**
   * Words are the positions at which the data has tags: first pieces. Words that were cut off are not
   * counted, as in published evaluations.
   */
  collector(classes, labels, keeping) {
    const [predicted, actual]: [string[][], string[][]] = [[], []]
    const kept = {
      ids: [] as number[],
      lengths: [] as number[],
      actual: [] as number[],
      answer: [] as number[],
      probability: [] as number[],
    }
    return {
      add({ value: { data } }, batch) {
        const { B, L } = batch
        const tags = target(batch, 'batch.tags')
        for (let row = 0; row < B; row++) {
          const words: [string, string][] = []
          const id = batch.examples[row]?.id
          const keeps = id !== undefined && keeping?.example(id) === true
          for (let at = row * L; at < (row + 1) * L; at++) {
            const tag = tags[at] ?? -100
            if (tag < 0) continue
            const scores = data.subarray(at * classes, (at + 1) * classes)
            const best = argmax(scores)
            words.push([labels[best] ?? '', labels[tag] ?? ''])
            if (!keeps) continue
            kept.actual.push(tag)
            kept.answer.push(best)
            kept.probability.push(softmax(scores)[best] ?? Number.NaN)
          }
          if (keeps) {
            kept.ids.push(id)
            kept.lengths.push(words.length)
          }
          predicted.push(words.map(([one]) => one))
          actual.push(words.map(([, one]) => one))
        }
      },
      answers: () => ({ kind: 'tags', predicted, actual }),
      record: () => ({ kind: 'tags', ...kept }),
    }
  },
  baselines: tagsBaselines,
  predictor: (parts) => new TagPredictor(parts),
  line: ({ words }) => words.map(({ word, tag }) => `${word}\t${tag}\n`).join(''),
}

class TagPredictor implements LinePredictor<'tags'> {
  readonly labels = []
  private readonly parts: PredictorParts
  private readonly tags: readonly string[]

  constructor(parts: PredictorParts) {
    this.parts = parts
    this.tags = labelNames(parts.data.label) ?? []
  }

  predict(lines: readonly Line[]): readonly TagsPrediction[] {
    const parted = lines.map(({ text }) => this.cut(text.split(/\s+/u).filter((word) => word !== '')))
    const tagged = this.tag(parted.flat(), lines[0]?.number ?? 1)
    let at = 0
    return lines.map(({ text }, i) => {
      const count = parted[i]?.length ?? 0
      const words = tagged.slice(at, at + count).flat()
      at += count
      const entities = entitiesOf(words.map(({ tag }) => tag)).map(({ type, start, end }) => {
        const inside = words.slice(start, end + 1).map(({ word }) => word)
        return { type, text: inside.join(' '), first: start, last: end }
      })
      return { kind: 'tags', text, words, entities }
    })
  }

  /**
   * The parts of a sentence that the model reads at once, so that every word is tagged, however long the
   * sentence.
   */
  private cut(words: readonly string[]): readonly (readonly string[])[] {
    const { tokenizer, data } = this.parts
    const room = data.maxLength - 2
    const parts: string[][] = []
    let left = 0
    for (const word of words) {
      const pieces = Math.max(1, tokenizer.encode(word).length)
      const last = parts.at(-1)
      if (last === undefined || pieces > left) {
        parts.push([word])
        left = room - pieces
      } else {
        last.push(word)
        left -= pieces
      }
    }
    return parts
  }

  private tag(sentences: readonly (readonly string[])[], line: number): readonly (readonly TaggedWord[])[] {
    if (sentences.length === 0) return []
    const { output, data, tokenizer, run } = this.parts
    const { classes } = output
    const examples = sentences.map(
      (words, id): Example => ({
        id,
        ...encodeWords(tokenizer, words, undefined, data.maxLength),
        file: 'input',
        line,
      }),
    )
    const batch = makeBatch(examples, tokenizer.vocabulary, { pad: data.pad, maxLength: data.maxLength })
    const values = run(batch).value.data
    return sentences.map((words, row) => {
      const places = [...(examples[row]?.firstPiece ?? [])].flatMap((first, at) => (first === 1 ? [at] : []))
      return words.map((word, i) => {
        const at = row * batch.L + (places[i] ?? 0)
        const probabilities = softmax(values.subarray(at * classes, (at + 1) * classes))
        const best = argmax(Float64Array.from(probabilities))
        return { word, tag: this.tags[best] ?? `${best}`, probability: probabilities[best] ?? Number.NaN }
      })
    })
  }
}
