/**
 * Student and teacher side by side, from the embedding down. A solid arc is a loss between two states. A
 * dashed one leads to the state of the teacher that a state of the student is most like.
 */
import { type Content, el, type Markup } from '../../diagnostics/markup.ts'
import type { AgreementData, ArchitectureData, ModelData } from '../schema.ts'
import { apart, isFiniteNumber, sum } from './scales.ts'
import { line, picture, rect, text, tipped } from './svg.ts'
import { count, fitting, tickText } from './words.ts'

const width = 540
const top = 54
const middleOf = { student: 130, teacher: 410 } as const
type Side = keyof typeof middleOf

interface Box {
  readonly title: string
  readonly state: string | undefined
  readonly parameters: number
  readonly units: number | undefined
  readonly y: number
  readonly width: number
}

/** @param agreement of these two models, if it was measured */
export function architecture(
  { terms, links, stage }: ArchitectureData,
  student: ModelData,
  teacher: ModelData,
  agreement: AgreementData | undefined,
): Markup {
  const rows = Math.max(student.blocks.length, teacher.blocks.length, 1)
  const gap = rows <= 7 ? 47 : rows <= 16 ? 36 : 28
  const height = rows <= 7 ? 31 : 21
  const most = Math.max(1, ...[...student.blocks, ...teacher.blocks].map(({ units }) => units ?? 0))
  const floor = top + (rows - 1) * gap
  const boxesOf = (model: ModelData, places: readonly number[]): Box[] =>
    model.blocks.map(({ title, state, parameters, units }, i) => ({
      title,
      state,
      parameters,
      units,
      y: places[i] ?? top,
      width: units === undefined ? 92 : 76 + (104 * units) / most,
    }))
  const evenly = (n: number): number[] =>
    Array.from({ length: n }, (_, i) => (n === 1 ? top : top + (i * (floor - top)) / (n - 1)))
  const teachers = boxesOf(teacher, evenly(teacher.blocks.length))
  const even = evenly(student.blocks.length)
  const nearest = nearestOf(agreement)
  const wanted = student.blocks.map((block, i) => {
    const targets = links.flatMap((link) =>
      isAt(block.state, link.student) ? (boxAt(teachers, link.teacher)?.y ?? []) : [],
    )
    const near = nearest.find(({ from }) => from === block.state)
    return targets.length > 0
      ? sum(targets) / targets.length
      : (boxAt(teachers, near?.to)?.y ?? even[i] ?? top)
  })
  // In the order of data, even if a map crosses.
  const ordered = wanted.map((y, i) => Math.max(y, ...wanted.slice(0, i)))
  const students = boxesOf(student, apart(ordered, gap, floor))
  const bottom = floor + height + 14
  const shown = terms.slice(0, 6)
  return picture(
    width,
    bottom + 18 * shown.length + 6,
    `Student ${student.name} learns from teacher ${teacher.name} in stage ${stage} by ${
      terms.map(({ name, text: formula }) => (formula === name ? name : `${name}, ${formula}`)).join('; ') ||
      'no loss between them'
    }${nearest.length > 0 ? `. By CKA, ${nearestWords(nearest, student, teacher)}` : ''}`,
    nearest.map(({ from, to, value }) =>
      arc(
        boxAt(students, from),
        boxAt(teachers, to),
        height,
        -5,
        'nearest',
        1 + 3 * Math.max(0, value - 0.5),
        {
          tip: `${from} of ${student.name} is most like ${to} of ${teacher.name}: CKA ${value.toFixed(2)}`,
          label: value.toFixed(2),
        },
      ),
    ),
    links.map((link) => {
      const k = terms.findIndex(({ name }) => name === link.term)
      const colour = terms.length > 1 ? `declared joins${Math.max(0, k) % 6}` : 'declared'
      return arc(boxAt(students, link.student), boxAt(teachers, link.teacher), height, 6, colour, undefined, {
        tip: `${link.term}: ${link.student} of ${student.name} from ${link.teacher} of ${teacher.name}`,
      })
    }),
    lane(students, student, 'student', gap, height),
    lane(teachers, teacher, 'teacher', gap, height),
    shown.map(({ name, weight, text: formula }, k) => {
      const y = bottom + 18 * k + 8
      const style = terms.length > 1 ? `declared joins${k % 6}` : 'declared'
      const times = weight === 1 ? '' : `${tickText(weight)} \u00d7 `
      // A loss on labels or data alone joins no two states.
      const isDrawn = links.some(({ term }) => term === name)
      return [
        isDrawn && line(8, y - 4, 34, y - 4, style),
        text(
          42,
          y,
          fitting(`${times}${formula === name ? name : `${name}: ${formula}`}`, width - 50),
          isDrawn ? 't' : 'm',
        ),
      ]
    }),
  )
}

