/** A number for each text. */
import { taskFacts } from '../../check/tasks.ts'
import { numberBaselines } from '../baselines/number.ts'
import type { NumberPrediction } from './prediction.ts'
import { target } from './target.ts'
import type { Task } from './task.ts'
import { predictTexts } from './texts.ts'

export const numberTask: Task<'number'> = {
  ...taskFacts.number,
  together: () => 64,
  collector(_classes, _labels, keeping) {
    const [predicted, actual]: [number[], number[]] = [[], []]
    const kept = { ids: [] as number[], actual: [] as number[], answer: [] as number[] }
    return {
      add({ value: { data } }, batch) {
        for (const [row, label] of target(batch, 'batch.label').entries()) {
          actual.push(label)
          predicted.push(data[row] ?? 0)
          const id = batch.examples[row]?.id
          if (id === undefined || !keeping?.example(id)) continue
          kept.ids.push(id)
          kept.actual.push(label)
          kept.answer.push(data[row] ?? 0)
        }
      },
      answers: () => ({
        kind: 'number',
        predicted: Float64Array.from(predicted),
        actual: Float64Array.from(actual),
      }),
      record: () => ({ kind: 'number', ...kept }),
    }
  },
  baselines: numberBaselines,
  predictor: (parts) => ({
    labels: [],
    predict: (lines) =>
      predictTexts(parts, lines, (text, values, row): NumberPrediction => {
        return { kind: 'number', text, value: values[row] ?? Number.NaN }
      }),
  }),
  line: ({ value }) => value.toPrecision(6),
}
