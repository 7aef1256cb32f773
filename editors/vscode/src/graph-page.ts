/**
 * The page beside a text that shows the picture of a stage. It runs nothing but its own script and loads
 * nothing. A box leads to its text, and the text marks its boxes.
 */
import { html, Markup } from '../../../src/diagnostics/markup.ts'
import { inheritedColours, pageColours } from '../../../src/draw/colors.ts'
import { pageStyle } from '../../../src/draw/page-style.ts'
import { zoomScript } from '../../../src/draw/zoom-script.ts'

/** A place of a box, in words. */
interface ShownPlace {
  readonly text: string
  /** `demo.distill:41` */
  readonly at: string
}

export type ToPage =
  | {
      readonly kind: 'drawing'
      readonly svg: string
      readonly stage: string
      readonly stages: readonly string[]
      readonly boxes: Readonly<Record<string, readonly ShownPlace[]>>
    }
  /** What is shown stays, with the reason why it is not newer. */
  | { readonly kind: 'absent'; readonly reason: string }
  /** The boxes of the line under the cursor. */
  | { readonly kind: 'mark'; readonly boxes: readonly string[] }

export type FromPage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'open'; readonly box: string; readonly place: number }
  | { readonly kind: 'stage'; readonly name: string }

/** Colours of the editor, in place of those of a page of its own. */
const themeStyle = `
html:root[data-theme]{
  --page:var(--vscode-editor-background);
  --ink:var(--vscode-editor-foreground);
  --lane:color-mix(in srgb,var(--vscode-editor-foreground) 4%,var(--vscode-editor-background));
  --laneLine:var(--vscode-contrastBorder,color-mix(in srgb,var(--vscode-editor-foreground) 18%,var(--vscode-editor-background)));
}
body{padding:0;font-family:var(--vscode-font-family,system-ui)}
:focus-visible{outline:2px solid var(--vscode-focusBorder,var(--studentLine))}
select{font:inherit;color:var(--vscode-dropdown-foreground,var(--ink));background:var(--vscode-dropdown-background,var(--lane));border:1px solid var(--vscode-dropdown-border,var(--line));border-radius:6px;padding:4px 6px;max-width:60%}
.tools{margin-left:auto}
main{flex-direction:column}
#view{flex:1;height:auto;min-height:0}
#side{width:auto;flex:none;height:30%;border-left:0;border-top:1px solid var(--laneLine)}
#absent{margin:0;padding:6px 16px;background:var(--vscode-inputValidation-warningBackground,var(--teacher));border-bottom:1px solid var(--vscode-inputValidation-warningBorder,var(--teacherLine))}
#absent[hidden]{display:none}
.old #stage{opacity:.45}
#stage .here path{stroke-width:3.5}
#stage .here text{font-weight:bold}
`

