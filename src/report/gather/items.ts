/**
 * What is counted in the answers of a split, in one form for all kinds of tasks: texts with a class, words
 * with a tag, or questions that are answered rightly or not.
 */
import type { AnswerFile } from '../../train/kept/answer-file.ts'
import type { AnswersData } from '../schema.ts'

export interface ItemAnswers {
  readonly name: string
  /** Index of the label; for a question, a number that is the same for the same answer. */
  readonly answer: readonly number[]
  readonly right: readonly boolean[]
  /** Of the answer. */
  readonly probability: readonly number[]
  /** From the teacher's, by item; absent where they were not compared. */
  readonly distance?: { readonly teacher: string; readonly values: readonly (number | null)[] }
}

export interface AnsweredItems {
  readonly file: AnswerFile
  readonly data: string
  readonly split: string
  readonly unit: AnswersData['unit']
  readonly count: number
  /** Empty for questions. */
  readonly labels: readonly string[]
  /** Indices of labels; -1 for questions. */
  readonly actual: readonly number[]
  /** The text of each item, and the word in it: indices. */
  readonly places: readonly { readonly text: number; readonly word?: number }[]
  readonly models: readonly ItemAnswers[]
}

/** Undefined for numbers. @param order of the models */
export function itemsOf(file: AnswerFile, order: readonly string[]): AnsweredItems | undefined {
  const { data, split, kind, line, lengths = [], labels = [] } = file
  if (kind === 'number') return undefined
  const isSpan = kind === 'span'
  const places =
    kind === 'tags'
      ? lengths.flatMap((length, text) => Array.from({ length }, (_, word) => ({ text, word })))
      : line.map((_, text) => ({ text }))
  const actual = file.actual ?? places.map(() => -1)
  const names = Object.keys(file.models).sort((a, b) => order.indexOf(a) - order.indexOf(b))
  const models = names.map((name): ItemAnswers => {
    const {
      answer = [],
      probability = [],
      exact = [],
      begin = [],
      stop = [],
      distance,
    } = file.models[name] ?? {}
    return {
      name,
      answer: isSpan ? begin.map((at, i) => at * 2 ** 26 + (stop[i] ?? 0)) : answer.map((one) => one ?? -1),
      right: places.map((_, i) => (isSpan ? exact[i] === 1 : answer[i] === actual[i])),
      probability: probability.map((one) => one ?? 0),
      ...(distance ? { distance } : {}),
    }
  })
  const unit = kind === 'class' ? 'texts' : kind === 'tags' ? 'words' : 'questions'
  const named = isSpan ? [] : labels.length > 0 ? labels : numbered(actual, models)
  return { file, data, split, unit, count: places.length, labels: named, actual, places, models }
}

/** Classes without names. */
function numbered(actual: readonly number[], models: readonly ItemAnswers[]): string[] {
  const most = [actual, ...models.map(({ answer }) => answer)].reduce(
    (high, values) => values.reduce((max, value) => Math.max(max, value), high),
    -1,
  )
  return Array.from({ length: most + 1 }, (_, k) => `${k}`)
}
