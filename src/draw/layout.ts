/**
 * Positions and sizes of boxes, in points, with y upwards as in Graphviz. Columns and rows are a table, and
 * every box is centred in its cell.
 */

import { linesOf } from './box-text.ts'
import type { Box, Edge } from './boxes.ts'
import type { Point, Rectangle } from './geometry.ts'
import { drawnEdges } from './links.ts'
import type { Picture } from './picture.ts'
import { routeLinks } from './route.ts'

export interface Layout {
  readonly boxes: ReadonlyMap<string, Rectangle>
  /** By column; absent for the losses, which have no frame. */
  readonly lanes: readonly (Rectangle | undefined)[]
  /** The way of each edge that is drawn; it crosses no box. */
  readonly routes: ReadonlyMap<Edge, readonly Point[]>
  readonly width: number
  readonly height: number
}

export const titleSize = 12
export const textSize = 10
const lineHeight = 1.25
const padding = { x: 14, y: 6 }
const gap = { row: 22, column: 84, lane: 16, stacked: 10, heading: 26 }

/** Width of a text in Arial, rounded up, since other fonts may replace it. */
export function textWidth(text: string, size: number, bold = false): number {
  let width = 0
  for (const c of text)
    width += /[ilj.,:;'|()[\] ]/.test(c)
      ? 0.33
      : /[mwMW@\u2194\u00d7]/.test(c)
        ? 0.9
        : /[A-Z]/.test(c)
          ? 0.72
          : 0.57
  return width * size * (bold ? 1.08 : 1)
}

export function layOut(picture: Picture): Layout {
  const sizes = new Map(picture.boxes.map((box) => [box.id, sizeOf(box, picture)]))
  const rowCount = 1 + Math.max(0, ...picture.boxes.map((box) => box.row))
  const cell = (column: number, row: number): Box[] =>
    picture.boxes.filter((box) => box.column === column && box.row === row)
  const widths = picture.columns.map(({ title, model }, c) =>
    Math.max(
      picture.columns[c]?.owner === '' ? 0 : textWidth(`${title}: ${model}`, titleSize, true),
      ...picture.boxes.filter((box) => box.column === c).map((box) => sizes.get(box.id)?.width ?? 0),
    ),
  )
  const cellHeight = (boxes: readonly Box[]): number =>
    boxes.reduce((sum, box) => sum + (sizes.get(box.id)?.height ?? 0), 0) +
    gap.stacked * Math.max(0, boxes.length - 1)
  const heights = Array.from({ length: rowCount }, (_, row) =>
    Math.max(0, ...picture.columns.map((_c, column) => cellHeight(cell(column, row)))),
  )
  const height = heights.reduce((sum, h) => sum + h + gap.row, 0) + gap.heading
  const boxes = new Map<string, Rectangle>()
  const lanes: (Rectangle | undefined)[] = []
  let left = 0
  picture.columns.forEach((column, c) => {
    const width = widths[c] ?? 0
    const x = left + width / 2
    let top = height
    const own: Rectangle[] = []
    heights.forEach((rowHeight, row) => {
      const stack = cell(c, row)
      let y = top - (rowHeight - cellHeight(stack)) / 2
      for (const box of stack) {
        const size = sizes.get(box.id) ?? { width: 0, height: 0 }
        const wide = box.kind === 'batch' || box.kind === 'total' ? size.width : width
        const rectangle = { x, y: y - size.height / 2, width: wide, height: size.height }
        boxes.set(box.id, rectangle)
        own.push(rectangle)
        y -= size.height + gap.stacked
      }
      // The batch is above the headings of the models.
      top -= rowHeight + gap.row + (row === 0 ? gap.heading : 0)
    })
    lanes.push(column.owner === '' ? undefined : around(own))
    left += width + gap.column
  })
  const width = left - gap.column
  const routes = routeLinks(drawnEdges(picture), framed(picture, boxes), headings(picture, lanes), {
    xs: columnTracks(widths),
    ys: rowTracks(heights, height),
  })
  return { boxes, lanes, routes, width, height }
}

/** A box that stands for several has a second frame around it. */
function framed(picture: Picture, boxes: ReadonlyMap<string, Rectangle>): ReadonlyMap<string, Rectangle> {
  const many = new Set(picture.boxes.filter(({ members }) => members.length > 1).map(({ id }) => id))
  return new Map(
    [...boxes].map(([id, box]) => [
      id,
      many.has(id) ? { ...box, width: box.width + 8, height: box.height + 8 } : box,
    ]),
  )
}

/** Where the headings of lanes stand. */
function headings(picture: Picture, lanes: Layout['lanes']): Rectangle[] {
  return lanes.flatMap((lane, c) => {
    const column = picture.columns[c]
    if (!lane || !column) return []
    const width = textWidth(`${column.title}: ${column.model}`, titleSize, true)
    return [{ x: lane.x, y: lane.y + lane.height / 2 - 13, width, height: titleSize * lineHeight }]
  })
}

/** Distance of two tracks. */
const track = 7

/** Tracks left and right of the columns: one inside the frame of a lane, the others outside. */
function columnTracks(widths: readonly number[]): number[] {
  const inside = gap.lane / 2
  const outside = (from: number, to: number): number[] =>
    Array.from({ length: Math.max(0, Math.floor((to - from) / track) + 1) }, (_, i) => from + i * track)
  const xs = [-inside, ...outside(-gap.lane - 3 * track, -gap.lane - track)]
  let left = 0
  for (const width of widths) {
    const right = left + width
    const next = right + gap.column
    xs.push(right + inside, ...outside(right + gap.lane + track, next - gap.lane - track), next - inside)
    left = next
  }
  return xs
}

/** Tracks above and below the rows. */
function rowTracks(heights: readonly number[], height: number): number[] {
  let top = height
  return heights.flatMap((rowHeight, row) => {
    const bottom = top - rowHeight
    const next = bottom - gap.row - (row === 0 ? gap.heading : 0)
    const ys: number[] = []
    for (let y = bottom - track; y >= next + track - 0.5; y -= track) ys.push(y)
    top = next
    return ys
  })
}

function around(own: readonly Rectangle[]): Rectangle | undefined {
  const [first] = own
  if (!first) return undefined
  const top = Math.max(...own.map((r) => r.y + r.height / 2)) + gap.heading
  const bottom = Math.min(...own.map((r) => r.y - r.height / 2)) - gap.lane
  return { x: first.x, y: (top + bottom) / 2, width: first.width + 2 * gap.lane, height: top - bottom }
}

function sizeOf(box: Box, picture: Picture): { width: number; height: number } {
  const [title, ...texts] = linesOf(box, picture)
  const width = Math.max(textWidth(title, titleSize, true), ...texts.map((text) => textWidth(text, textSize)))
  const height = lineHeight * (titleSize + textSize * texts.length)
  return { width: Math.ceil(width + 2 * padding.x), height: Math.ceil(height + 2 * padding.y) }
}
