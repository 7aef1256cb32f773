/** A sweep: its runs as lines through their settings, the effect of each setting, the spread over seeds. */
import { isMetric } from '../../check/metric-names.ts'
import { type Content, html, joined } from '../../diagnostics/markup.ts'
import { formatCount } from '../../train/format.ts'
import { metrics } from '../../train/metrics/index.ts'
import { parallel } from '../charts/parallel.ts'
import { isFiniteNumber } from '../charts/scales.ts'
import { seeds } from '../charts/seeds.ts'
import { type MetricData, metricText } from '../charts/words.ts'
import type { ReportData, SweepData } from '../schema.ts'
import { details, listedWords, type Section, scroller, table } from './card.ts'

const mostListed = 100

export function sweepSection({ sweep, runs }: ReportData): Section | undefined {
  if (!sweep) return undefined
  const metric = metricOf(sweep, runs[0]?.metric)
  const title =
    sweep.settings.length === 0
      ? `${sweep.seeds.length} seeds`
      : `Sweep: ${sweep.runs.length} runs over ${sweep.settings.map(({ name }) => name).join(', ')}`
  const lines = sweep.settings.length > 0 ? parallel(sweep, metric) : undefined
  const strips = sweep.seeds.length > 1 ? seeds(sweep, metric) : undefined
  const without = sweep.runs.filter(({ value }) => !isFiniteNumber(value)).length
  return {
    id: 'sweep',
    name: sweep.settings.length === 0 ? 'Seeds' : 'Sweep',
    title,
    isWide: true,
    say: [
      lines &&
        html`A line for each run, the best in red${sweep.best === undefined ? '' : html`: <b>${sweep.best}</b>`}. `,
      effectWords(sweep, metric),
      without > 0 && ` ${without} of ${sweep.runs.length} runs have no score and are not drawn.`,
    ],
    body: joined(
      !lines && !strips && html`<p class="absent">No run of the sweep has a score yet.</p>`,
      lines && scroller('runs of the sweep', lines, true),
      strips && [
        html`${lines && html`<h3>Seeds</h3>`}<p class="say">A dot for each seed. Line: their mean. Band: one standard deviation to each side.${sweep.spread.length > 16 ? ` The best 16 of ${sweep.spread.length} combinations.` : ''}</p>`,
        scroller('scores by seed', strips, true),
      ],
      details('The runs as a table', scroller('table of the runs of the sweep', runTable(sweep, metric))),
    ),
  }
}

/** The sweep names its metric; the run that is shown knows how it is written. */
function metricOf({ metric: name }: SweepData, shown: MetricData | undefined): MetricData {
  if (shown?.name === name) return shown
  if (!isMetric(name)) return { name, share: false, higher_is_better: true }
  return { name, share: metrics[name].share, higher_is_better: metrics[name].better === 'higher' }
}

function effectWords({ effects, metric: name }: SweepData, metric: MetricData): Content {
  const known = effects.flatMap(({ name: setting, difference, means }) =>
    isFiniteNumber(difference) && means.length > 1 ? [{ setting, difference }] : [],
  )
  if (known.length === 0) return undefined
  const words = [...known]
    .sort((a, b) => b.difference - a.difference)
    .map(({ setting, difference }) => {
      const size = metric.share ? `${(100 * difference).toFixed(1)} points` : metricText(metric, difference)
      return html`<b>${setting}</b> changes it by ${size}`
    })
  return html`Of the mean ${name.replaceAll('_', ' ')}, ${listedWords(words)}.`
}

function runTable({ runs, settings, metric: name, seeds: all }: SweepData, metric: MetricData): Content {
  const order = [...runs].sort((a, b) => {
    const [x, y] = [a.value ?? Number.NaN, b.value ?? Number.NaN]
    if (Number.isNaN(x) || Number.isNaN(y)) return Number(Number.isNaN(x)) - Number(Number.isNaN(y))
    return metric.higher_is_better ? y - x : x - y
  })
  return table(
    [
      { title: 'run' },
      ...settings.map((setting) => ({ title: setting.name })),
      ...(all.length > 1 ? [{ title: 'seed', isNumber: true }] : []),
      { title: 'parameters', isNumber: true },
      { title: name.replaceAll('_', ' '), isNumber: true },
    ],
    order
      .slice(0, mostListed)
      .map((run) => [
        run.name,
        ...settings.map((setting) => run.settings[setting.name]),
        ...(all.length > 1 ? [String(run.seed)] : []),
        formatCount(run.parameters),
        run.finished ? metricText(metric, run.value) : 'not finished',
      ]),
    runs.length > mostListed ? { caption: `The best ${mostListed} of ${runs.length} runs` } : {},
  )
}
