/**
 * A stage over its steps: the loss with its running mean, the learning rate behind it, evaluations, and the
 * norm of the gradient with the limit at which it is clipped.
 */

import { type Content, el, type Markup } from '../../diagnostics/markup.ts'
import { formatCount, formatLoss } from '../../train/format.ts'
import type { Role, StageData } from '../schema.ts'
import { quantile } from '../statistics.ts'
import {
  apart,
  extent,
  isFiniteNumber,
  linear,
  logarithmic,
  logTicks,
  type Scale,
  sum,
  thinned,
  ticks,
} from './scales.ts'
import { area, line, mark, type Points, path, picture, rect, text, tipped } from './svg.ts'
import { fitting, type MetricData, metricText, tickText, widthOf } from './words.ts'

export type CurveStage = Pick<StageData, 'name' | 'rows' | 'evaluations' | 'clip' | 'steps'>

const width = 540
const left = 48
const right = 12
const top = 26
const lossHeight = 132
const scoreTop = top + lossHeight + 30
const scoreHeight = 56
const normTop = scoreTop + scoreHeight + 30
const normHeight = 56
const height = normTop + normHeight + 22
const mostPoints = 300
const mostMarks = 60

type Row = StageData['rows'][number]

/**
 * @param metric the one whose evaluations are shown; without it none are
 * @param roles of models by name; a model without one is an `other`
 */
export function curve(
  stage: CurveStage,
  metric: MetricData | undefined,
  roles: ReadonlyMap<string, Role>,
): Markup {
  const scores = scoresOf(stage, metric)
  const last = Math.max(1, stage.steps, stage.rows.at(-1)?.step ?? 0, ...scores.map(({ step }) => step))
  const x = linear(0, last, left, width - right)
  const means = runningMeans(stage.rows)
  const [from, to] = [stage.rows.map(({ loss }) => loss).find(isFiniteNumber), means.findLast(isFiniteNumber)]
  const change =
    from === undefined || to === undefined
      ? 'no finite loss was logged'
      : `loss ${formatLoss(from)} \u2192 ${formatLoss(to)}`
  const title = fitting(stage.name, 260, 13, true)
  return picture(
    width,
    height,
    [
      `Stage ${stage.name}: ${change.replace('\u2192', 'to')} in ${formatCount(last)} steps`,
      ...(metric && scores.length > 0 ? [scoreWords(scores, metric)] : ['no evaluation']),
      ...clipWords(stage),
    ].join('; '),
    text(0, 14, title, 'h'),
    text(widthOf(title, 13, true) + 12, 14, change, 'm'),
    lossPart(stage, means, x),
    metric && scores.length > 0
      ? scorePart(scores, metric, roles, x)
      : [
          text(0, scoreTop - 8, 'evaluation', 'm'),
          text((left + width) / 2, scoreTop + scoreHeight / 2, 'none in this stage', 's', 'middle'),
        ],
    normPart(stage, x),
    stepTicks(last).map((step) => text(x(step), height - 6, formatCount(step), 's', 'middle')),
    text(width - right, height - 6, `${formatCount(last)} steps`, 's', 'end'),
    cursor(stage.rows, x),
  )
}

/** Round numbers of steps, none under the last one's words. */
function stepTicks(last: number): number[] {
  return ticks(0, last, 6).filter((step) => step === Math.round(step) && step < last * 0.82)
}

function lossPart({ rows }: CurveStage, means: readonly (number | undefined)[], x: Scale): Content {
  const base = top + lossHeight
  const found = extent(rows.map(({ loss }) => loss))
  if (!found) return [line(left, base, width - right, base, 'axis')]
  const { y, marks, isLog } = lossScale(found)
  const most = extent(rows.map(({ rate }) => rate))?.[1] ?? 0
  const rate = most > 0 ? `rate at most ${tickText(Number(most.toPrecision(3)))}` : ''
  const rateAt = linear(0, most || 1, base, base - 30)
  const drawn = thinned([...rows.entries()], mostPoints)
  const points = (value: (row: Row, at: number) => number | null | undefined, scale: Scale): Points =>
    drawn.map(([at, row]) => {
      const found = value(row, at)
      return isFiniteNumber(found) ? [x(row.step), scale(found)] : undefined
    })
  return [
    marks.map((value) => [
      line(left, y(value), width - right, y(value)),
      text(left - 6, y(value) + 4, tickText(value), 's', 'end'),
    ]),
    most > 0 && [
      area(
        points((row) => row.rate, rateAt),
        points(
          (row) => row.rate,
          () => base,
        ),
        'rate',
      ),
    ],
    path(
      points((row) => row.loss, y),
      'raw',
    ),
    path(
      points((_, at) => means[at], y),
      'loss',
    ),
    drawn.length === 1 &&
      drawn.map(
        ([, row]) =>
          isFiniteNumber(row.loss) && el('circle', { cx: x(row.step), cy: y(row.loss), r: 3, class: 'peak' }),
      ),
    text(
      width - right,
      14,
      [isLog ? 'log scale' : '', rate].filter((words) => words !== '').join(', '),
      's',
      'end',
    ),
  ]
}

