/** How a number changes over a stage, drawn in one line. */
import type { Schedule, Stage } from '../check/program.ts'
import { reachable } from '../check/term-reads.ts'
import { decimal } from '../explain/figures.ts'
import { describeSchedule } from '../explain/optimizer.ts'
import { type Moment, rateAt } from '../train/schedule.ts'

const bars = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const
const points = 32

/**
 * `▁▄█▇▆▅▄▃▂▁ 5e-5 linear, warm-up 10%`. Without the bars where the number depends on steps or epochs, and
 * only the data says how many there are.
 */
export function curveText(schedule: Schedule, budget: Stage['budget']): string {
  const said = describeSchedule(schedule)
  if (schedule.kind === 'constant' || !isKnown(schedule, budget)) return said
  const values = Array.from({ length: points }, (_, k) =>
    rateAt(schedule, momentAt(k / (points - 1), budget)),
  )
  if (!values.every(Number.isFinite)) return said
  const [least, most] = [Math.min(...values), Math.max(...values)]
  const scale = most > least ? (bars.length - 1) / (most - least) : 0
  const drawn = values.map((value) => bars[Math.round((value - least) * scale)]).join('')
  const ends = `from ${decimal(values[0] ?? 0)} to ${decimal(values.at(-1) ?? 0)}`
  return schedule.kind === 'linear' ? `${drawn} ${said}` : `${drawn} ${said}, ${ends}`
}

/** Whether the budget has the unit that the number reads. */
function isKnown(schedule: Schedule, budget: Stage['budget']): boolean {
  if (schedule.kind !== 'expression') return true
  return reachable(schedule.term).every(
    ({ operation }) =>
      operation.op !== 'schedule' ||
      operation.name === 'progress' ||
      budget?.unit.startsWith(operation.name) === true,
  )
}

function momentAt(progress: number, budget: Stage['budget']): Moment {
  const amount = budget?.amount ?? 1
  const done = Math.max(0, Math.min(Math.floor(progress * amount), amount - 1))
  return { progress, step: done, epoch: done }
}
