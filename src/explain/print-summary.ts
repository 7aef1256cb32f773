/**
 * The first lines of an explanation: which models there are, how large, what teaches what, for how long, and
 * what that takes.
 */
import type { Painter } from '../diagnostics/paint.ts'
import { bytes, indent, listOf, number, perClassText, rounded, table } from './figures.ts'
import type { InstanceReport, SpecReport, StageReport } from './report.ts'
import { type TimeReport, timeText } from './time.ts'

export function printSummary(
  report: SpecReport,
  time: TimeReport | undefined,
  paint: Painter,
  columns: number,
): string[] {
  const stages = stageRows(report)
  const memory = memoryText(report)
  const duration = time && timeText(time, report)
  const rows = [
    ...stages,
    ...(memory === undefined ? [] : [['memory', memory]]),
    ...(duration === undefined ? [] : [['time', duration]]),
  ]
  return [
    paint.bold(report.spec),
    ...indent(table(modelRows(report), [false, false, true, false], columns - 2)),
    ...indent(table(rows, [false, false], columns - 2)),
  ]
}

/** Name, model, size, and what it is here. */
function modelRows({ teachers, students }: SpecReport): string[][] {
  const [first] = Object.entries(teachers)
  const sizeOf = ({ parameters }: InstanceReport): number => parameters.encoder + parameters.heads
  const smaller = (report: InstanceReport): string => {
    const times = first === undefined ? 1 : sizeOf(first[1]) / sizeOf(report)
    return first && times >= 1.05 ? `, ${times.toFixed(1)} times smaller than ${first[0]}` : ''
  }
  const row = (name: string, report: InstanceReport, role: string): string[] => [
    name,
    report.model,
    `${perClassText(sizeOf(report), report.parameters.per_class, rounded)} parameters`,
    role,
  ]
  return [
    ...Object.entries(teachers).map(([name, report]) => row(name, report, 'teacher')),
    ...Object.entries(students).map(([name, report]) => row(name, report, `student${smaller(report)}`)),
  ]
}

const targetWords: { readonly [target: string]: string } = {
  label: 'the labels',
  original: 'the masked words',
  order: 'the order of texts',
  start: 'the answers',
  end: 'the answers',
  tags: 'the tags',
}

/** A row for each stage, one for all members of a family. */
function stageRows(report: SpecReport): string[][] {
  const rows = new Map<
    string,
    { readonly first: StageReport; readonly stages: StageReport[]; more: number }
  >()
  for (const [name, stage] of Object.entries(report.stages)) {
    const row = rows.get(stage.family ?? name) ?? { first: stage, stages: [], more: 0 }
    rows.set(stage.family ?? name, row)
    row.stages.push(stage)
  }
  for (const { family, stages } of report.others) {
    const row = rows.get(family)
    if (row) row.more += stages.length
  }
  return [...rows].map(([name, { first, stages, more }]) => {
    const count = stages.length + more
    const budget = budgetText(first)
    const times = count > 1 && budget !== '' ? `${count} stages of ` : ''
    return [name, [lesson(first, report), times + budget].filter(Boolean).join('; ')]
  })
}

/** `S learns from K and the labels, on glosses` */
function lesson({ train, teachers, targets, data }: StageReport, report: SpecReport): string {
  const models = train.filter((name) => name in report.students || name in report.teachers)
  const sources = [...teachers, ...new Set(targets.map((target) => targetWords[target] ?? target))]
  const who = listOf(models.length > 0 ? models : train) || 'nothing'
  const where = data === null ? '' : `, on ${data}`
  if (sources.length === 0) return `${who} ${models.length > 1 ? 'are' : 'is'} trained${where}`
  return `${who} ${models.length > 1 ? 'learn' : 'learns'} from ${listOf(sources)}${where}`
}

/** `3,750 steps of 32`, and where the data is not there `3 epochs, batch 32`. */
function budgetText({ steps, budget, batch }: StageReport): string {
  if (steps !== null) return `${number(steps)} ${steps === 1 ? 'step' : 'steps'} of ${number(batch)}`
  return budget === null ? '' : `${budget}, batch ${number(batch)}`
}

function memoryText({ stages }: SpecReport): string | undefined {
  const [first, ...others] = Object.entries(stages)
  if (first === undefined) return undefined
  const [name, { peak_bytes: most }] = others.reduce(
    (a, b) => (b[1].peak_bytes > a[1].peak_bytes ? b : a),
    first,
  )
  return `${bytes(most)} at most${others.length > 0 ? `, in ${name}` : ''} (planned)`
}
