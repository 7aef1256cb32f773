/** What a run keeps of the compiler's work on a stage: the time of each phase, and the memory of its step. */
import type { CheckTime } from '../check/check.ts'
import type { Program, Stage } from '../check/program.ts'
import { placeNodes } from '../draw/places.ts'
import type { Node } from '../graph/graph.ts'
import type { StageGraphs } from '../lower/stage.ts'
import type { Schedule } from '../plan/plan.ts'
import type { CompiledStage, CompileSpan, PlannedStep } from '../train/kept/planned-step.ts'

/** Points of a curve of memory. */
const mostPoints = 400

export interface CompiledRequest {
  readonly program: Program
  readonly stage: Stage
  readonly graphs: StageGraphs
  readonly schedule: Schedule
  /** Bytes on the device beside the step's values. */
  readonly standing: number
  /** When planning began, and how long it took. */
  readonly planning: { readonly begins: number; readonly ms: number }
  /** How long the spec was read and checked; absent where another run did it. */
  readonly front?: CheckTime | undefined
}

export function compiledStage(request: CompiledRequest): CompiledStage {
  return { planned: plannedStep(request), spans: compileSpans(request) }
}

function plannedStep({ program, stage, graphs, standing, schedule }: CompiledRequest): PlannedStep {
  const { places, forward } = placeNodes(program, stage, graphs)
  const { nodes } = schedule.lifetimes
  const turn = nodes.findIndex((node) => node.inputs.length > 0 && !forward.has(node))
  const width = Math.max(1, Math.ceil(schedule.live.length / mostPoints))
  const live: number[] = []
  for (let at = 0; at < schedule.live.length; at += width)
    live.push(Math.max(...schedule.live.slice(at, at + width)))
  const atPeak = nodes[schedule.peakAt]
  const nameOf = (node: Node): string => {
    const place = places.get(node)
    const part = place?.owner ? `${place.owner}.${place.part}` : (place?.part ?? 'loss')
    const name = graphs.names.get(node) ?? part
    return forward.has(node) ? name : `gradient of ${name}`
  }
  return {
    live,
    peak: schedule.peak,
    peakAt: Math.floor(schedule.peakAt / width),
    peakName: atPeak === undefined ? '' : nameOf(atPeak),
    turn: turn < 0 ? live.length : Math.floor(turn / width),
    standing,
  }
}

function compileSpans({ graphs, planning, front }: CompiledRequest): CompileSpan[] {
  const { applied, times } = graphs
  const before = front ? front.parse + front.check : 0
  const at = (begins: number): number => before + begins - times.begun
  const passes = applied.map(({ name, phase, begins, ms, changed, notes }): CompileSpan => {
    const note = notes.join('; ')
    return { name, kind: phase, at: at(begins), ms, changed, ...(note === '' ? {} : { note }) }
  })
  const { differentiates } = times
  const spans: CompileSpan[] = [
    ...(front
      ? [
          { name: 'parse', kind: 'front', at: 0, ms: front.parse } as const,
          { name: 'check', kind: 'front', at: front.parse, ms: front.check } as const,
        ]
      : []),
    { name: 'lower', kind: 'front', at: before, ms: times.lowered - times.begun },
    ...passes,
    { name: 'differentiate', kind: 'step', at: at(differentiates.begins), ms: differentiates.ms },
    { name: 'plan memory', kind: 'plan', at: at(planning.begins), ms: planning.ms },
  ]
  return spans.toSorted((a, b) => a.at - b.at)
}
