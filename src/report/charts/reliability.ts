/** How often answers of some confidence are right. A model that is never too sure is on the diagonal. */
import type { Markup } from '../../diagnostics/markup.ts'
import type { AnswersData } from '../schema.ts'
import { linear, sum } from './scales.ts'
import { line, mark, path, picture, text, tipped } from './svg.ts'
import { count, percent } from './words.ts'

const width = 250
const side = 196
const left = 36
const top = 10

export function reliability(models: readonly AnswersData['models'][number][]): Markup {
  const x = linear(0, 1, left, left + side)
  const y = linear(0, 1, top + side, top)
  return picture(
    width,
    top + side + 34,
    `Confidence against accuracy; expected calibration error ${models
      .map(({ model, calibration_error }) => `${percent(calibration_error)} of ${model}`)
      .join(', ')}`,
    [0, 0.5, 1].map((share) => [
      line(x(share), top, x(share), top + side),
      line(left, y(share), left + side, y(share)),
      text(x(share), top + side + 14, percent(share, 0), 's', 'middle'),
      text(left - 5, y(share) + 4, percent(share, 0), 's', 'end'),
    ]),
    line(x(0), y(0), x(1), y(1), 'limit'),
    text(left + side / 2, top + side + 29, 'confidence', 'm', 'middle'),
    models.map(({ model, role, bins }) => {
      // A handful of answers has no share that means anything.
      const least = Math.max(3, sum(bins.map((bin) => bin.count)) / 250)
      const shown = bins.filter((bin) => bin.count >= least)
      return [
        path(
          shown.map(({ confidence, right }) => [x(confidence), y(right)]),
          `reliable ${role}`,
        ),
        shown.map(({ count: answers, confidence, right }) =>
          tipped(
            `${model}: of ${count(answers)} answers that are ${percent(confidence, 0)} sure, ${percent(right, 0)} are right`,
            mark(x(confidence), y(right), role, 3),
          ),
        ),
      ]
    }),
  )
}
