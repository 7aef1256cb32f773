/** Agreement of states: a row for each of the student's, a column for each of the teacher's. */
import type { Markup } from '../../diagnostics/markup.ts'
import type { AgreementData } from '../schema.ts'
import { isFiniteNumber } from './scales.ts'
import { picture, rect, text, tipped } from './svg.ts'
import { fitting, missing } from './words.ts'

const width = 540
const left = 84
const top = 44

/** Numbers in every cell: colour is never alone. In narrow cells they are hundredths. */
export function heatmap({ student, teacher, rows, columns, values }: AgreementData, title: string): Markup {
  const cell = Math.min(110, (width - left - 2) / Math.max(1, columns.length))
  const tall = rows.length > 8 ? 28 : 38
  const isNarrow = cell < 32
  const best = rows.map((_, i) => {
    const row = (values[i] ?? []).map((value) => (isFiniteNumber(value) ? value : -1))
    const most = Math.max(...row)
    return most < 0 ? -1 : row.indexOf(most)
  })
  const found = rows.flatMap((row, i) => {
    const column = columns[best[i] ?? -1]
    return column
      ? [`${row.title} is most like ${column.title} (${values[i]?.[best[i] ?? 0]?.toFixed(2)})`]
      : []
  })
  return picture(
    width,
    top + tall * rows.length + 2,
    `CKA of ${student} with ${teacher}: ${found.join('; ')}`,
    text(0, 14, fitting(title, 300, 13, true), 'h'),
    text(
      width,
      14,
      fitting(`states of ${teacher} \u2192${isNarrow ? ', in hundredths' : ''}`, 220),
      's',
      'end',
    ),
    columns.map(({ title: name }, j) =>
      text(left + cell * (j + 0.5), top - 8, columnTitle(name, cell), cell < 60 ? 's' : 'm', 'middle'),
    ),
    rows.map(({ title: row }, i) => [
      text(left - 8, top + tall * (i + 0.5) + 4, fitting(row, left - 10), 'm', 'end'),
      columns.map(({ title: column }, j) => {
        const value = values[i]?.[j]
        const [x, y] = [left + cell * j, top + tall * i]
        const [at, bottom] = [x + cell / 2, y + tall / 2 + 4]
        if (!isFiniteNumber(value)) {
          return [
            rect(x + 1, y + 1, cell - 2, tall - 2, 'cell none', { rx: 2 }),
            text(at, bottom, missing, 's', 'middle'),
          ]
        }
        const level = Math.min(7, Math.max(0, Math.floor(((value - 0.4) / 0.6) * 8)))
        const isBest = best[i] === j
        const number = isNarrow ? String(Math.round(100 * value)) : value.toFixed(2)
        const style = `${isBest ? 'b' : isNarrow ? 's on' : 't'}${level > 4 ? ' over' : ''}`
        return tipped(
          `${row} of ${student}, ${column} of ${teacher}: CKA ${value.toFixed(3)}`,
          rect(x + 1, y + 1, cell - 2, tall - 2, `heat h${level}${isBest ? ' best' : ''}`, { rx: 2 }),
          cell > 15 && text(at, bottom, number, style, 'middle'),
        )
      }),
    ]),
  )
}

function columnTitle(title: string, room: number): string {
  if (room >= 60) return fitting(title, room - 4)
  const short = title.replace(/^layer (\d+)$/, '$1').replace(/^(\w{3})\w{2,}$/, '$1.')
  return fitting(short, Math.max(room, 14), 10.5)
}
