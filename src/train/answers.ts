/** A model's answers, batch by batch, beside those of the data: what metrics measure. */
import type { Batch } from '../data/dataset.ts'
import type { HostTensor } from '../run/runner.ts'
import { BestAnswers } from './best-answers.ts'
import { argmax, logSumExp } from './distributions.ts'
import type { Answers } from './metrics/metric.ts'

export class AnswerCollector {
  private readonly kind: Answers['kind']
  private readonly classes: number
  private readonly labels: readonly string[]
  private readonly predicted: number[] = []
  private readonly actual: number[] = []
  private readonly sentences: { predicted: string[][]; actual: string[][] } = { predicted: [], actual: [] }
  private readonly spans = new BestAnswers()
  private loss = 0
  private correct = 0
  private positions = 0

  /** `labels`: names of the data's classes or tags; only tags need them. */
  constructor(
    output: { readonly kind: Answers['kind']; readonly classes: number },
    labels: readonly string[],
  ) {
    this.kind = output.kind
    this.classes = output.classes
    this.labels = labels
  }

  /**
   * @param value what the head's tap gives for the batch; of spans the scores of starts, and `end` those of
   * ends
   */
  add(value: HostTensor, batch: Batch, end?: HostTensor): void {
    switch (this.kind) {
      case 'masked':
        this.addMasked(value, target(batch, 'batch.original'))
        break
      case 'tags':
        this.addTags(value, target(batch, 'batch.tags'), batch)
        break
      case 'spans':
        if (end === undefined) throw new Error('a span has two ends')
        this.addSpans(value, end, batch)
        break
      case 'class':
      case 'number':
        this.addLabels(value, target(batch, 'batch.label'), batch)
        break
    }
  }

  private addMasked({ data }: HostTensor, original: HostTensor['data']): void {
    const { classes } = this
    for (let row = 0; row < original.length; row++) {
      const label = original[row] ?? -100
      if (label < 0) continue
      const logits = data.subarray(row * classes, (row + 1) * classes)
      this.positions++
      this.loss += logSumExp(logits) - (logits[label] ?? 0)
      if (argmax(logits) === label) this.correct++
    }
  }

  /**
   * Words are where the data has tags: at first pieces. Words that were cut off count on neither side, as in
   * published evaluations.
   */
  private addTags({ data }: HostTensor, tags: HostTensor['data'], { B, L }: Batch): void {
    const { classes, labels } = this
    for (let row = 0; row < B; row++) {
      const predicted: string[] = []
      const actual: string[] = []
      for (let at = row * L; at < (row + 1) * L; at++) {
        const tag = tags[at] ?? -100
        if (tag < 0) continue
        actual.push(labels[tag] ?? '')
        predicted.push(labels[argmax(data.subarray(at * classes, (at + 1) * classes))] ?? '')
      }
      this.sentences.predicted.push(predicted)
      this.sentences.actual.push(actual)
    }
  }

  private addSpans(start: HostTensor, end: HostTensor, { L, examples }: Batch): void {
    for (const [row, example] of examples.entries()) {
      const [from, to] = [row * L, (row + 1) * L]
      this.spans.add(example, start.data.subarray(from, to), end.data.subarray(from, to))
    }
  }

  private addLabels({ data }: HostTensor, labels: HostTensor['data'], { B }: Batch): void {
    const { classes } = this
    for (let row = 0; row < B; row++) {
      this.actual.push(labels[row] ?? 0)
      this.predicted.push(
        this.kind === 'number' ? (data[row] ?? 0) : argmax(data.subarray(row * classes, (row + 1) * classes)),
      )
    }
  }

  answers(): Answers {
    const { kind, classes } = this
    switch (kind) {
      case 'masked':
        return { kind, loss: this.loss, correct: this.correct, positions: this.positions }
      case 'tags':
        return { kind, ...this.sentences }
      case 'spans':
        return { kind, ...this.spans.answers() }
      case 'number':
        return { kind, predicted: Float64Array.from(this.predicted), actual: Float64Array.from(this.actual) }
      case 'class': {
        const [predicted, actual] = [Int32Array.from(this.predicted), Int32Array.from(this.actual)]
        return { kind, predicted, actual, classes }
      }
    }
  }
}

function target(batch: Batch, name: string): HostTensor['data'] {
  const found = batch.inputs.get(name)
  if (!found) throw new Error(`the batch has no ${name}`)
  return found.data
}
