/** Where the parameters are: teacher and student as treemaps on one scale, so that areas compare. */
import type { Content, Markup } from '../../diagnostics/markup.ts'
import type { ModelData } from '../schema.ts'
import { sum } from './scales.ts'
import { picture, rect, text, tipped } from './svg.ts'
import { count, fitting, percent, widthOf } from './words.ts'

const width = 540
const top = 22
const widest = 330

interface Item {
  readonly title: string
  readonly parameters: number
  readonly kind: string
}

interface Placed extends Item {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

type Side = 'student' | 'teacher'

/** The model alone, or with its teacher. Undefined if a model has no parameters. */
export function treemaps(student: ModelData, teacher: ModelData | undefined): Markup | undefined {
  const own = sum(student.parts.map(({ parameters }) => parameters))
  const whole = teacher ? sum(teacher.parts.map(({ parameters }) => parameters)) : 0
  if (own <= 0) return undefined
  const say = `${percent((largest(student)?.parameters ?? 0) / own, 0)} of ${student.name} is its ${largest(student)?.title ?? ''}`
  if (!teacher || whole <= 0) {
    return picture(
      width,
      262 + top + 2,
      say,
      titled(student, own, 0),
      drawn(student, own, 0, top, width, 262, 'student'),
    )
  }
  const side = Math.sqrt(own / whole)
  // The larger of the two takes what room there is.
  const first = Math.min(widest, (width - 40) / (1 + side))
  const height = first * 0.8
  const [w, h] = [first * side, height * side]
  const left = first + 40
  const tall = Math.max(height, h)
  // A student too small to read is drawn once more, if the room below it is larger than it.
  const room = { width: width - left, height: height - h - 66 }
  const enlarged = room.height > 60 && room.width * room.height > 1.5 * w * h
  const times = (room.width * room.height) / (w * h)
  return picture(
    width,
    tall + top + 4,
    `${student.name} has ${percent(own / whole)} of the parameters of ${teacher.name}; ${say}`,
    titled(teacher, whole, 0, first),
    drawn(teacher, whole, 0, top, first, height, 'teacher'),
    titled(student, own, left, width - left),
    drawn(student, own, left, top, w, h, 'student'),
    enlarged && [
      text(left, top + h + 18, 'on the same scale', 'm'),
      text(
        left,
        top + h + 50,
        fitting(
          `${student.name}, ${times < 10 ? times.toFixed(1) : times.toFixed(0)}\u00d7 enlarged`,
          room.width,
        ),
        'm',
      ),
      drawn(student, own, left, top + h + 58, room.width, room.height + 8, 'student'),
    ],
  )
}

function titled(model: ModelData, parameters: number, x: number, room = width): Content {
  const size = count(parameters)
  return text(x, 13, `${fitting(model.name, room - widthOf(size, 13, true) - 10, 13, true)} ${size}`, 'h')
}

function largest({ parts }: ModelData): Item | undefined {
  return [...parts].sort((a, b) => b.parameters - a.parameters)[0]
}

function drawn(
  model: ModelData,
  whole: number,
  x: number,
  y: number,
  w: number,
  h: number,
  side: Side,
): Content {
  return squarified(merged(model, whole), x, y, w, h).map((box) => {
    const share = percent(box.parameters / whole, box.parameters / whole < 0.01 ? 1 : 0)
    const layer = box.title.replace(/^layer (\d+)/, 'L$1')
    const names = [
      box.title,
      layer,
      layer.replace('attention', 'att.'),
      box.title.replace('word ', ''),
      layer.replace(/^(L\d+) .*/, '$1'),
    ]
    const room = box.width - 10
    const name = names.find((words) => widthOf(words, 11.5, true) <= room)
    const size = [`${count(box.parameters)} \u00b7 ${share}`, count(box.parameters)].find(
      (words) => widthOf(words, 10.5) <= room,
    )
    return tipped(
      `${box.title}: ${box.parameters.toLocaleString('en')} parameters, ${share} of ${model.name}`,
      rect(box.x + 0.5, box.y + 0.5, box.width - 1, box.height - 1, `tree ${side} ${box.kind}`),
      name !== undefined && box.height > 19 && text(box.x + 5, box.y + 15, name, 'b'),
      name !== undefined &&
        size !== undefined &&
        box.height > 33 &&
        text(box.x + 5, box.y + 28, size, 's on'),
    )
  })
}

/** Parts too small to be seen are one. */
function merged({ parts }: ModelData, whole: number): Item[] {
  const seen = parts.filter(({ parameters }) => parameters / whole >= 0.004)
  const small = parts.filter((part) => part.parameters > 0 && !seen.includes(part))
  const rest = sum(small.map(({ parameters }) => parameters))
  const others = { title: `${small.length} smaller parts`, parameters: rest, kind: 'other' }
  return [...seen, ...(small.length === 1 ? small : small.length > 1 ? [others] : [])]
}

/** Squarified treemap (Bruls et al. 2000), the largest first. */
function squarified(items: readonly Item[], x: number, y: number, w: number, h: number): Placed[] {
  const made: Placed[] = []
  let rest = [...items].sort((a, b) => b.parameters - a.parameters)
  let total = sum(rest.map(({ parameters }) => parameters))
  let [left, top, width, height] = [x, y, w, h]
  while (rest.length > 0 && total > 0) {
    const side = Math.min(width, height)
    const scale = (width * height) / total
    let n = 1
    while (
      n < rest.length &&
      worst(rest.slice(0, n + 1), scale, side) <= worst(rest.slice(0, n), scale, side)
    )
      n++
    const row = rest.slice(0, n)
    const of = sum(row.map(({ parameters }) => parameters))
    const thick = side > 0 ? (of * scale) / side : 0
    let at = 0
    for (const item of row) {
      const long = thick > 0 ? (item.parameters * scale) / thick : 0
      made.push(
        width < height
          ? { ...item, x: left + at, y: top, width: long, height: thick }
          : { ...item, x: left, y: top + at, width: thick, height: long },
      )
      at += long
    }
    if (width < height) [top, height] = [top + thick, height - thick]
    else [left, width] = [left + thick, width - thick]
    rest = rest.slice(n)
    total -= of
  }
  return made
}

/** The least square of a row's boxes: its longer side over its shorter. */
function worst(row: readonly Item[], scale: number, side: number): number {
  const areas = row.map(({ parameters }) => parameters * scale)
  const whole = sum(areas)
  return Math.max(
    ...areas.map((a) => Math.max((side * side * a) / whole ** 2, whole ** 2 / (side * side * a))),
  )
}
