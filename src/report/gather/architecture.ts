/**
 * What the main student learned from its teacher: the terms of the stage that compares most of their states,
 * and which state is compared with which, by the terms that the checker made, with layer maps expanded.
 */
import { lessonsOf, originalOf, statesOf } from '../../check/distillation.ts'
import type { LossTerm, ModelInstance, Program, Stage } from '../../check/program.ts'
import type { Term } from '../../check/tensor-term.ts'
import { reachable, reachableWhere } from '../../check/term-reads.ts'
import { parseSource } from '../../syntax/build-ast.ts'
import { evaluateScalar } from '../../train/schedule.ts'
import type { ArchitectureData } from '../schema.ts'
import type { RunFacts } from './facts.ts'

/** Characters of a term's text. */
const longest = 120

export function gatherArchitecture({ main, stages, program }: RunFacts): ArchitectureData | undefined {
  const student = program.instances.get(main?.model ?? '')
  if (!student || main?.teacher === undefined) return undefined
  const found = stages.flatMap((stage) =>
    lessonsOf(program, stage)
      .filter((one) => one.student === student && originalOf(program, one.teacher).name === main.teacher)
      .map(({ teacher }) => ({ stage, teacher, links: linksOf(stage, student, teacher) })),
  )
  // of stages that compare as many states, the last: it decides what the student ends as
  const [most] = found.toReversed().sort((a, b) => b.links.length - a.links.length)
  if (!most) return undefined
  return {
    student: student.name,
    teacher: main.teacher,
    stage: most.stage.name,
    terms: most.stage.terms.map((term) => ({
      name: term.name,
      weight: weightOf(term) ?? 1,
      text: textOf(program, term),
    })),
    links: most.links,
  }
}

/** At the end of the stage; undefined if the total is no weighted sum of the term. */
export function weightOf({ weight }: LossTerm): number | undefined {
  return weight && evaluateScalar(weight, { progress: 1, step: 0, epoch: 0 })
}

/** As the spec writes the term; of one that is only named, what its loss is. */
function textOf({ sources }: Program, { span }: LossTerm): string {
  const { file, start, end } = span
  const source = sources.get(file) ?? ''
  const written = source.slice(start, end)
  const named = parseSource(file, source).tree.declarations.find(
    (one) => one.kind === 'loss' && one.name.text === written,
  )
  const { body } = named?.kind === 'loss' ? named : {}
  const text = (body ? source.slice(body.span.start, body.span.end) : written).replace(/\s+/g, ' ')
  return text.length > longest ? `${text.slice(0, longest - 1)}\u2026` : text
}

/**
 * A primitive of a loss that reads states of both models is a link between them. Paths are those of states
 * (`hidden[3]`), else of the tap that is read (`scores[3]`).
 */
function linksOf(stage: Stage, student: ModelInstance, teacher: ModelInstance): ArchitectureData['links'] {
  const [own, other] = [pathsOf(student), pathsOf(teacher)]
  const links = new Map<string, ArchitectureData['links'][number]>()
  for (const { name, term } of stage.terms) {
    for (const primitive of reachable(term).filter(({ operation }) => operation.op === 'reduction')) {
      const [reads, taught] = [readBy(primitive, own), readBy(primitive, other)]
      for (const a of reads)
        for (const b of taught) links.set(`${name} ${a} ${b}`, { term: name, student: a, teacher: b })
    }
  }
  return [...links.values()]
}

/** The paths of a model's terms below a term, without those below these. */
function readBy(root: Term, paths: ReadonlyMap<Term, string>): string[] {
  const found = new Set<string>()
  for (const term of reachableWhere((one) => !paths.has(one), [root]))
    for (const input of term.inputs) {
      const path = paths.get(input)
      if (path !== undefined) found.add(path)
    }
  return [...found]
}

/** Each term by one path: that of a state if it is one. */
function pathsOf(instance: ModelInstance): ReadonlyMap<Term, string> {
  const paths = new Map<Term, string>()
  for (const [path, term] of instance.taps)
    if (term.type === 'real' && term.axes.length > 0) paths.set(term, path)
  for (const { path } of statesOf(instance)) {
    const term = instance.taps.get(path)
    if (term) paths.set(term, path)
  }
  return paths
}
