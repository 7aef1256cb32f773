/** Recall by class, of up to three models: where the student is worse than its teacher. */

import type { Markup } from '../../diagnostics/markup.ts'
import { isLost, type ShownClass } from '../focus.ts'
import type { AnswersData } from '../schema.ts'
import { isFiniteNumber, linear } from './scales.ts'
import { line, mark, picture, rect, text, tipped } from './svg.ts'
import { count, fitting, percent, widthOf } from './words.ts'

const width = 540
const left = 130
const right = 82
const top = 22
const tall = 17.4

type Answering = AnswersData['models'][number]

/** @param models the last one is drawn on top: the student */
export function classes(
  shown: readonly ShownClass[],
  models: readonly Answering[],
  unit: AnswersData['unit'],
): Markup {
  const x = linear(0, 1, left, width - right)
  const most = Math.max(1, ...shown.map(({ support }) => support))
  const lost = shown.filter(isLost)
  const bottom = top + tall * shown.length
  const names = models.map(({ model }) => model).join(', ')
  return picture(
    width,
    bottom + 4,
    `Recall by class of ${names}. ${
      lost.length > 0
        ? `Lost more than 10 points: ${lost.map(({ name }) => name).join(', ')}`
        : 'No class lost more than 10 points'
    }`,
    [0, 0.25, 0.5, 0.75, 1].map((share) => [
      line(x(share), top - 4, x(share), bottom),
      text(x(share), top - 9, percent(share, 0), 's', 'middle'),
    ]),
    text(width, top - 9, unit, 's', 'end'),
    shown.map((one, i) => {
      const y = top + tall * (i + 0.5)
      const found = models.flatMap(({ model, role, recall }) => {
        const value = recall[one.index]
        return isFiniteNumber(value) ? [{ model, role, value }] : []
      })
      const pair = found
        .filter(({ role }) => role === 'teacher' || role === 'student')
        .map(({ value }) => x(value))
      const bad = isLost(one)
      const values = found.map(({ model, value }) => `${model} ${percent(value, 0)}`).join(', ')
      const name = fitting(one.name, left - 8 - (bad ? widthOf('\u25bc ') : 0), 11.5, bad)
      return tipped(
        `${one.name}: ${values} of ${count(one.support)} ${unit}`,
        rect(0, y - tall / 2, width, tall, 'row'),
        text(left - 8, y + 4, `${bad ? '\u25bc ' : ''}${name}`, bad ? 'b' : 't', 'end'),
        pair.length > 1 && line(Math.min(...pair), y, Math.max(...pair), y, bad ? 'gap lost' : 'gap'),
        found.map(({ role, value }) => mark(x(value), y, role, role === 'alone' ? 3 : 4.1)),
        rect(width - right + 12, y - 3, (30 * one.support) / most, 6, 'bar quiet', { rx: 2 }),
        text(width, y + 4, count(one.support), 's', 'end'),
      )
    }),
  )
}
