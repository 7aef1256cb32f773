/** Bytes held while a step is computed, as planned, each stage on its own scale; and what was measured. */

import type { Markup } from '../../diagnostics/markup.ts'
import { el } from '../../diagnostics/markup.ts'
import { formatBytes } from '../../train/format.ts'
import type { MemoryData } from '../schema.ts'
import { linear, thinned } from './scales.ts'
import { area, line, type Points, path, picture, rect, text, tipped } from './svg.ts'
import { fitting, widthOf } from './words.ts'

const width = 540
const left = 16
const right = 8
const tall = 112
const room = 62

export function memory(stages: readonly MemoryData[]): Markup {
  return picture(
    width,
    tall * stages.length + 2,
    stages
      .map(
        ({ stage, peak, standing, measured }) =>
          `${stage} holds at most ${formatBytes(standing + peak)}${measured === undefined ? '' : `, measured ${formatBytes(measured)}`}`,
      )
      .join('; '),
    stages.map(({ stage, live, peak, peak_at, peak_name, turn, standing, measured }, i) => {
      const base = tall * (i + 1) - 20
      const last = Math.max(1, live.length - 1)
      const x = linear(0, last, left, width - right)
      const y = linear(0, Math.max(1, standing + peak, measured ?? 0) * 1.02, base, base - room)
      const floor = y(standing)
      const points: Points = thinned([...live.entries()], 400).map(([at, bytes]) => [
        x(at),
        y(standing + bytes),
      ])
      const hasTurn = turn > 0 && turn < last
      const name = fitting(stage, 150, 11.5, true)
      return [
        text(0, base - room - 12, name, 'b'),
        text(
          widthOf(name, 11.5, true) + 10,
          base - room - 12,
          `most ${formatBytes(standing + peak)}, ${formatBytes(standing)} of it all the time`,
          'm',
        ),
        measured !== undefined &&
          text(width, base - room - 12, `measured ${formatBytes(measured)}`, 's', 'end'),
        hasTurn && rect(x(turn), base - room, width - right - x(turn), room, 'back'),
        area(
          points,
          points.map((point) => point && [point[0], floor]),
          'live',
        ),
        path(points, 'liveline'),
        rect(left, floor, width - right - left, base - floor, 'standing'),
        line(left, base, width - right, base, 'axis'),
        measured !== undefined &&
          tipped(
            `measured: ${formatBytes(measured)}`,
            line(left, y(measured), width - right, y(measured), 'measured'),
          ),
        tipped(
          `the most: ${formatBytes(standing + peak)} at ${peak_name}`,
          el('circle', { cx: x(peak_at), cy: y(standing + peak), r: 3.5, class: 'peak' }),
        ),
        text(left - 5, base + 3, '0', 's', 'end'),
        text(left + 2, base + 12, 'forward pass', 's'),
        hasTurn && text(Math.min(x(turn) + 4, width - 80), base + 12, 'backward pass', 's'),
      ]
    }),
  )
}
