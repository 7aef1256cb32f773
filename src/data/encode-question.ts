/**
 * A question and its paragraph as windows (Devlin et al. 2018, run_squad.py): [CLS] question [SEP] part of
 * the paragraph [SEP]. The question is cut to its first `question` pieces. The parts begin `stride` pieces
 * apart, so they overlap if the paragraph does not fit into one.
 */

import type { LabelSource } from '../check/program.ts'
import type { Window } from './dataset.ts'
import { assemble, type Encoded } from './encode.ts'
import type { Question } from './read-squad.ts'
import type { Tokenizer } from './tokenizer/tokenizer.ts'

export type SpanSource = Extract<LabelSource, { kind: 'span' }>

export type QuestionWindow = Encoded & { readonly window: Window }

/** @param labels whether to read the answers */
export function encodeQuestion(
  tokenizer: Tokenizer,
  question: Question,
  { question: longestQuestion, stride }: SpanSource,
  maxLength: number,
  labels: boolean,
): readonly QuestionWindow[] {
  const asked = tokenizer.encode(question.question).subarray(0, Math.min(longestQuestion, maxLength - 4))
  const context = tokenizer.place(question.context)
  const first = asked.length + 2
  const parts = cut(context.ids.length, maxLength - first - 1, stride)
  return parts.map(({ from, to }, part) => {
    const encoded = assemble(tokenizer, [asked, context.ids.subarray(from, to)])
    const { length } = encoded.tokens
    const begins = new Int32Array(length).fill(-1)
    const ends = new Int32Array(length).fill(-1)
    begins.set(context.begins.subarray(from, to), first)
    ends.set(context.ends.subarray(from, to), first)
    const central = new Uint8Array(length)
    for (let i = from; i < to; i++) central[first + i - from] = mostCentral(parts, i) === part ? 1 : 0
    const answer = labels ? answerTokens(question, begins, ends) : undefined
    return { ...encoded, window: { question, begins, ends, central, ...answer } }
  })
}

interface Part {
  readonly from: number
  readonly to: number
}

function cut(length: number, room: number, stride: number): readonly Part[] {
  const size = Math.max(1, room)
  const parts: Part[] = []
  for (let from = 0; ; ) {
    const to = Math.min(from + size, length)
    parts.push({ from, to })
    if (to >= length) return parts
    from += Math.min(to - from, stride)
  }
}

/** The part with the most context around piece `i`; the first of several. */
function mostCentral(parts: readonly Part[], i: number): number {
  let best = -1
  let most = Number.NEGATIVE_INFINITY
  for (const [index, { from, to }] of parts.entries()) {
    if (i < from || i >= to) continue
    const score = Math.min(i - from, to - 1 - i) + 0.01 * (to - from)
    if (score > most) {
      most = score
      best = index
    }
  }
  return best
}

/** The tokens of the first answer, as in published training code. */
function answerTokens(
  { answers: [answer] }: Question,
  begins: Int32Array,
  ends: Int32Array,
): { readonly start: number; readonly end: number } {
  const none = { start: 0, end: 0 }
  if (answer === undefined) return none
  const start = ends.findIndex((end, i) => (begins[i] ?? -1) >= 0 && end > answer.start)
  const end = begins.findLastIndex((begin) => begin >= 0 && begin < answer.end)
  if (start < 0 || end < start) return none
  // An answer that crosses the end of a window is not in it.
  const contextStart = begins.findIndex((begin) => begin >= 0)
  const lastToken = begins.findLastIndex((begin) => begin >= 0)
  const outside =
    (start === contextStart && (begins[start] ?? 0) > answer.start) ||
    (end === lastToken && (ends[end] ?? 0) < answer.end)
  return outside ? none : { start, end }
}