interface Nearest {
  readonly from: string
  readonly to: string
  readonly value: number
}

/** For each state of the student the teacher's most alike. */
function nearestOf(agreement: AgreementData | undefined): Nearest[] {
  if (!agreement) return []
  return agreement.rows.flatMap(({ state }, i) => {
    const values = agreement.values[i] ?? []
    const best = Math.max(...values.filter(isFiniteNumber))
    const to = agreement.columns[values.indexOf(best)]?.state
    return to === undefined ? [] : [{ from: state, to, value: best }]
  })
}

function nearestWords(nearest: readonly Nearest[], student: ModelData, teacher: ModelData): string {
  const titled = (model: ModelData, state: string): string =>
    model.blocks.find((block) => block.state === state)?.title ?? state
  return nearest
    .map(
      ({ from, to, value }) =>
        `${titled(student, from)} is most like ${titled(teacher, to)} (${value.toFixed(2)})`,
    )
    .join(', ')
}

/** A term may name a value within a layer: `layer[3].attention.scores` is in the box of `hidden[3]`. */
function isAt(state: string | undefined, named: string): boolean {
  if (state === undefined) return false
  const layer = /\[(\d+)\]/
  const [own, other] = [layer.exec(state)?.[1], layer.exec(named)?.[1]]
  return state === named || (own !== undefined && own === other)
}

function boxAt(boxes: readonly Box[], state: string | undefined): Box | undefined {
  if (state === undefined) return undefined
  return boxes.find((box) => box.state === state) ?? boxes.find((box) => isAt(box.state, state))
}

function arc(
  from: Box | undefined,
  to: Box | undefined,
  height: number,
  shift: number,
  style: string,
  stroke: number | undefined,
  words: { readonly tip: string; readonly label?: string },
): Content {
  if (!from || !to) return undefined
  const [x1, x2] = [middleOf.student + from.width / 2, middleOf.teacher - to.width / 2]
  const [y1, y2] = [from.y + height / 2 + shift, to.y + height / 2 + shift]
  const bend = (x2 - x1) / 2
  const d = `M${x1.toFixed(1)} ${y1.toFixed(1)}C${(x1 + bend).toFixed(1)} ${y1.toFixed(1)} ${(x2 - bend).toFixed(1)} ${y2.toFixed(1)} ${x2.toFixed(1)} ${y2.toFixed(1)}`
  return [
    tipped(words.tip, el('path', { d, class: style, 'stroke-width': stroke })),
    words.label !== undefined && text(x1 + 20, y1 - 4, words.label, 's halo', 'middle'),
  ]
}

function lane(boxes: readonly Box[], model: ModelData, side: Side, gap: number, height: number): Content {
  const x = middleOf[side]
  const style = `box ${side}${side === 'teacher' ? ' frozen' : ''}`
  return [
    text(x, 22, fitting(`${side} ${model.name}`, 250, 13, true), 'h', 'middle'),
    text(x, 38, fitting(model.note, 250), 'm', 'middle'),
    boxes.map((box, i) => {
      const before = boxes[i - 1]
      const size = count(box.parameters)
      const units = box.units === undefined ? '' : `, ${box.units} units`
      const name = (room: number): string => fitting(box.title, room, 11.5, true)
      return [
        before && line(x, before.y + height, x, box.y, 'wire'),
        tipped(
          `${box.title}: ${box.parameters.toLocaleString('en')} parameters${units}`,
          rect(x - box.width / 2, box.y, box.width, height, style, { rx: 5 }),
          gap > 40
            ? [
                text(x, box.y + 14, name(box.width - 6), 'b', 'middle'),
                text(x, box.y + 26, size, 's on', 'middle'),
              ]
            : text(x, box.y + 14.5, name(box.width - 4), 'b', 'middle'),
        ),
      ]
    }),
  ]
}
