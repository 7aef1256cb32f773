/**
 * Positions and sizes of boxes, in points, with y upwards as in Graphviz. Columns and rows are a table, and
 * every box is centred in its cell.
 */

import { linesOf } from './box-text.ts'
import type { Box } from './boxes.ts'
import type { Picture } from './picture.ts'

export interface Rectangle {
  /** Centre. */
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}
export interface Layout {
  readonly boxes: ReadonlyMap<string, Rectangle>
  /** By column; absent for the losses, which have no frame. */
  readonly lanes: readonly (Rectangle | undefined)[]
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
  return { boxes, lanes, width: left - gap.column, height }
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
