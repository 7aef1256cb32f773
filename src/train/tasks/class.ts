/** One of several classes for each text. */
import { taskFacts } from '../../check/tasks.ts'
import { labelNames } from '../../data/label-names.ts'
import type { HostTensor } from '../../run/runner.ts'
import { classBaselines } from '../baselines/class.ts'
import { argmax, softmax } from '../distributions.ts'
import type { ClassRecord, Keeping } from './answer-record.ts'
import type { ClassPrediction } from './prediction.ts'
import { target } from './target.ts'
import { share, type Task } from './task.ts'
import { predictTexts } from './texts.ts'

export const classTask: Task<'class'> = {
  ...taskFacts.class,
  together: () => 64,
  collector(classes, _labels, keeping) {
    const [predicted, actual]: [number[], number[]] = [[], []]
    const kept = new KeptClasses(keeping)
    return {
      add({ value: { data } }, batch) {
        for (const [row, label] of target(batch, 'batch.label').entries()) {
          const scores = data.subarray(row * classes, (row + 1) * classes)
          const best = argmax(scores)
          actual.push(label)
          predicted.push(best)
          kept.add(batch.examples[row]?.id, label, best, scores)
        }
      },
      answers: () => ({
        kind: 'class',
        predicted: Int32Array.from(predicted),
        actual: Int32Array.from(actual),
        classes,
      }),
      record: () => kept.record,
    }
  },
  baselines: classBaselines,
  predictor(parts) {
    const { classes } = parts.output
    const labels = labelNames(parts.data.label) ?? Array.from({ length: classes }, (_, i) => `${i}`)
    return {
      labels,
      predict: (lines) =>
        predictTexts(parts, lines, (text, values, row): ClassPrediction => {
          const probabilities = softmax(values.subarray(row * classes, (row + 1) * classes))
          return {
            kind: 'class',
            text,
            label: labels[argmax(Float64Array.from(probabilities))] ?? '',
            probabilities: Object.fromEntries(probabilities.map((p, i) => [labels[i] ?? `${i}`, p])),
          }
        }),
    }
  },
  /** `plant	0.93` */
  line({ label, probabilities }, all) {
    const shown = all ? Object.values(probabilities) : [probabilities[label] ?? 0]
    return [label, ...shown.map(share)].join('\t')
  },
}

/** The single answers that a run keeps. */
class KeptClasses {
  private readonly keeping: Keeping | undefined
  private readonly columns: [ids: number[], actual: number[], answer: number[], probability: number[]] = [
    [],
    [],
    [],
    [],
  ]
  private readonly distributions: Float32Array[] = []

  constructor(keeping: Keeping | undefined) {
    this.keeping = keeping
  }

  add(id: number | undefined, label: number, best: number, scores: HostTensor['data']): void {
    if (id === undefined || !this.keeping?.example(id)) return
    const probabilities = softmax(scores)
    const values = [id, label, best, probabilities[best] ?? Number.NaN]
    for (const [k, column] of this.columns.entries()) column.push(values[k] ?? Number.NaN)
    if (this.keeping.distributions) this.distributions.push(Float32Array.from(probabilities))
  }

  get record(): ClassRecord {
    const [ids, actual, answer, probability] = this.columns
    const { distributions } = this
    const all = this.keeping?.distributions ? { distributions } : {}
    return { kind: 'class', ids, actual, answer, probability, ...all }
  }
}
