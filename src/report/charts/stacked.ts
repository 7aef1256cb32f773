/**
 * What a stage minimizes, term by term: the weighted terms stacked to the loss, and below them each term's
 * share of the gradient norms, where these were measured.
 */

import type { Content, Markup } from '../../diagnostics/markup.ts'
import { formatCount, formatLoss } from '../../train/format.ts'
import type { StageData } from '../schema.ts'
import { apart, extent, isFiniteNumber, linear, type Scale, sum, thinned, ticks } from './scales.ts'
import { area, line, type Points, picture, text, tipped } from './svg.ts'
import { fitting, percent, tickText } from './words.ts'

export type StackedStage = Pick<StageData, 'name' | 'rows' | 'terms' | 'steps'>

const width = 1120
const left = 48
const right = 190
const top = 12
const shareHeight = 70
const gap = 28

type Row = StageData['rows'][number]

interface Layer {
  readonly title: string
  readonly colour: number
  /** By row; undefined where the row has a gap. */
  readonly values: readonly (number | undefined)[]
}

/** A stage of two terms or more; undefined of fewer, or if no row has them all. */
export function stacked(stage: StackedStage): Markup | undefined {
  if (stage.terms.length < 2) return undefined
  const rows = thinned(stage.rows, 300)
  const layers = lossLayers(stage, rows)
  const totals = rows.map((_, i) => totalAt(layers, i))
  const [, high = 0] = extent(totals) ?? []
  const end = totals.findLastIndex(isFiniteNumber)
  if (end < 0) return undefined
  const height = Math.max(150, gap * layers.length + 10)
  const shareTop = top + height + 40
  const shares = shareLayers(stage, rows)
  const bottom = shares ? shareTop + shareHeight : top + height
  const steps = Math.max(1, stage.steps, rows.at(-1)?.step ?? 0)
  const x = linear(rows.length > 1 ? (rows[0]?.step ?? 0) : 0, steps, left, width - right)
  const y = linear(0, high || 1, top + height, top)
  const lossAt = (layer: Layer): number => layer.values[end] ?? 0
  const total = totals[end] ?? 0
  const names = layers.map((layer) => `${layer.title} ${formatLoss(lossAt(layer))}`)
  return picture(
    width,
    bottom + 22,
    `Stage ${stage.name}, the loss by term: at the end ${names.join(', ')} of ${formatLoss(total)}`,
    ticks(0, high, 5).map((value) => [
      line(left, y(value), width - right, y(value)),
      text(left - 6, y(value) + 4, tickText(value), 's', 'end'),
    ]),
    drawn(layers, rows, x, y),
    legend(
      layers,
      end,
      y,
      top + height - 12,
      gap,
      (layer) => `${formatLoss(lossAt(layer))} of ${formatLoss(total)}`,
    ),
    shares && sharePart(shares, rows, x, shareTop),
    ticks(0, steps, 8)
      .filter((step) => step === Math.round(step) && x(step) >= left && step < steps * 0.9)
      .map((step) => text(x(step), bottom + 15, formatCount(step), 's', 'middle')),
    text(width - right, bottom + 15, `${formatCount(steps)} steps`, 's', 'end'),
  )
}

function sharePart(layers: readonly Layer[], rows: readonly Row[], x: Scale, at: number): Content {
  const y = linear(0, 1, at + shareHeight, at)
  const end = rows.findLastIndex((_, i) => layers.every(({ values }) => isFiniteNumber(values[i])))
  return [
    text(0, at - 10, 'share of the terms\u2019 gradient norms', 'm'),
    drawn(layers, rows, x, y),
    legend(layers, end, y, at + shareHeight - 2, 14, undefined),
    [0, 1].map((value) => text(left - 6, y(value) + 4, percent(value, 0), 's', 'end')),
  ]
}

/** The weighted terms. The loss is their sum, so a negative one is drawn as 0. */
function lossLayers({ terms }: StackedStage, rows: readonly Row[]): Layer[] {
  return terms.map(({ name, weight }, i) => ({
    title: weight === 1 ? name : `${tickText(weight)} \u00d7 ${name}`,
    colour: i % 6,
    values: rows.map((row) => {
      const value = row.terms[name]
      return isFiniteNumber(value) ? Math.max(0, weight * value) : undefined
    }),
  }))
}

/** Undefined if no row has the norms. Rows without them are left out, not drawn as gaps. */
function shareLayers({ terms }: StackedStage, rows: readonly Row[]): Layer[] | undefined {
  const shares = terms.map(({ name }, i) => ({
    title: name,
    colour: i % 6,
    values: rows.map(({ term_norms }) => {
      const all = terms.map((term) => term_norms?.[term.name])
      const finite = all.filter(isFiniteNumber)
      const whole = sum(finite)
      return finite.length === terms.length && whole > 0 ? (term_norms?.[name] ?? 0) / whole : undefined
    }),
  }))
  return shares[0]?.values.some(isFiniteNumber) ? shares : undefined
}

function totalAt(layers: readonly Layer[], row: number): number | undefined {
  const values = layers.map((layer) => layer.values[row]).filter(isFiniteNumber)
  return values.length === layers.length ? sum(values) : undefined
}

/** Rows that no layer has are skipped: where norms are measured now and then, areas join these rows. */
function drawn(layers: readonly Layer[], rows: readonly Row[], x: Scale, y: Scale): Content {
  const kept = [...rows.entries()].filter(([i]) => layers.some(({ values }) => values[i] !== undefined))
  const edge = (upTo: number): Points =>
    kept.map(([i, { step }]) => {
      const whole = totalAt(layers, i)
      return whole === undefined
        ? undefined
        : [x(step), y(sum(layers.slice(0, upTo).map(({ values }) => values[i] ?? 0)))]
    })
  return layers.map((layer, k) => tipped(layer.title, area(edge(k + 1), edge(k), `layer l${layer.colour}`)))
}

function legend(
  layers: readonly Layer[],
  end: number,
  y: Scale,
  floor: number,
  apartBy: number,
  under: ((layer: Layer) => string) | undefined,
): Content {
  const middles = layers.map((_, k) => {
    const below = sum(layers.slice(0, k).map(({ values }) => values[end] ?? 0))
    return y(below + (layers[k]?.values[end] ?? 0) / 2)
  })
  const places = apart(middles, apartBy, floor)
  return layers.map((layer, k) => {
    const at = places[k] ?? 0
    const share = under ? '' : ` ${percent(layer.values[end], 0)}`
    const name = fitting(layer.title, right - 14 - share.length * 8, 11.5, true)
    return [
      text(width - right + 10, at + (under ? 1 : 4), name + share, `b ink l${layer.colour}`),
      under && text(width - right + 10, at + 13, under(layer), 's'),
    ]
  })
}
