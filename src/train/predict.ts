/** Lines of text to labels with probabilities, or to numbers. */
import type { DataSpec, Program } from '../check/program.ts'
import { type BatchOptions, makeBatch } from '../data/batching.ts'
import type { Example } from '../data/dataset.ts'
import { encodeTexts } from '../data/encode.ts'
import { labelNames } from '../data/read-texts.ts'
import type { Tokenizer } from '../data/tokenizer/wordpiece.ts'
import { argmax, softmax } from './distributions.ts'
import { dataFor, type Evaluator, type HeadOutput } from './evaluate.ts'

export interface Prediction {
  readonly text: string
  /** A class, or absent for a number. */
  readonly label?: string
  /** By label, in the order of the labels. */
  readonly probabilities?: Readonly<Record<string, number>>
  readonly value?: number
}

/** The data block whose texts and labels a head is about: the one its classes come from, else one that fits, else the first. */
export function dataOfHead(program: Program, output: HeadOutput): DataSpec | undefined {
  const source = /^labels (.+)\.label$/.exec(output.identity ?? '')?.[1]
  return program.data.get(source ?? '') ?? dataFor(program, output) ?? [...program.data.values()][0]
}

/** Labels texts with one head. A pair is one line with a tab between its texts. */
export class Predictor {
  private readonly output: HeadOutput
  private readonly data: DataSpec
  private readonly tokenizer: Tokenizer
  private readonly evaluator: Evaluator
  private readonly labels: readonly string[]

  constructor(output: HeadOutput, data: DataSpec, tokenizer: Tokenizer, evaluator: Evaluator) {
    this.output = output
    this.data = data
    this.tokenizer = tokenizer
    this.evaluator = evaluator
    this.labels = labelNames(data.label) ?? Array.from({ length: output.classes }, (_, i) => `${i}`)
  }

  /** The label names, in order; empty for numbers. */
  get classes(): readonly string[] {
    return this.output.kind === 'class' ? this.labels : []
  }

  predict(lines: readonly string[]): Prediction[] {
    if (lines.length === 0) return []
    const { data, tokenizer, output } = this
    const pair = data.text.kind === 'pair'
    const examples = lines.map((line, id): Example => {
      const texts = pair ? line.split('\t').slice(0, 2) : [line]
      return { id, ...encodeTexts(tokenizer, texts, data.maxLength), file: 'input', line: id + 1 }
    })
    const options: BatchOptions = { pad: data.pad, maxLength: data.maxLength }
    const batch = makeBatch(examples, tokenizer.vocabulary, options)
    const values = this.evaluator.tap(output.instance.name, output.path, batch).data
    const { classes } = output
    return lines.map((text, row) => {
      if (output.kind !== 'class') return { text, value: values[row] ?? Number.NaN }
      const probabilities = softmax(values.subarray(row * classes, (row + 1) * classes))
      return {
        text,
        label: this.labels[argmax(Float64Array.from(probabilities))] ?? '',
        probabilities: Object.fromEntries(probabilities.map((p, i) => [this.labels[i] ?? `${i}`, p])),
      }
    })
  }
}
