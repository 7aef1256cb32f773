/** The head of the page: what came of it in one sentence, four tiles, and what is fine or needs a look. */

import { type Content, el, html, type Markup } from '../../diagnostics/markup.ts'
import { formatBytes, formatCount } from '../../train/format.ts'
import { bars, type Placed, placed } from '../charts/bars.ts'
import { isFiniteNumber } from '../charts/scales.ts'
import { count, metricText, milliseconds, percent } from '../charts/words.ts'
import { type Focus, focusOf } from '../focus.ts'
import type { ComparisonData, ModelData, RunData } from '../schema.ts'
import { notes } from './card.ts'
import { rich } from './rich.ts'

export function header(run: RunData, comparison: ComparisonData | undefined): Markup {
  const { verdict, spec, created, seed, backend, processor, again, finished } = run
  const settings = Object.entries(run.settings).map(([name, value]) => el('span', {}, `${name} = ${value}`))
  const versions = Object.entries(again.versions).map(([name, version]) => `${name} ${version}`)
  return html`<header><div class="meta"><b>${spec}</b><span>${created.slice(0, 16).replace('T', ' ')} UTC</span><span>seed ${String(seed)}</span>${settings}<span>${processor === undefined ? backend : `${backend}, ${processor}`}</span><span>${versions.join(', ')}</span>${!finished && html`<b>not finished</b>`}<button id="theme" type="button" hidden="">\u25d0 colours: <span>dark</span></button></div>
${comparison ? headOf(comparison) : headOf(verdict)}
${comparison && html`<p class="lede">In full below: ${el('b', {}, run.name)}. ${rich(verdict.headline)} ${rich(verdict.lede)}</p>`}</header>`
}

const headOf = ({ headline, lede }: Pick<ComparisonData, 'headline' | 'lede'>): Markup =>
  html`<h1>${rich(headline)}</h1>
<p class="lede">${rich(lede)}</p>`

export function verdict(run: RunData): Markup {
  const focus = focusOf(run)
  const tiles = focus ? [scoreTile(run, focus), sizeTile(focus), timeTile(focus), sameTile(run, focus)] : []
  const shown = tiles.filter((tile) => tile !== undefined)
  return html`<section class="wide" id="verdict" aria-label="verdict">
<dl class="tiles">${shown.map(({ name, big, small, picture }) => html`<div class="card tile"><dt>${name}</dt><dd><span class="big">${big} <small>${small}</small></span>${picture}</dd></div>`)}</dl>
${notes(run, 'verdict')}</section>
${run.verdict.checks.length > 0 && checks(run)}`
}

interface Tile {
  readonly name: string
  readonly big: string
  readonly small: string
  readonly picture: Content
}

function scoreTile(run: RunData, { main, teacher, alone }: Focus): Tile | undefined {
  const { metric } = run
  const value = metric && main.metrics[metric.name]
  if (!metric || !isFiniteNumber(value)) return undefined
  const placesOf = (model: ModelData | undefined): Placed[] => {
    const score = model?.metrics[metric.name]
    return model && isFiniteNumber(score)
      ? [{ name: model.name, role: model.role, value: score, interval: model.interval }]
      : []
  }
  const better = metric.higher_is_better ? 1 : -1
  const baselines = run.baselines
    .flatMap(({ name, data, metrics }) => {
      const score = metrics[metric.name]
      return isFiniteNumber(score) && (main.data === undefined || data === main.data)
        ? [{ name, value: score }]
        : []
    })
    .sort((a, b) => better * (b.value - a.value))
    .slice(0, 1)
  const models = [...baselines, ...placesOf(alone), ...placesOf(teacher), ...placesOf(main)]
  const texts = run.answers.find(({ data, split }) => data === main.data && split === main.split)
  const on = texts
    ? `, ${formatCount(texts.count)} ${texts.split} ${texts.unit}`
    : main.split === undefined
      ? ''
      : `, ${main.split}`
  const teacherScore = teacher?.metrics[metric.name]
  const half = main.interval && (main.interval.high - main.interval.low) / 2
  const small = [
    ...(half === undefined ? [] : [`\u00b1${metric.share ? (100 * half).toFixed(1) : half.toPrecision(2)}`]),
    ...(isFiniteNumber(teacherScore) ? [`${teacher?.name} ${metricText(metric, teacherScore)}`] : []),
  ]
  return {
    name: `${metric.name.replaceAll('_', ' ')} of ${main.name}${on}`,
    big: metricText(metric, value),
    small: small.join(', '),
    picture: models.length > 1 && placed(models, (score) => metricText(metric, score)),
  }
}

function sizeTile({ main, teacher }: Focus): Tile {
  const models = teacher ? [teacher, main] : [main]
  return {
    name: `parameters of ${main.name}`,
    big: count(main.parameters),
    small: `${teacher ? `of ${count(teacher.parameters)}, ` : ''}${formatBytes(main.bytes)}`,
    picture:
      teacher &&
      bars(
        models.map(({ name, role, parameters }) => ({
          name,
          role,
          value: parameters,
          label: count(parameters),
        })),
      ),
  }
}

function timeTile({ main, teacher }: Focus): Tile | undefined {
  if (main.latency_ms === undefined) return undefined
  const models = [teacher, main].flatMap((model) =>
    model?.latency_ms === undefined
      ? []
      : [
          {
            name: model.name,
            role: model.role,
            value: model.latency_ms,
            label: milliseconds(model.latency_ms),
          },
        ],
  )
  const small = [
    ...(teacher?.latency_ms === undefined ? [] : [`${teacher.name} ${milliseconds(teacher.latency_ms)}`]),
    ...(main.latency_from === undefined ? [] : [`measured by ${main.latency_from}`]),
  ]
  return {
    name: 'time for an example',
    big: milliseconds(main.latency_ms),
    small: small.join('; '),
    picture: models.length > 1 && bars(models),
  }
}

function sameTile(run: RunData, { main, teacher, alone }: Focus): Tile | undefined {
  const models = run.answers[0]?.models ?? []
  const sameOf = (model: ModelData | undefined): Placed[] =>
    models.flatMap(({ model: name, role, same_as_teacher }) =>
      name === model?.name && same_as_teacher !== undefined ? [{ name, role, value: same_as_teacher }] : [],
    )
  const [own, other] = [sameOf(main), sameOf(alone)]
  if (!teacher || !own[0]) return undefined
  return {
    name: `same answer as ${teacher.name}`,
    big: percent(own[0].value),
    small: other[0] ? `${other[0].name} ${percent(other[0].value)}` : '',
    picture: other[0] && placed([...other, ...own], (share) => percent(share)),
  }
}

function checks({ verdict }: RunData): Markup {
  const signs = { fine: '\u2713 fine', look: '! look' } as const
  return html`<ul class="card checks wide" aria-label="checks">${verdict.checks.map(
    ({ kind, title, evidence }) =>
      html`<li>${el('i', { class: `sign ${kind}` }, signs[kind])}<div><b>${rich(title)}</b><br/><span>${rich(evidence)}</span></div></li>`,
  )}</ul>`
}
