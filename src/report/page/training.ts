/** Training: the curves of each stage, its loss by term, and the optimizer. */

import { type Content, html, joined, Markup } from '../../diagnostics/markup.ts'
import { formatCount, formatLoss } from '../../train/format.ts'
import { curve } from '../charts/curve.ts'
import { isFiniteNumber, sum, thinned } from '../charts/scales.ts'
import { stacked } from '../charts/stacked.ts'
import { metricText, missing, percent, tickText } from '../charts/words.ts'
import { rolesOf } from '../focus.ts'
import type { RunData, StageData } from '../schema.ts'
import { absent, details, notes, type Section, scroller, table } from './card.ts'
import { rich } from './rich.ts'

export function trainingSection(run: RunData): Section {
  const shared = { id: 'training', name: 'Training', title: 'Training', isWide: true }
  const logged = run.stages.filter(({ rows }) => rows.length > 0)
  if (logged.length === 0) return { ...shared, body: absent(run, 'training', 'The run logged no intervals.') }
  const roles = rolesOf(run)
  const unlogged = run.stages.filter(({ rows }) => rows.length === 0).map(({ name }) => name)
  return {
    ...shared,
    say: [
      'Bold: the running mean of the loss. Grey: the learning rate. ',
      run.metric && 'Marks: evaluations. ',
      'Below: the norm of the gradient before it is clipped.',
      unlogged.length > 0 && ` Nothing was logged in ${unlogged.join(', ')}.`,
    ],
    body: joined(
      html`<div class="columns">${logged.map((stage) => html`<div>${curve(stage, run.metric, roles)}${stage.unscored !== undefined && html`<p class="say">${rich(stage.unscored)}</p>`}</div>`)}<div${logged.length % 2 === 0 && new Markup(' class="wide"')}><h3>The optimizer</h3>${scroller('table of optimizers', optimizerTable(run.stages))}</div></div>`,
      notes(run, 'training'),
      termPart(run, logged),
      details(
        'The curves as a table',
        logged.map((stage) => curveTable(run, stage)),
      ),
    ),
  }
}

function optimizerTable(stages: readonly StageData[]): Content {
  return table(
    [
      { title: 'stage' },
      { title: 'optimizer', style: 'made' },
      { title: 'steps', isNumber: true },
      { title: 'clipped', isNumber: true },
      { title: 'last norm', isNumber: true },
    ],
    stages.map(({ name, optimizer, steps, rows, clip, stopped_early }) => {
      const norm = rows.map((row) => row.norm).findLast(isFiniteNumber)
      return [
        name,
        optimizer,
        `${formatCount(steps)}${stopped_early ? ', stopped early' : ''}`,
        clip === undefined ? 'no clip' : percent(clippedOf(rows, clip), 0),
        norm === undefined ? missing : formatLoss(norm),
      ]
    }),
  )
}

/** Of the steps where it was kept; else of the logged intervals. */
function clippedOf(rows: StageData['rows'], clip: number): number | undefined {
  const kept = rows.flatMap(({ clipped }) => clipped ?? [])
  if (kept.length > 0) return sum(kept) / kept.length
  const norms = rows.map(({ norm }) => norm).filter(isFiniteNumber)
  return norms.length > 0 ? norms.filter((norm) => norm > clip).length / norms.length : undefined
}

function termPart(run: RunData, stages: readonly StageData[]): Content {
  const several = stages.flatMap((stage) => {
    const picture = stacked(stage)
    return picture ? [{ stage, picture }] : []
  })
  if (several.length === 0) {
    const said = notes(run, 'terms')
    return said.text !== '' && joined(html`<h3>Loss by term</h3>`, said)
  }
  return several.map(({ stage, picture }) => {
    const formula = stage.terms
      .map(({ name, weight }) => (weight === 1 ? name : `${tickText(weight)} * ${name}`))
      .join(' + ')
    const isMeasured = stage.rows.some(({ term_norms }) => term_norms !== undefined)
    return joined(
      html`<h3>Loss by term: ${stage.name}</h3>`,
      html`<p class="say">The stage minimizes <code>${formula}</code>. ${isMeasured ? 'Below: which share of the gradient norms each weighted term has.' : 'Gradient norms by term were not measured in this stage.'}</p>`,
      scroller(`loss by term of stage ${stage.name}`, picture, true),
    )
  })
}

/** A dozen rows of a stage, for those who cannot see or point at its curve. */
function curveTable({ metric }: RunData, { name, rows, evaluations }: StageData): Content {
  const number = (value: number | null): string => (isFiniteNumber(value) ? formatLoss(value) : missing)
  const scores = metric
    ? evaluations.flatMap(({ step, model, metrics }) =>
        isFiniteNumber(metrics[metric.name])
          ? [`step ${formatCount(step)}: ${model} ${metricText(metric, metrics[metric.name])}`]
          : [],
      )
    : []
  return joined(
    scroller(
      `numbers of stage ${name}`,
      table(
        [
          { title: 'step' },
          { title: 'loss', isNumber: true },
          { title: 'gradient norm', isNumber: true },
          { title: 'rate', isNumber: true },
        ],
        thinned(rows, 12).map(({ step, loss, norm, rate }) => [
          formatCount(step),
          number(loss),
          number(norm),
          tickText(Number(rate.toPrecision(3))),
        ]),
        { caption: `Stage ${name}` },
      ),
    ),
    metric &&
      scores.length > 0 &&
      html`<p class="say">${metric.name}: ${thinned(scores, 30).join('; ')}.</p>`,
  )
}
