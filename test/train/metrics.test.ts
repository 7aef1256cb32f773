import { describe, expect, it } from 'vitest'
import type { MetricName } from '../../src/check/metric-names.ts'
import { metricsOf } from '../../src/check/metric-names.ts'
import { taskFacts } from '../../src/check/tasks.ts'
import { formatMetric, isBetter, measure } from '../../src/train/metrics/index.ts'
import type { Answers } from '../../src/train/metrics/metric.ts'

const classes = (predicted: number[], actual: number[], count: number): Answers => ({
  kind: 'class',
  predicted: Int32Array.from(predicted),
  actual: Int32Array.from(actual),
  classes: count,
})
const numbers = (predicted: number[], actual: number[]): Answers => ({
  kind: 'number',
  predicted: Float64Array.from(predicted),
  actual: Float64Array.from(actual),
})

// Values of scikit-learn's f1_score and matthews_corrcoef, scipy's pearsonr and spearmanr, worked out by hand beside each.
const known: [MetricName, Answers, number][] = [
  ['accuracy', classes([0, 1, 1, 0], [0, 1, 0, 0], 2), 3 / 4],
  // one true positive, one false positive, none missed: 2 / 3
  ['f1', classes([0, 1, 1, 0], [0, 1, 0, 0], 2), 2 / 3],
  // classes 0: 2*2/(2*2+1), 1: 2*1/(2*1+2), 2: 0/(0+1)
  ['f1', classes([0, 0, 1, 1, 2], [0, 0, 1, 0, 1], 3), (4 / 5 + 1 / 2 + 0) / 3],
  // macro: class 0 has 2*2/(2*2+1), class 1 has 2/3; micro: 3 right, 1 false positive, 1 false negative
  ['macro_f1', classes([0, 1, 1, 0], [0, 1, 0, 0], 2), (4 / 5 + 2 / 3) / 2],
  // class 2 occurs neither among the answers nor among the labels: it is no part of the mean
  ['macro_f1', classes([0, 1, 1, 0], [0, 1, 0, 0], 3), (4 / 5 + 2 / 3) / 2],
  ['f1', classes([0, 1, 1, 0], [0, 1, 0, 0], 3), (4 / 5 + 2 / 3) / 2],
  // class 2 is a label that no answer gives: 0, and a part of the mean
  ['macro_f1', classes([0, 1, 1, 0], [0, 1, 2, 0], 3), (1 + 2 / 3 + 0) / 3],
  ['micro_f1', classes([0, 1, 1, 0], [0, 1, 0, 0], 2), (2 * 3) / (2 * 3 + 1 + 1)],
  // (tp tn - fp fn) / sqrt(...) with tp 1, tn 2, fp 1, fn 0
  ['matthews', classes([0, 1, 1, 0], [0, 1, 0, 0], 2), 2 / Math.sqrt(2 * 1 * 3 * 2)],
  ['matthews', classes([1, 1, 1], [0, 1, 1], 2), 0],
  // scikit-learn: matthews_corrcoef([0, 0, 0, 1, 1], [0, 0, 1, 1, 2]) = (15 - 8) / sqrt((25 - 9) (25 - 13))
  [
    'matthews',
    classes([0, 0, 1, 1, 2], [0, 0, 0, 1, 1], 3),
    (3 * 5 - (2 * 3 + 2 * 2)) / Math.sqrt((25 - 9) * (25 - 13)),
  ],
  ['mse', numbers([1, 2, 4], [1, 4, 1]), 13 / 3],
  ['pearson', numbers([1, 2, 3], [2, 4, 7]), 5 / Math.sqrt(2 * (114 / 9))],
  ['pearson', numbers([1, 1, 1], [2, 4, 7]), 0],
  ['spearman', numbers([1, 2, 3], [2, 4, 700]), 1],
  // ranks [1, 2.5, 2.5, 4] and [1, 2, 3, 4]
  ['spearman', numbers([1, 2, 2, 3], [10, 20, 30, 40]), 4.5 / Math.sqrt(4.5 * 5)],
  ['perplexity', { kind: 'masked', loss: 6 * Math.log(8), correct: 2, positions: 6 }, 8],
  ['masked_accuracy', { kind: 'masked', loss: 1, correct: 2, positions: 6 }, 1 / 3],
  ['masked_accuracy', { kind: 'masked', loss: 0, correct: 0, positions: 0 }, 0],
]

describe('metrics', () => {
  it.each(known)('%s of case %#', (name, answers, value) => {
    expect(measure(name, answers)).toBeCloseTo(value, 12)
  })
  it('are not measured on answers of another kind', () => {
    expect(measure('accuracy', numbers([1], [1]))).toBeUndefined()
    expect(metricsOf('number')).toEqual(['mse', 'pearson', 'spearman'])
    expect(taskFacts.class.metric).toBe('accuracy')
  })
  it('know what is better', () => {
    expect(isBetter('accuracy', 0.5, undefined)).toBe(true)
    expect(isBetter('accuracy', 0.5, 0.5)).toBe(false)
    expect(isBetter('perplexity', 9, 10)).toBe(true)
    expect(isBetter('mse', 10, 9)).toBe(false)
  })
  it('are written as percent where they are shares', () => {
    expect(formatMetric('accuracy', 0.9244)).toBe('92.4')
    expect(formatMetric('perplexity', 11.9743)).toBe('11.97')
  })
})