/** Logarithmic where the loss falls to less than a third and is never 0 or below. */
function lossScale([low, high]: readonly [number, number]): { y: Scale; marks: number[]; isLog: boolean } {
  const base = top + lossHeight
  if (low > 0 && high / low > 3) {
    const ends = [low * 0.92, high * 1.06] as const
    return { y: logarithmic(...ends, base, top), marks: logTicks(...ends), isLog: true }
  }
  const room = (high - low) * 0.08 || Math.abs(high) * 0.1 || 1
  const ends = [low - room, high + room] as const
  return { y: linear(...ends, base, top), marks: ticks(...ends, 5), isLog: false }
}

/** The mean of the finite losses around each row, over a twentieth of the rows. */
function runningMeans(rows: readonly Row[]): (number | undefined)[] {
  // Few rows are shown as they are: a mean over most of them would hide that the loss falls.
  const near = rows.length < 12 ? 0 : Math.max(1, Math.round(rows.length / 40))
  return rows.map(({ loss }, i) => {
    if (!isFiniteNumber(loss)) return undefined
    const around = rows.slice(Math.max(0, i - near), i + near + 1).flatMap((row) => row.loss ?? [])
    const finite = around.filter(isFiniteNumber)
    return sum(finite) / finite.length
  })
}

interface Score {
  readonly series: string
  readonly model: string
  readonly step: number
  readonly value: number
}

/** The series of a model differ by their data where a stage evaluates it on several. */
function scoresOf({ evaluations }: CurveStage, metric: MetricData | undefined): Score[] {
  const sets = new Set(evaluations.map(({ data, split }) => `${data} ${split}`))
  return evaluations.flatMap(({ step, model, data, split, metrics }) => {
    const value = metric && metrics[metric.name]
    if (!isFiniteNumber(value)) return []
    return [{ series: sets.size > 1 ? `${model}, ${data} ${split}` : model, model, step, value }]
  })
}

function bySeries(scores: readonly Score[]): [string, Score[]][] {
  const names = [...new Set(scores.map(({ series }) => series))]
  return names.map((name) => [name, scores.filter(({ series }) => series === name)])
}

function scoreWords(scores: readonly Score[], metric: MetricData): string {
  return bySeries(scores)
    .map(([name, own]) => {
      const [first, final] = [own[0]?.value, own.at(-1)?.value]
      const change = own.length > 1 ? `${metricText(metric, first)} to ` : ''
      return `${metric.name} of ${name} ${change}${metricText(metric, final)}`
    })
    .join(', ')
}

function scorePart(
  scores: readonly Score[],
  metric: MetricData,
  roles: ReadonlyMap<string, Role>,
  x: Scale,
): Content {
  const [low, high] = extent(scores.map(({ value }) => value)) ?? [0, 1]
  const y = linear(low, high, scoreTop + scoreHeight - 6, scoreTop + 12)
  const series = bySeries(scores)
  const names = fitting(series.map(([name]) => name).join(', '), 300)
  return [
    text(0, scoreTop - 8, `${metric.name.replaceAll('_', ' ')} of ${names}`, 'm'),
    line(left, scoreTop + scoreHeight, width - right, scoreTop + scoreHeight, 'axis'),
    series.map(([name, own]) => {
      const role = roles.get(own[0]?.model ?? '') ?? 'other'
      const labelled = labelledOf(own, metric)
      return [
        path(
          own.map(({ step, value }) => [x(step), y(value)]),
          `joined ${role}`,
        ),
        thinned(own, mostMarks).map(({ step, value }) =>
          tipped(
            `step ${formatCount(step)}: ${metric.name} of ${name} ${metricText(metric, value)}`,
            mark(x(step), y(value), role, own.length > 40 ? 2.5 : 4),
          ),
        ),
        labelled.map(({ step, value }) => {
          const words = metricText(metric, value).replace('%', '')
          const edge = widthOf(words, 11.5, true) / 2
          return text(Math.min(x(step), width - edge), y(value) - 8, words, 'b halo', 'middle')
        }),
      ]
    }),
  ]
}

