/** The part of a context that answers a question. A line is the question, a tab, and the context. */
import { taskFacts } from '../../check/tasks.ts'
import { makeBatch } from '../../data/batching.ts'
import type { Batch, Example } from '../../data/dataset.ts'
import { encodeQuestion, type SpanSource } from '../../data/encode-question.ts'
import type { Question } from '../../data/read-squad.ts'
import { spanBaselines } from '../baselines/span.ts'
import { BestAnswers } from './best-answers.ts'
import { type Line, type SpanPrediction, twoTexts } from './prediction.ts'
import { type LinePredictor, type PredictorParts, share, type TapValues, type Task } from './task.ts'

/** Windows that are computed together. */
const together = 32

export const spanTask: Task<'span'> = {
  ...taskFacts.span,
  together: () => 64,
  collector(_classes, _labels, keeping) {
    const best = new BestAnswers()
    return {
      add: (values, batch) => addWindows(best, values, batch),
      answers: () => ({ kind: 'span', ...best.answers() }),
      record: () => best.record((id) => keeping?.example(id) === true),
    }
  },
  baselines: spanBaselines,
  predictor: (parts) =>
    parts.data.label?.kind === 'span' ? new SpanPredictor(parts, parts.data.label) : undefined,
  line: ({ answer, probability }) => `${answer.replaceAll(/\s+/g, ' ')}\t${share(probability)}`,
}

function addWindows(best: BestAnswers, { value, end }: TapValues, { L, examples }: Batch): void {
  if (end === undefined) throw new Error('a span has two ends')
  for (const [row, example] of examples.entries()) {
    const [from, to] = [row * L, (row + 1) * L]
    best.add(example, value.data.subarray(from, to), end.data.subarray(from, to))
  }
}

class SpanPredictor implements LinePredictor<'span'> {
  readonly labels = []
  private readonly parts: PredictorParts
  private readonly source: SpanSource

  constructor(parts: PredictorParts, source: SpanSource) {
    this.parts = parts
    this.source = source
  }

  predict(lines: readonly Line[]): readonly SpanPrediction[] {
    const { data, tokenizer, run } = this.parts
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
      addWindows(best, run(batch), batch)
    }
    return questions.map((asked) => {
      const { question, context } = asked
      const { text: answer, begin: start, stop: end, probability } = best.of(asked)
      return { kind: 'span', question, context, answer, start, end, probability }
    })
  }
}
