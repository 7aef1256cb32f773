/** What next, each with its evidence and a change of the spec; and how to do the run again. */
import { type Content, el, html, joined, type Markup } from '../../diagnostics/markup.ts'
import type { NextData, RunData } from '../schema.ts'
import { absent, details, type Section } from './card.ts'
import { rich } from './rich.ts'

/** Characters of a spec's text: far more than any has, so that a page stays small. */
const longest = 40_000

export function nextSection(run: RunData): Section {
  const shared = { id: 'next', name: 'What next', title: 'What next', isWide: true }
  if (run.next.length === 0)
    return {
      ...shared,
      body: absent(run, 'next', 'No rule found anything to improve in the numbers of this run.'),
    }
  return {
    ...shared,
    say: 'From the numbers of this run, what is likely to gain most first.',
    body: html`<ol class="next">${run.next.map(
      ({ title, why, diff, command }) =>
        html`<li><h3>${rich(title)}</h3><p>${rich(why)}</p>${diff && difference(diff)}${command !== undefined && html`<pre class="command"><code>${command}</code></pre>`}</li>`,
    )}</ol>`,
  }
}

const signs = { same: '  ', added: '+ ', removed: '- ' } as const
const elements = { same: 'span', added: 'ins', removed: 'del' } as const

function difference({ file, lines }: NonNullable<NextData['diff']>): Markup {
  return el(
    'pre',
    { tabindex: '0', 'aria-label': `change of ${file}` },
    lines.map(({ kind, text }, i) => [i > 0 && '\n', el(elements[kind], {}, `${signs[kind]}${text}`)]),
  )
}

export function againSection({ again, created, folder, spec, seed }: RunData): Section {
  const hashes = again.files.map(
    ({ name, hash, note }) =>
      [name, [html`<code>${hash}</code>`, note !== undefined && `, ${note}`]] as const,
  )
  const versions = Object.entries(again.versions).map(([name, version]) => `${name} ${version}`)
  const facts: readonly (readonly [string, Content])[] = [
    ['spec', spec],
    ['run', folder],
    ['created', created],
    ['seed', String(seed)],
    ['versions', versions.join(', ')],
    ...(again.inexact ?? []).map((change) => ['continued, not bit for bit', change] as const),
    ...hashes,
  ]
  return {
    id: 'again',
    name: 'Again',
    title: 'To do it again',
    say: 'All that decides the numbers.',
    body: joined(
      html`<pre class="command"><code>${again.command}</code></pre>`,
      html`<dl class="facts">${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`,
      Object.entries(again.texts).map(([file, text]) =>
        details(
          file,
          html`<pre tabindex="0" aria-label="${file}"><code>${text.slice(0, longest)}${text.length > longest && `\n... ${text.length - longest} more characters`}</code></pre>`,
        ),
      ),
    ),
  }
}