const script = `
'use strict'
{
  const host = acquireVsCodeApi()
  const byId = (id) => document.getElementById(id)
  const [view, stage, side, absent, stages] = ['view', 'stage', 'side', 'absent', 'stages'].map(byId)
  const el = (tag, className, text) => {
    const e = document.createElement(tag)
    if (className) e.className = className
    if (text !== undefined) e.textContent = text
    return e
  }
  let boxes = {}
  let shown = ''

${zoomScript}
  function open(box, place) {
    host.postMessage({ kind: 'open', box, place })
  }
  function list(box) {
    for (const e of stage.querySelectorAll('.chosen')) e.classList.remove('chosen')
    byId(box).classList.add('chosen')
    side.replaceChildren(el('h2', '', byId(box).getAttribute('aria-label')))
    boxes[box].forEach(({ text, at }, place) => {
      const e = side.appendChild(el('button', 'link', text))
      e.append(el('small', 'muted', at))
      e.onclick = () => open(box, place)
    })
    side.scrollTop = 0
  }
  function welcome() {
    side.replaceChildren(el('p', 'muted', 'Choose a box to go to its text: by a click, or by Tab and Enter. Space lists all places of a box. Move by dragging; zoom by the wheel, + and -; 0 shows all.'))
  }
  function draw({ svg, stage: name, stages: names, boxes: places }) {
    absent.hidden = true
    document.body.classList.remove('old')
    const focused = stage.contains(document.activeElement) ? document.activeElement.id : ''
    const image = document.adoptNode(new DOMParser().parseFromString(svg, 'image/svg+xml').documentElement)
    stage.replaceChildren(image)
    boxes = places
    for (const box of Object.keys(boxes)) {
      const e = byId(box)
      e.setAttribute('tabindex', '0')
      e.setAttribute('role', 'button')
      e.setAttribute('aria-label', [...e.querySelectorAll('text')].map((one) => one.textContent.trim()).join(', '))
      e.onfocus = () => list(box)
      e.onclick = () => { if (!moved) { list(box); open(box, 0) } }
      e.onkeydown = (event) => {
        if (event.key !== 'Enter' && event.key !== ' ') return
        event.preventDefault()
        list(box)
        if (event.key === 'Enter') open(box, 0)
        else (side.querySelector('button') ?? side).focus()
      }
    }
    stages.replaceChildren(...names.map((one) => new Option(one, one, one === name, one === name)))
    const isOther = shown !== name
    shown = name
    if (isOther || !side.querySelector('button')) welcome()
    if (boxes[focused]) byId(focused).focus()
    const k0 = k
    measure()
    if (isOther || fitted) fit()
    else { k = k0; show() }
  }
  function mark(ids) {
    for (const e of stage.querySelectorAll('.here')) e.classList.remove('here')
    const marked = ids.map(byId).filter(Boolean)
    for (const e of marked) e.classList.add('here')
    const [first] = marked
    if (!first || fitted) return
    const [a, b] = [first, view].map((one) => one.getBoundingClientRect())
    if (a.right > b.left && a.left < b.right && a.bottom > b.top && a.top < b.bottom) return
    x += (b.left + b.right - a.left - a.right) / 2
    y += (b.top + b.bottom - a.top - a.bottom) / 2
    show()
  }
  stages.onchange = () => host.postMessage({ kind: 'stage', name: stages.value })
  addEventListener('message', ({ data }) => {
    if (data.kind === 'drawing') draw(data)
    if (data.kind === 'mark') mark(data.boxes)
    if (data.kind === 'absent') {
      absent.textContent = data.reason
      absent.hidden = false
      document.body.classList.add('old')
    }
  })
  // Light or dark, as the editor is now.
  const theme = () => {
    const { classList } = document.body
    const isDark = classList.contains('vscode-dark') || (classList.contains('vscode-high-contrast') && !classList.contains('vscode-high-contrast-light'))
    document.documentElement.dataset.theme = isDark ? 'dark' : 'light'
  }
  new MutationObserver(theme).observe(document.body, { attributes: true, attributeFilter: ['class'] })
  theme()
  welcome()
  host.postMessage({ kind: 'ready' })
}
`

/** @param nonce lets in this style and script alone */
export function graphPage(nonce: string): string {
  const policy = `default-src 'none'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'`
  const style = new Markup(`${pageColours()}${inheritedColours()}${pageStyle}${themeStyle}`)
  const page = html`<html lang="en">
<head>
<meta charset="utf-8"/>
<meta http-equiv="Content-Security-Policy" content="${policy}"/>
<meta name="viewport" content="width=device-width"/>
<title>Distill graph</title>
<style nonce="${nonce}">${style}</style>
</head>
<body>
<header><select id="stages" aria-label="stage"></select>
<span class="tools"><button id="smaller" aria-label="zoom out">\u2212</button><button id="larger" aria-label="zoom in">+</button><button id="fit" aria-label="fit: show all">fit</button></span></header>
<p id="absent" role="status" hidden></p>
<main><div id="view"><div id="stage"></div></div><section id="side" aria-label="places in the text" tabindex="-1"></section></main>
<script nonce="${nonce}">${new Markup(script)}</script>
</body>
</html>
`
  return `<!doctype html>\n${page}`
}
