/**
 * The page that follows a run: all of it is drawn by the server, so it is complete without its script, which
 * only puts newer parts in place of older ones. Nothing comes from elsewhere.
 */
import { el, html, Markup } from '../diagnostics/markup.ts'
import { pagePolicy } from '../report/page/policy.ts'
import { pageScript } from '../report/page/script.ts'
import { pageStyle } from '../report/page/style.ts'
import type { Parts } from './parts.ts'

/** Milliseconds between two sentences for a screen reader. */
const spoken = 10_000

const style = `${pageStyle}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
main ul{margin:6px 0 0;padding-left:20px}
#lost{color:var(--lossInk)}
`

const script = `${pageScript}
const main = document.querySelector('main')
const said = document.getElementById('said')
const lost = document.getElementById('lost')
let sentence = said.textContent
setInterval(() => { if (said.textContent !== sentence) said.textContent = sentence }, ${spoken})
const put = (id, text) => {
  const old = document.getElementById(id)
  const box = document.createElement('template')
  box.innerHTML = text
  const made = box.content.firstElementChild
  if (!old) return main.append(made)
  const label = old.contains(document.activeElement) && document.activeElement.getAttribute('aria-label')
  const scrolled = [...old.querySelectorAll('.scroll')].map((one) => one.scrollLeft)
  old.replaceWith(made)
  for (const [i, one] of [...made.querySelectorAll('.scroll')].entries()) one.scrollLeft = scrolled[i] ?? 0
  dispatchEvent(new Event('resize'))
  if (label) [...made.querySelectorAll('[aria-label]')].find((one) => one.getAttribute('aria-label') === label)?.focus()
}
const events = new EventSource('/events' + location.search)
events.addEventListener('parts', ({ data }) => {
  const { elements, ids, summary } = JSON.parse(data)
  for (const one of [...main.children]) if (!ids.includes(one.id)) one.remove()
  for (const [id, text] of Object.entries(elements)) put(id, text)
  if ([...main.children].some((one, i) => one.id !== ids[i])) for (const id of ids) main.append(document.getElementById(id))
  sentence = summary
})
events.addEventListener('other', () => location.reload())
events.onopen = () => { lost.hidden = true }
events.onerror = () => { lost.hidden = false }
`

/** The policy of the answer: only this style and this script, and a connection to the server itself. */
export const policy = pagePolicy(style, script, [
  "connect-src 'self'",
  'img-src data:',
  "frame-ancestors 'none'",
])

/** HTML. @param title the folder of the run */
export function watchPage(title: string, { elements, summary }: Parts): string {
  const page = html`<html lang="en">
<head>
<meta charset="utf-8"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<title>${title}</title>
<link rel="icon" href="data:,"/>
<style>${new Markup(style)}</style>
</head>
<body>
<header><div class="meta"><span>distill watch</span>${el('b', { id: 'lost', hidden: '' }, 'The connection is lost. The training goes on without it.')}<button id="theme" type="button" hidden="">\u25d0 colours: <span>dark</span></button></div>
<h1>${title}</h1></header>
<p id="said" class="unseen" aria-live="polite">${summary}</p>
<noscript><p class="say">Without scripts the page does not follow the run: load it again.</p></noscript>
<main>
${[...elements.values()].map((part) => new Markup(part))}
</main>
<div id="tip" aria-hidden="true"></div>
<script>${new Markup(script)}</script>
</body>
</html>
`
  return `<!doctype html>\n${page}`
}
