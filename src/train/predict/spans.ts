/** The part of a context that answers a question. A line is the question, a tab, and the context. */
import { makeBatch } from '../../data/batching.ts'
import type { Example } from '../../data/dataset.ts'
import { encodeQuestion, type SpanSource } from '../../data/encode-question.ts'
import type { Question } from '../../data/read-squad.ts'
import { BestAnswers } from '../best-answers.ts'
import type { Line, LinePredictor, PredictorParts, SpanPrediction } from './prediction.ts'
import { twoTexts } from './prediction.ts'

/** Windows run at once. */
const together = 32

export class SpanPredictor implements LinePredictor {
  private readonly parts: PredictorParts
  private readonly source: SpanSource

  constructor(parts: PredictorParts, source: SpanSource) {
    this.parts = parts
    this.source = source
  }

  predict(lines: readonly Line[]): readonly SpanPrediction[] {
    const { output, data, tokenizer, evaluator } = this.parts
    const questions = lines.map((line): Question => {
      const [question, context] = twoTexts(line, 'a question and the text that has its answer')
      return { file: 'input', line: line.number, id: `${line.number}`, question, context, answers: [] }
    })
    const windows = questions.flatMap((question) =>
      encodeQuestion(tokenizer, question, this.source, data.maxLength, false).map((window) => ({
        ...window,
        file: 'input',
        line: question.line,
      })),
    )
    const best = new BestAnswers()
    for (let from = 0; from < windows.length; from += together) {
      const examples = windows
        .slice(from, from + together)
        .map((one, i): Example => ({ id: from + i, ...one }))
      const batch = makeBatch(examples, tokenizer.vocabulary, { pad: data.pad, maxLength: data.maxLength })
      const [starts, ends] = evaluator.answerValues(output, batch)
      for (const [row, example] of examples.entries()) {
        const place = [row * batch.L, (row + 1) * batch.L] as const
        best.add(example, starts.data.subarray(...place), (ends ?? starts).data.subarray(...place))
      }
    }
    return questions.map((asked) => {
      const { question, context } = asked
      const { text: answer, begin: start, stop: end, probability } = best.of(asked)
      return { kind: 'spans', question, context, answer, start, end, probability }
    })
  }
}
