/** A label with probabilities, or a number, for each text. A pair is one line with a tab between its texts. */
import { type BatchOptions, makeBatch } from '../../data/batching.ts'
import type { Example } from '../../data/dataset.ts'
import { encodeTexts } from '../../data/encode.ts'
import { labelNames } from '../../data/read-texts.ts'
import { argmax, softmax } from '../distributions.ts'
import {
  type ClassPrediction,
  type Line,
  type LinePredictor,
  type NumberPrediction,
  type PredictorParts,
  twoTexts,
} from './prediction.ts'

export class LabelPredictor implements LinePredictor {
  /** The label names, in order; empty for numbers. */
  readonly classes: readonly string[]
  private readonly parts: PredictorParts

  constructor(parts: PredictorParts) {
    const { output, data } = parts
    this.parts = parts
    const labels = labelNames(data.label) ?? Array.from({ length: output.classes }, (_, i) => `${i}`)
    this.classes = output.kind === 'class' ? labels : []
  }

  predict(lines: readonly Line[]): readonly (ClassPrediction | NumberPrediction)[] {
    if (lines.length === 0) return []
    const { data, tokenizer, output, evaluator } = this.parts
    const pair = data.text.kind === 'pair'
    const examples = lines.map((line, id): Example => {
      const texts = pair ? twoTexts(line, 'two texts') : [line.text]
      return { id, ...encodeTexts(tokenizer, texts, data.maxLength), file: 'input', line: line.number }
    })
    const options: BatchOptions = { pad: data.pad, maxLength: data.maxLength }
    const batch = makeBatch(examples, tokenizer.vocabulary, options)
    const values = evaluator.tap(output.instance.name, output.path, batch).data
    const { classes } = output
    return lines.map(({ text }, row) => {
      const { uncut, tokens } = examples[row] ?? {}
      const cut =
        uncut === undefined || tokens === undefined ? {} : { cut: { read: tokens.length, of: uncut } }
      if (output.kind !== 'class') return { kind: 'number', text, value: values[row] ?? Number.NaN, ...cut }
      const probabilities = softmax(values.subarray(row * classes, (row + 1) * classes))
      return {
        kind: 'class',
        text,
        label: this.classes[argmax(Float64Array.from(probabilities))] ?? '',
        probabilities: Object.fromEntries(probabilities.map((p, i) => [this.classes[i] ?? `${i}`, p])),
        ...cut,
      }
    })
  }
}
