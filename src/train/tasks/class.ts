/** One of several classes for each text. */
import { taskFacts } from '../../check/tasks.ts'
import { labelNames } from '../../data/label-names.ts'
import { classBaselines } from '../baselines/class.ts'
import { argmax, softmax } from '../distributions.ts'
import type { ClassPrediction } from './prediction.ts'
import { target } from './target.ts'
import { share, type Task } from './task.ts'
import { predictTexts } from './texts.ts'

export const classTask: Task<'class'> = {
  ...taskFacts.class,
  together: () => 64,
  collector(classes) {
    const [predicted, actual]: [number[], number[]] = [[], []]
    return {
      add({ value: { data } }, batch) {
        for (const [row, label] of target(batch, 'batch.label').entries()) {
          actual.push(label)
          predicted.push(argmax(data.subarray(row * classes, (row + 1) * classes)))
        }
      },
      answers: () => ({
        kind: 'class',
        predicted: Int32Array.from(predicted),
        actual: Int32Array.from(actual),
        classes,
      }),
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
