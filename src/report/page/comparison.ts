/** Which of several runs is best: their scores with intervals or spreads, each against the best one. */

import { type Content, html } from '../../diagnostics/markup.ts'
import { metricText, missing } from '../charts/words.ts'
import type { ComparisonData, ReportData } from '../schema.ts'
import { type Section, scroller, table } from './card.ts'

const mostListed = 50

type Compared = ComparisonData['compared'][number]

export function comparisonSection({ comparison }: ReportData): Section | undefined {
  const { compared = [], metric } = comparison ?? {}
  if (!metric || compared.length < 2) return undefined
  const name = metric.name.replaceAll('_', ' ')
  const isSeeds = compared.some(({ deviation }) => deviation !== undefined)
  const tested = compared.filter(({ paired }) => paired)
  const counted = tested.some(({ paired }) => paired?.p !== undefined)
  return {
    id: 'comparison',
    name: 'Best',
    title: 'Which is best',
    isWide: true,
    say: [
      isSeeds && 'After \u00b1 is the standard deviation over seeds. ',
      tested.length > 0 &&
        html`Each is compared with <b>${compared[0]?.name}</b> on the same ${tested[0]?.paired?.unit}: the difference with its 95% interval by a paired bootstrap${counted && ', and McNemar\u2019s exact test on those that only one of both answers rightly'}.`,
    ],
    body: scroller(
      'scores of the runs against the best one',
      table(
        [
          { title: 'run' },
          { title: 'model' },
          { title: name, isNumber: true },
          ...(tested.length > 0 ? [{ title: 'difference', isNumber: true }] : []),
          ...(counted
            ? [
                { title: 'only the best is right', isNumber: true },
                { title: 'only this is right', isNumber: true },
                { title: 'p', isNumber: true },
              ]
            : []),
        ],
        compared
          .slice(0, mostListed)
          .map((one) => [
            one.name,
            one.model,
            scoreWords(metric, one),
            ...(tested.length > 0 ? [differenceWords(metric, one)] : []),
            ...(counted ? countWords(one) : []),
          ]),
        {
          highlighted: 0,
          ...(compared.length > mostListed
            ? { caption: `The best ${mostListed} of ${compared.length}` }
            : {}),
        },
      ),
    ),
  }
}

function scoreWords(
  metric: ComparisonData['metric'],
  { mean, deviation, interval, seeds }: Compared,
): string {
  const value = metricText(metric, mean)
  if (deviation !== undefined) return `${value} \u00b1 ${points(metric, deviation)}, ${seeds.length} seeds`
  return interval
    ? `${value} [${metricText(metric, interval.low)} to ${metricText(metric, interval.high)}]`
    : value
}

function points({ share }: ComparisonData['metric'], size: number): string {
  return share ? (100 * size).toFixed(1) : size.toPrecision(2)
}

function signed(metric: ComparisonData['metric'], by: number): string {
  return `${by > 0 ? '+' : by < 0 ? '\u2212' : ''}${points(metric, Math.abs(by))}`
}

function differenceWords(metric: ComparisonData['metric'], { paired }: Compared): string {
  if (!paired) return missing
  const { difference, interval } = paired
  const ends = interval && ` [${signed(metric, interval.low)} to ${signed(metric, interval.high)}]`
  return `${signed(metric, difference)}${ends ?? ''}`
}

function countWords({ paired }: Compared): Content[] {
  const { only_best, only_this, p } = paired ?? {}
  if (only_best === undefined || only_this === undefined || p === undefined)
    return [missing, missing, missing]
  return [String(only_best), String(only_this), p < 0.001 ? '< 0.001' : p.toPrecision(2)]
}
