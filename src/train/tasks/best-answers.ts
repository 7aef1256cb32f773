/**
 * The answer of each question from scores of tokens, over all windows of its paragraph (run_squad.py and
 * evaluate-v2.0.py). Candidates are pairs of the 20 best starts and ends of each window. Both must be in the
 * context, the start where this window has the most context, the end not before the start, with at most 30
 * tokens. The pair with the highest sum wins. If the data has questions without an answer, [CLS] to [CLS]
 * means none.
 */
import type { Example } from '../../data/dataset.ts'
import type { Question } from '../../data/read-squad.ts'
import type { HostTensor } from '../../run/runner.ts'
import { logSumExp } from '../distributions.ts'
import { bestScore, isExact, wordF1 } from '../metrics/squad-answers.ts'
import type { SpanRecord } from './answer-record.ts'

const candidates = 20
const longestAnswer = 30

type Scores = HostTensor['data']

interface Best {
  readonly text: string
  /** UTF-16 units of the context, without the end. */
  readonly begin: number
  readonly stop: number
  readonly score: number
  /** The product of the probabilities of start and end, among the tokens of the window. */
  readonly probability: number
  readonly window: number
}
interface Asked {
  best?: Best
  /** The lowest over the windows, as in published code. */
  none: number
  /** The window with the smallest number. */
  first: number
}

export class BestAnswers {
  private readonly asked = new Map<Question, Asked>()

  /** Adds the scores of one window, one for each token; padding may follow. */
  add(example: Example, start: Scores, end: Scores): void {
    const { window, tokens } = example
    if (window === undefined) return
    const known = this.asked.get(window.question) ?? {
      none: Number.POSITIVE_INFINITY,
      first: example.id,
    }
    this.asked.set(window.question, known)
    known.first = Math.min(known.first, example.id)
    known.none = Math.min(known.none, (start[0] ?? 0) + (end[0] ?? 0))
    const ends = highest(end, tokens.length)
    const all = logSumExp(start.subarray(0, tokens.length)) + logSumExp(end.subarray(0, tokens.length))
    for (const from of highest(start, tokens.length)) {
      const begin = window.begins[from] ?? -1
      if (begin < 0 || window.central[from] !== 1) continue
      for (const to of ends) {
        const stop = window.ends[to] ?? -1
        if (stop < 0 || to < from || to - from + 1 > longestAnswer) continue
        const score = (start[from] ?? 0) + (end[to] ?? 0)
        if (comesBefore(known.best, score, example.id)) continue
        const text = window.question.context.slice(begin, stop)
        known.best = { text, begin, stop, score, probability: Math.exp(score - all), window: example.id }
      }
    }
  }

  /** The best answer of a question; the empty text if no window has one. */
  of(question: Question): Pick<Best, 'text' | 'begin' | 'stop' | 'probability'> {
    return this.asked.get(question)?.best ?? { text: '', begin: 0, stop: 0, probability: 0 }
  }

  /** What a run keeps of the answers of some questions, by their first windows. */
  record(keeps: (window: number) => boolean): SpanRecord {
    const { predicted, actual } = this.answers()
    const rows = [...this.asked.values()].flatMap(({ best, first }, i) => {
      if (!keeps(first)) return []
      const text = predicted[i] ?? ''
      const right = actual[i] ?? []
      const f1 = bestScore(wordF1, text, right)
      const exact = bestScore(isExact, text, right)
      const { begin = 0, stop = 0, probability = 0 } = text === '' ? {} : (best ?? {})
      return [{ first, f1, exact, begin, stop, probability }]
    })
    return {
      kind: 'span',
      ids: rows.map(({ first }) => first),
      f1: rows.map(({ f1 }) => f1),
      exact: rows.map(({ exact }) => exact),
      begin: rows.map(({ begin }) => begin),
      stop: rows.map(({ stop }) => stop),
      probability: rows.map(({ probability }) => probability),
    }
  }

  answers(): { readonly predicted: readonly string[]; readonly actual: readonly (readonly string[])[] } {
    const questions = [...this.asked.keys()]
    const withNone = questions.some(({ answers }) => answers.length === 0)
    const predicted = [...this.asked.values()].map(({ best, none }) =>
      best === undefined || (withNone && none > best.score) ? '' : best.text,
    )
    return { predicted, actual: questions.map(({ answers }) => answers.map(({ text }) => text)) }
  }
}

/** Windows come in order of length. Of equal scores, that of the first window of the paragraph wins. */
function comesBefore(best: Best | undefined, score: number, window: number): boolean {
  if (best === undefined) return false
  return best.score > score || (best.score === score && best.window <= window)
}

/** Positions of the highest scores, in falling order. */
function highest(scores: Scores, length: number): readonly number[] {
  const order = Array.from({ length }, (_, i) => i)
  order.sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0) || a - b)
  return order.slice(0, candidates)
}