/** Every score if they are few; else the first, the best and the last. Of two that overlap, the later. */
function labelledOf(scores: readonly Score[], metric: MetricData): readonly Score[] {
  const order = [...scores].sort((a, b) => a.value - b.value)
  const best = order.at(metric.higher_is_better ? -1 : 0)
  const near = (a: Score | undefined, b: Score | undefined): boolean =>
    a !== undefined && b !== undefined && Math.abs(a.step - b.step) < (scores.at(-1)?.step ?? 0) / 10
  if (scores.length <= 7) return scores.filter((score, i) => !near(score, scores[i + 1]))
  const [first, last] = [scores[0], scores.at(-1)]
  return [first, near(best, first) || near(best, last) ? undefined : best, last].filter(
    (score): score is Score => score !== undefined,
  )
}

function clipWords({ rows, clip }: CurveStage): string[] {
  const last = rows.map(({ norm }) => norm).findLast(isFiniteNumber)
  if (last === undefined) return []
  return [`gradient norm ${formatLoss(last)} at the end${clip === undefined ? '' : `, clipped at ${clip}`}`]
}

function normPart({ rows, clip }: CurveStage, x: Scale): Content {
  const base = normTop + normHeight
  const drawn = thinned(rows, mostPoints)
  const norms = rows
    .map(({ norm }) => norm)
    .filter(isFiniteNumber)
    .sort((a, b) => a - b)
  const title = text(0, normTop - 8, 'gradient norm', 'm')
  const axis = line(left, base, width - right, base, 'axis')
  const most = extent(norms)?.[1]
  if (most === undefined) {
    return [title, axis, text((left + width) / 2, normTop + normHeight / 2, 'not logged', 's', 'middle')]
  }
  // A single outlier must not flatten all others: what is far above the usual is cut off, and said.
  const usual = 3 * quantile(norms, 0.95)
  const shown = Math.max(most > 2 * usual ? usual : most, clip ?? 0) || 1
  const y = linear(0, shown * 1.05, base, normTop)
  const words = [
    most > shown ? `one of ${formatLoss(most)} is cut off` : '',
    clip === undefined ? 'not clipped' : '',
  ]
  const [clipAt = 0, zeroAt = 0] = clip === undefined ? [] : apart([y(clip), base], 11, base)
  return [
    title,
    text(width - right, normTop - 8, words.filter((word) => word !== '').join(', '), 's', 'end'),
    area(
      drawn.map(({ step, norm }) => (isFiniteNumber(norm) ? [x(step), y(Math.min(norm, shown))] : undefined)),
      drawn.map(({ step }) => [x(step), base]),
      'norm',
    ),
    axis,
    text(left - 6, zeroAt === 0 ? base + 3 : zeroAt + 3, '0', 's', 'end'),
    (clip === undefined || y(shown) < y(clip) - 12) &&
      text(left - 6, normTop + 7, tickText(Number(shown.toPrecision(2))), 's', 'end'),
    clip !== undefined && [
      line(left, y(clip), width - right, y(clip), 'limit'),
      text(left - 6, clipAt + 3, `clip ${tickText(clip)}`, 's', 'end'),
    ],
  ]
}

/** What a pointer reads: the page's script finds the row under it among `data-points`. */
function cursor(rows: readonly Row[], x: Scale): Content {
  const points = thinned(rows, mostPoints).map(({ step, loss, norm, rate }) => [
    step,
    ...[loss, norm, rate].map((value) => (isFiniteNumber(value) ? Number(value.toPrecision(4)) : null)),
  ])
  const ends = [x(0), x(rows.at(-1)?.step ?? 0)] as const
  return [
    line(ends[0], top, ends[0], normTop + normHeight, 'cursor'),
    rect(ends[0], top, ends[1] - ends[0], normTop + normHeight - top, 'hover', {
      'data-points': JSON.stringify(points),
      'data-last': rows.at(-1)?.step ?? 0,
    }),
  ]
}
