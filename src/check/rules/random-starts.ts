/**
 * Warns of a student that starts at random although a trained teacher has all of its layers in the same
 * shapes. That is legal, but usually a slip (E0571).
 */
import { randomStart } from '../../diagnostics/messages/parameters.ts'
import type { Checker } from '../checker.ts'
import type { LayerMap, ModelInstance, ModelParameter } from '../program.ts'
import { trainedOwners } from '../trained.ts'
import type { Rule } from './rule.ts'

/**
 * Warns once for each such student. A student with any `init` line, such as
 * `init { **.weight from normal(0.02) }`, is intended.
 */
export const randomStarts: Rule = ({ checker, instances, maps, stages }, reporter) => {
  const trained = new Set<string>()
  for (const { stage } of stages) {
    // What an erroneous stage trains is not known: later students may have learnt in it.
    if (stage === undefined) return
    const owners = trainedOwners(stage)
    const teachers = instances.filter(
      (one) => stage.instances.includes(one.name) && !owners.has(one.name) && knows(one, trained),
    )
    for (const student of instances) {
      if (!owners.has(student.name) || trained.has(student.name) || saysStart(checker, student)) continue
      const teacher = teachers.find((one) => hasLayersOf(one, student))
      if (teacher === undefined) continue
      const { name, span } = student
      const remedy = remedyFor(student, teacher, maps)
      reporter.report(randomStart({ span, name, teacher: teacher.name, teacherSpan: teacher.span, remedy }))
    }
    for (const owner of owners) trained.add(owner)
  }
}

/**
 * Whether a model has weights that are not random: from a file, from another model, or from an earlier stage.
 */
function knows({ name, copyOf, parameters }: ModelInstance, trained: ReadonlySet<string>): boolean {
  return copyOf !== undefined || trained.has(name) || parameters.some((one) => isMatrix(one) && !isDrawn(one))
}

function saysStart(checker: Checker, { name, role, copyOf, parameters }: ModelInstance): boolean {
  const entries = checker.instance(name)?.declaration?.body.items ?? []
  const says = entries.some(
    (entry) => entry.kind === 'init' || (entry.kind === 'set' && entry.name.text === 'weights'),
  )
  return role !== 'student' || copyOf !== undefined || says || !parameters.filter(isMatrix).every(isDrawn)
}

function hasLayersOf(teacher: ModelInstance, student: ModelInstance): boolean {
  const shapes = new Map(teacher.parameters.map(({ path, shape }) => [path, shape.join()]))
  const matrices = student.parameters.filter(isMatrix)
  return matrices.length > 0 && matrices.every(({ path, shape }) => shapes.get(path) === shape.join())
}

/**
 * A matrix of the encoder. Biases and scales have the same initial values everywhere, and heads may be new.
 */
function isMatrix({ kind, part }: ModelParameter): boolean {
  return part === 'encoder' && (kind === 'linear' || kind === 'lookup')
}

function isDrawn({ initial }: ModelParameter): boolean {
  return initial.kind === 'normal' || initial.kind === 'truncated_normal'
}

/** The lines that the help suggests. */
function remedyFor(student: ModelInstance, teacher: ModelInstance, maps: readonly LayerMap[]): string[] {
  const declared = `student ${student.name} : ${student.model}`
  const shapes = new Map(teacher.parameters.map(({ path, shape }) => [path, shape.join()]))
  const sameShapes = student.parameters.every(({ path, shape }) => shapes.get(path) === shape.join())
  const [own, all] = [student.layers ?? 0, teacher.layers ?? 0]
  if (sameShapes && own === all) return [`${declared} { weights = ${teacher.name} ... }`]
  const map = maps.find(({ from, to }) => from === student.model && to === teacher.model)
  const named = map?.name ?? 'g'
  const even = own > 0 && all % own === 0 ? 'uniform' : 'uniform(round = floor)'
  const added = own === all || map ? [] : [`map ${named} : ${student.model} -> ${teacher.model} = ${even}`]
  const layer = own === all ? 'm' : `${named}(m)`
  const parts = student.parameters.filter(({ part }) => part === 'encoder')
  const lines = [...new Set(parts.map(({ path }) => path.replace(/[.[].*$/s, '')))].map((part) =>
    part === 'layer'
      ? `layer[m] from ${teacher.name}.layer[${layer}]`
      : `${part} from ${teacher.name}.${part}`,
  )
  return [...added, `${declared} { init { ${lines.join(', ')} } ... }`]
}
