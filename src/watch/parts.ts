/** The parts of the page that change during a run, each with an id: state, curves of a stage, other runs. */

import { type Content, el, html, type Markup } from '../diagnostics/markup.ts'
import { curve } from '../report/charts/curve.ts'
import { isFiniteNumber } from '../report/charts/scales.ts'
import { stacked } from '../report/charts/stacked.ts'
import { metricText, missing } from '../report/charts/words.ts'
import { card, scroller } from '../report/page/card.ts'
import { formatCount, formatDuration, formatLoss, formatSpeed } from '../train/format.ts'
import type { LiveStage } from './live-log.ts'
import type { RunOfFolder } from './runs.ts'
import type { StageFacts } from './spec-facts.ts'
import type { RunState, WatchedRun } from './watched-run.ts'

export interface Parts {
  /** HTML by the id of its element, in the order of the page. */
  readonly elements: ReadonlyMap<string, string>
  /** The state in a sentence, for those who do not see the page. */
  readonly summary: string
}

/** @param others the runs of the same folder, this one included */
export function partsOf(run: WatchedRun, name: string, others: readonly RunOfFolder[]): Parts {
  const { stages } = run.log
  const last = stages.at(-1)
  const facts = last && run.spec.stages.get(last.name)
  const elements = new Map<string, string>()
  const put = (id: string, content: Markup): void => void elements.set(id, content.text)
  put('state', stateCard(run, last, facts))
  if (stages.length === 0)
    put(
      'empty',
      el('p', { id: 'empty', class: 'say wide' }, 'The run has logged nothing yet. This page follows it.'),
    )
  // The current stage is first.
  for (const [i, stage] of [...stages.entries()].reverse())
    put(`stage-${i + 1}`, stageCard(run, stage, `stage-${i + 1}`))
  if (others.length > 1) put('runs', runsCard(name, others))
  return { elements, summary: summaryOf(run.state, last, facts) }
}

const stateWords: Readonly<Record<RunState, string>> = {
  waits: 'The run begins',
  trains: 'Training',
  finished: 'Finished',
  stopped: 'Stopped before the end',
}

interface Tile {
  readonly name: string
  readonly big: string
  readonly small?: string
}

function stateCard(
  { state }: WatchedRun,
  last: LiveStage | undefined,
  facts: StageFacts | undefined,
): Markup {
  const tiles = last ? tilesOf(last, facts, state) : []
  return el(
    'section',
    { id: 'state', class: 'wide', 'aria-label': 'state' },
    el(
      'p',
      { class: 'say' },
      el('b', {}, stateWords[state]),
      last?.last?.time !== undefined && `, last logged ${clockOf(last.last.time)}`,
    ),
    html`<dl class="tiles">${tiles.map(({ name, big, small }) => html`<div class="card tile"><dt>${name}</dt><dd><span class="big">${big} <small>${small}</small></span></dd></div>`)}</dl>`,
  )
}

/** `2026-12-01 21:05:33 UTC` */
function clockOf(time: string): string {
  return `${time.slice(0, 19).replace('T', ' ')} UTC`
}

function tilesOf(stage: LiveStage, facts: StageFacts | undefined, state: RunState): Tile[] {
  const { last } = stage
  const tiles: Tile[] = []
  if (last) {
    const { step, steps } = last
    const share =
      steps === undefined ? undefined : `of ${formatCount(steps)} steps, ${Math.floor((100 * step) / steps)}%`
    tiles.push({ name: `stage ${stage.name}`, big: formatCount(step), small: share ?? 'steps' })
    tiles.push({ name: 'loss', big: isFiniteNumber(last.total) ? formatLoss(last.total) : missing })
  }
  const score = stage.evaluations.at(-1)
  const [metric, value] = Object.entries(score?.metrics ?? {})[0] ?? []
  if (score && metric !== undefined)
    tiles.push({
      name: `${metric.replaceAll('_', ' ')} of ${score.model}`,
      big: metricText(facts?.metric?.name === metric ? facts.metric : undefined, value),
      small: `at step ${formatCount(score.step)}`,
    })
  const left = secondsLeft(stage)
  if (last && state === 'trains')
    tiles.push({
      name: 'left of the stage',
      big: left === undefined ? missing : formatDuration(left),
      small: `at ${formatSpeed(last.steps_per_second)} steps a second`,
    })
  return tiles
}

/** Without its evaluations. */
function secondsLeft({ last }: LiveStage): number | undefined {
  if (last?.steps === undefined || last.steps_per_second <= 0) return undefined
  return (last.steps - last.step) / last.steps_per_second
}

function stageCard({ spec }: WatchedRun, stage: LiveStage, id: string): Markup {
  const facts = spec.stages.get(stage.name)
  const drawn = {
    name: stage.name,
    rows: stage.rows,
    evaluations: stage.evaluations,
    // The whole stage is as wide as the picture, so that it shows how far the run is.
    steps: stage.last?.steps ?? stage.last?.step ?? 0,
    ...(facts?.clip === undefined ? {} : { clip: facts.clip }),
  }
  const terms = facts?.terms && stacked({ ...drawn, terms: facts.terms })
  const body: Content = [
    curve(drawn, facts?.metric, spec.roles),
    terms && [el('h3', {}, 'The loss by term'), scroller(`loss by term of ${stage.name}`, terms, true)],
  ]
  const title = facts === undefined ? `Stage ${stage.name}` : `Stage ${facts.number}, ${stage.name}`
  return card({ id, name: stage.name, title, body, isWide: terms !== undefined })
}

function runsCard(name: string, runs: readonly RunOfFolder[]): Markup {
  const items = runs.map((one) =>
    one.name === name
      ? html`<li><b aria-current="page">${one.name}</b></li>`
      : html`<li><a href="/?run=${encodeURIComponent(one.name)}">${one.name}</a></li>`,
  )
  const body = html`<ul>${items}</ul>`
  return card({
    ...{ id: 'runs', name: 'Runs', title: 'Runs of this sweep', isWide: true, body },
    say: 'The run that was written last is first. The page without a choice follows it.',
  })
}

/** `Training: stage distil, step 1,240 of 2,474, loss 0.321. S: accuracy 91.1% at step 1,237.` */
function summaryOf(state: RunState, stage: LiveStage | undefined, facts: StageFacts | undefined): string {
  if (stage === undefined) return `${stateWords[state]}.`
  const [place, loss, score, left] = tilesOf(stage, facts, state).map(({ name, big, small }) =>
    [name, big, small].filter(Boolean).join(' '),
  )
  return `${stateWords[state]}: ${[place, loss, score, left].filter(Boolean).join('; ')}.`
}
