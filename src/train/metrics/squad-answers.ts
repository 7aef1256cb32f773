/** Answers as the official SQuAD scripts compare them (evaluate-v1.1.py, evaluate-v2.0.py). */
import type { Answers } from './metric.ts'

/** string.punctuation of Python. */
const punctuation = /[!-/:-@[-`{-~]/g
/** `\b` of Python includes letters and digits of every script. */
const articles = /(?<![\p{L}\p{N}_])(?:a|an|the)(?![\p{L}\p{N}_])/gu
/** Python's `split()` also splits at the control characters 1C to 1F, which texts do not contain. */
const space = /\p{White_Space}+/u

/** Converts to lower case, removes punctuation, then articles, and makes single spaces, in this order. */
export function normalizeAnswer(text: string): string {
  return wordsOf(text).join(' ')
}

function wordsOf(text: string): readonly string[] {
  const bare = text.toLowerCase().replaceAll(punctuation, '').replaceAll(articles, ' ')
  return bare.split(space).filter((word) => word !== '')
}

type Score = (predicted: string, actual: string) => number

/** The mean over questions of the score with the best right answer. */
export function meanScore(
  score: Score,
  { predicted, actual }: Pick<Answers<'span'>, 'predicted' | 'actual'>,
): number {
  const sum = predicted.reduce((total, text, i) => total + bestScore(score, text, actual[i] ?? []), 0)
  return predicted.length === 0 ? 0 : sum / predicted.length
}

/** For a question without a right answer, the right answer is the empty text. */
export function bestScore(score: Score, predicted: string, answers: readonly string[]): number {
  const worded = answers.filter((answer) => normalizeAnswer(answer) !== '')
  return Math.max(...(worded.length > 0 ? worded : ['']).map((answer) => score(predicted, answer)))
}

export function isExact(predicted: string, actual: string): number {
  return normalizeAnswer(predicted) === normalizeAnswer(actual) ? 1 : 0
}

/** F1 of words, counted with repetition. If one side has no word, it is 1 if neither has, otherwise 0. */
export function wordF1(predicted: string, actual: string): number {
  const given = wordsOf(predicted)
  const wanted = wordsOf(actual)
  if (given.length === 0 || wanted.length === 0) return given.length === wanted.length ? 1 : 0
  const left = new Map<string, number>()
  for (const word of wanted) left.set(word, (left.get(word) ?? 0) + 1)
  let common = 0
  for (const word of given) {
    const count = left.get(word) ?? 0
    if (count === 0) continue
    common++
    left.set(word, count - 1)
  }
  return (2 * common) / (given.length + wanted.length)
}
