/** How several ranks shared the training: whether one is slow, and what their communication costs. */
import { el, html, joined, type Markup } from '../../diagnostics/markup.ts'
import { formatCount } from '../../train/format.ts'
import { activities, rankShares } from '../charts/rank-shares.ts'
import { rect } from '../charts/svg.ts'
import { percent } from '../charts/words.ts'
import type { RanksData, RunData } from '../schema.ts'
import { details, type Section, scroller, table } from './card.ts'

/** Of more ranks the slowest are drawn, and the table has all. */
const mostDrawn = 16
/** Of more stages the others are folded. */
const mostOpen = 3

/** Undefined where one process trained alone. */
export function rankSection({ ranks }: RunData): Section | undefined {
  if (ranks.length === 0) return undefined
  return {
    id: 'ranks',
    name: 'Ranks',
    title: 'Ranks',
    isWide: true,
    say: 'What each rank does in the steps of a stage. It waits until the slowest one has computed; then all exchange their gradients.',
    body: joined(
      legend(),
      ranks.slice(0, mostOpen).map((one) => html`<h3>${titleOf(one)}</h3>${stagePart(one)}`),
      ranks.slice(mostOpen).map((one) => details(titleOf(one), stagePart(one))),
    ),
  }
}

function legend(): Markup {
  const swatch = (what: string): Markup =>
    el(
      'svg',
      { viewBox: '0 0 14 14', class: 'glyph', 'aria-hidden': 'true' },
      rect(1, 2, 11, 11, `share ${what}`, { rx: 2 }),
    )
  return el(
    'ul',
    { class: 'key' },
    activities.map((what) => el('li', {}, swatch(what), what)),
  )
}

/** `distil: 4 ranks, 12,345 tokens a second` */
function titleOf({ stage, ranks, tokens_per_second: speed }: RanksData): string {
  return `${stage}: ${ranks.length} ranks, ${formatCount(speed)} tokens a second`
}

function stagePart({ stage, ranks, finding }: RanksData): Markup {
  const isLarge = ranks.length > mostDrawn
  const drawn = isLarge
    ? [...ranks]
        .sort((a, b) => b.computing - a.computing)
        .slice(0, mostDrawn)
        .sort((a, b) => a.rank - b.rank)
    : ranks
  const rows = scroller(`ranks of stage ${stage}`, rankTable(ranks))
  return html`<p class="say">${finding}${isLarge && ` The ${mostDrawn} slowest are drawn.`}</p>
<div class="columns"><div>${rankShares(drawn, `Stage ${stage}: ${finding}`)}</div><div>${
    isLarge ? details(`All ${ranks.length} ranks as a table`, rows) : rows
  }</div></div>`
}

function rankTable(ranks: RanksData['ranks']): Markup {
  return table(
    [{ title: 'rank (machine)' }, ...[...activities, 'examples'].map((title) => ({ title, isNumber: true }))],
    ranks.map((one) => [
      `${one.rank} (${one.host})`,
      ...activities.map((what) => percent(one[what], 0)),
      formatCount(one.examples),
    ]),
  )
}
