/**
 * A picture in the language of Graphviz, with positions of its boxes and edges (`neato -n2` keeps them).
 * `dot` lays it out from its clusters instead. Equal pictures are equal texts.
 */

import { el, html, Markup } from '../diagnostics/markup.ts'
import { linesOf } from './box-text.ts'
import type { Box } from './boxes.ts'
import { palette } from './colors.ts'
import type { Rectangle } from './geometry.ts'
import { layOut, textSize, titleSize } from './layout.ts'
import type { Picture } from './picture.ts'
import { splineOf } from './spline.ts'

const font = 'Helvetica'
type Colour = keyof typeof palette
/** A `Markup` is a label that looks like HTML. */
type Attributes = { readonly [name: string]: string | number | Markup }

/** The name of a box in DOT, and its id in SVG. */
export const boxName = (i: number): string => `n${i}`

export function printDot(picture: Picture): string {
  const layout = layOut(picture)
  const names = new Map(picture.boxes.map((box, i) => [box.id, boxName(i)]))
  const node = (box: Box): string => {
    const name = names.get(box.id) ?? ''
    return `${name} ${nodeAttributes(box, name, picture, layout.boxes.get(box.id))}`
  }
  const { B, L } = picture.sizes
  const heading = `${picture.spec}, stage ${picture.stage}`
  const subtitle = `a step of ${B} examples x ${L} tokens; FLOPs forward + backward; red: gradients flow back; dashed: frozen`
  const lines = [
    `digraph ${quote(picture.stage)} {`,
    `  graph ${list({ bgcolor: light('page'), fontname: font, newrank: 'true', pad: 0.3, splines: 'true', bb: `0,0,${round(layout.width)},${round(layout.height)}` })}`,
    `  node ${list({ fontname: font, fontsize: titleSize, fontcolor: light('ink'), shape: 'box', fixedsize: 'true' })}`,
    `  edge ${list({ arrowsize: 0.7, penwidth: 1.2, color: light('line') })}`,
    `  heading ${list({ ...labelled(heading, [subtitle]), shape: 'plain', fixedsize: 'false', pos: `${round(layout.width / 2)},${round(layout.height + 30)}` })}`,
  ]
  picture.columns.forEach((column, c) => {
    const boxes = picture.boxes.filter((box) => box.column === c)
    const lane = layout.lanes[c]
    if (!lane) {
      lines.push(...boxes.map((box) => `  ${node(box)}`))
      return
    }
    const title = html`<B>${column.title}: ${column.model}</B>`
    const label = el('FONT', { 'POINT-SIZE': titleSize }, title)
    const frame = {
      fontcolor: light('ink'),
      color: light('laneLine'),
      fillcolor: light('lane'),
      style: 'filled,rounded',
    }
    const place = `bb="${corners(lane)}", lp="${round(lane.x)},${round(lane.y + lane.height / 2 - 13)}"`
    lines.push(
      `  subgraph cluster_${c} {`,
      `    graph [${pairs({ label, ...frame })}, ${place}]`,
      ...boxes.map((box) => `    ${node(box)}`),
      '  }',
    )
  })
  for (const [{ from, to, gradient, types }, route] of layout.routes) {
    const back: Attributes = gradient
      ? { dir: 'both', arrowtail: 'odot', color: light('lossLine'), penwidth: 1.5 }
      : {}
    lines.push(
      `  ${names.get(from)} -> ${names.get(to)} ${list({ pos: splineOf(route, gradient), tooltip: types.join(', '), ...back })}`,
    )
  }
  return `${[...lines, '}'].join('\n')}\n`
}

function nodeAttributes(box: Box, name: string, picture: Picture, place: Rectangle | undefined): string {
  const [fill, line] = coloursOf(box)
  const [title, ...texts] = linesOf(box, picture)
  const style = `filled,rounded${box.frozen ? ',dashed' : ''}`
  return list({
    id: name,
    ...labelled(title, texts),
    fillcolor: light(fill),
    color: light(line),
    style,
    ...(box.members.length > 1 ? { peripheries: 2 } : {}),
    tooltip: `${box.forward.ops} ops forward, ${box.backward.ops} backward`,
    ...(place
      ? {
          width: round(place.width / 72, 3),
          height: round(place.height / 72, 3),
          pos: `${round(place.x)},${round(place.y)}`,
        }
      : {}),
  })
}

function labelled(title: string, texts: readonly string[]): { label: Markup } {
  const small = texts.map(
    (text) => html`<BR/>${el('FONT', { 'POINT-SIZE': textSize, COLOR: light('muted') }, text)}`,
  )
  return { label: html`<B>${title}</B>${small}` }
}

function coloursOf(box: Box): readonly [Colour, Colour] {
  if (box.kind === 'batch') return ['batch', 'batchLine']
  if (box.kind !== 'part') return ['loss', 'lossLine']
  return box.trained ? ['student', 'studentLine'] : ['teacher', 'teacherLine']
}

const light = (colour: Colour): string => palette[colour].light
const round = (n: number, digits = 1): number => Number(n.toFixed(digits))
const corners = ({ x, y, width, height }: Rectangle): string =>
  [x - width / 2, y - height / 2, x + width / 2, y + height / 2].map((n) => round(n)).join(',')
const quote = (text: string): string => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
const value = (v: string | number | Markup): string =>
  typeof v === 'string' ? quote(v) : v instanceof Markup ? `<${v}>` : String(v)
const pairs = (attributes: Attributes): string =>
  Object.entries(attributes)
    .map(([name, v]) => `${name}=${value(v)}`)
    .join(', ')
const list = (attributes: Attributes): string => `[${pairs(attributes)}]`
