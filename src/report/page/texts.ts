/** Text by text: what was lost, gained and inherited in distillation, and what is far from the teacher. */

import { type Content, el, html, joined, type Markup } from '../../diagnostics/markup.ts'
import { formatCount } from '../../train/format.ts'
import { type PairData, quarters, quartersOf } from '../charts/quarters.ts'
import { percent } from '../charts/words.ts'
import { focusOf } from '../focus.ts'
import type { AnswersData, RunData } from '../schema.ts'
import { absent, notes, type Section, scroller, table } from './card.ts'

type ListName = keyof AnswersData['texts']
type ShownText = AnswersData['texts'][ListName][number]

const mostTexts = 20
/** Characters of a text. A report of long documents would outgrow its limit. */
const longest = 600

export function textSection(
  run: RunData,
  answers: AnswersData,
  options: { readonly texts: boolean },
  suffix: string,
): Section | undefined {
  const unit = answers.unit === 'texts' ? 'Text' : answers.unit === 'words' ? 'Word' : 'Question'
  const shared = {
    id: `texts${suffix}`,
    name: `${unit}s`,
    title: `${unit} by ${unit.toLowerCase()}`,
    isWide: true,
  }
  const focus = focusOf(run)
  const pair = pairOf(answers, focus?.main.name, focus?.teacher?.name)
  const lists = listsOf(answers, focus?.teacher?.name ?? 'the teacher').filter(
    ({ texts }) => texts.length > 0,
  )
  if (!pair && lists.length === 0) {
    return { ...shared, body: absent(run, 'texts', 'There is no teacher to compare with, text by text.') }
  }
  return {
    ...shared,
    ...(pair ? { say: pairWords(pair, answers.unit) } : {}),
    body: joined(
      pair && [quarters(pair), quarterKey(pair)],
      lists.length > 0
        ? [
            tabs(
              lists,
              suffix,
              options,
              run.absent.some(({ panel }) => panel === 'texts'),
            ),
            notes(run, 'texts'),
          ]
        : absent(run, 'texts', 'The run keeps no single texts.'),
    ),
  }
}

/** With the student first. */
function pairOf(
  { pairs }: AnswersData,
  student: string | undefined,
  teacher: string | undefined,
): PairData | undefined {
  const found = pairs.find(({ a, b }) => a === student && b === teacher)
  if (found) return found
  const turned = pairs.find(({ a, b }) => a === teacher && b === student)
  return turned && { ...turned, a: turned.b, b: turned.a, only_a: turned.only_b, only_b: turned.only_a }
}

function pairWords({ a, b, only_a, only_b, neither, neither_same, p }: PairData, unit: string): Content {
  const wrong = neither + only_b
  const test = p < 0.001 ? 'p\u00a0<\u00a00.001' : `p\u00a0=\u00a0${p.toPrecision(2)}`
  return [
    html`${a} is wrong where ${b} is right on <b>${formatCount(only_b)}</b> ${unit}, and right where ${b} is wrong on <b>${formatCount(only_a)}</b> (McNemar\u2019s exact test: ${test}). `,
    neither > 0 &&
      html`Of the ${formatCount(neither)} that both miss, ${a} gives <b>the wrong answer of ${b} in ${percent(neither_same / neither, 0)}</b>: ${percent(neither_same / wrong, 0)} of all its mistakes are inherited.`,
  ]
}

function quarterKey(pair: PairData): Markup {
  return el(
    'ul',
    { class: 'key' },
    quartersOf(pair).map(
      ({ kind, title, texts }) =>
        html`<li><svg viewBox="0 0 14 14" class="glyph" aria-hidden="true">${el('rect', { width: 14, height: 14, rx: 3, class: `quarter ${kind}` })}</svg>${title} ${formatCount(texts)}</li>`,
    ),
  )
}

interface List {
  readonly name: ListName
  readonly title: string
  readonly texts: readonly ShownText[]
}

function listsOf({ texts }: AnswersData, teacher: string): List[] {
  return [
    { name: 'lost', title: 'Lost in distillation', texts: texts.lost },
    { name: 'gained', title: 'Gained', texts: texts.gained },
    { name: 'inherited', title: 'Inherited mistakes', texts: texts.inherited },
    { name: 'furthest', title: `Furthest from ${teacher}`, texts: texts.furthest },
  ]
}

/** Without scripts all lists are readable one under another, each below its heading. */
function tabs(
  lists: readonly List[],
  suffix: string,
  options: { readonly texts: boolean },
  isSaid: boolean,
): Markup {
  return joined(
    !options.texts &&
      !isSaid &&
      html`<p class="absent">Texts are left out of this report (<code>--no-texts</code>): each row names its file and line.</p>`,
    html`<div class="tabs" role="tablist" aria-label="lists of texts">${lists.map(({ name, title }) =>
      el(
        'button',
        { type: 'button', role: 'tab', id: `tab-${name}${suffix}`, 'aria-controls': `list-${name}${suffix}` },
        title,
      ),
    )}</div>`,
    lists.map(({ name, title, texts }) =>
      el(
        'div',
        { role: 'tabpanel', id: `list-${name}${suffix}`, 'aria-labelledby': `tab-${name}${suffix}` },
        html`<h3>${title}</h3>`,
        scroller(`table of texts: ${title}`, textTable(texts, options)),
      ),
    ),
  )
}

function textTable(all: readonly ShownText[], options: { readonly texts: boolean }): Markup {
  const texts = all.slice(0, mostTexts)
  const models = [...new Set(texts.flatMap(({ answers }) => answers.map(({ model }) => model)))]
  return table(
    [
      { title: 'text', style: 'text' },
      { title: 'true' },
      ...models.map((model) => ({ title: `${model} answers`, style: 'answer' })),
    ],
    texts.map((shown) => [
      words(shown, options),
      html`<b>${shown.label}</b>`,
      ...models.map((name) => {
        const answer = shown.answers.find(({ model }) => model === name)
        return answer && html`${answer.label}<span class="p">${percent(answer.probability, 0)}</span>`
      }),
    ]),
    all.length > texts.length ? { caption: `${texts.length} of ${all.length}` } : {},
  )
}

function words({ text, second, file, line }: ShownText, options: { readonly texts: boolean }): Content {
  if (!options.texts || text === undefined) return html`<code>${file}:${String(line)}</code>`
  return [cut(text), second !== undefined && [html`<br/>`, cut(second)]]
}

function cut(text: string): string {
  if (text.length <= longest) return text
  // Never half of a surrogate pair.
  const kept = text.slice(0, longest).replace(/[\ud800-\udbff]$/, '')
  return `${kept}\u2026 (${formatCount(text.length)} characters)`
}
