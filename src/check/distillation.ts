/**
 * Who teaches whom in a checked program: the models that a stage trains, those that its losses read without
 * training them, and the states of a model by which both are compared.
 */
import { answerPaths, headOutputs } from './head-outputs.ts'
import type { ModelInstance, Program, Stage } from './program.ts'
import { axesOf } from './tasks.ts'
import { trainedOwners } from './trained.ts'

/** A trained model, and one that it learns from in a stage. */
export interface Lesson {
  readonly stage: Stage
  readonly student: ModelInstance
  readonly teacher: ModelInstance
}

/** Each model that a stage trains, with each model that its losses read and that it does not train. */
export function lessonsOf(program: Program, stage: Stage): Lesson[] {
  const owners = trainedOwners(stage)
  const read = [...program.instances.values()].filter(({ name }) => stage.instances.includes(name))
  const students = read.filter(({ name }) => owners.has(name))
  const teachers = read.filter(({ name }) => !owners.has(name))
  return students.flatMap((student) => teachers.map((teacher) => ({ stage, student, teacher })))
}

/** The model whose weights these are: a copy at the end of a stage is that of another. */
export function originalOf(program: Program, instance: ModelInstance): ModelInstance {
  const { copyOf } = instance
  const original = copyOf && program.instances.get(copyOf.instance)
  return original && original !== instance ? originalOf(program, original) : instance
}

/** Whether two models have parameters of the same shapes under the same names. */
export function sameArchitecture(a: ModelInstance, b: ModelInstance): boolean {
  const shapes = ({ parameters }: ModelInstance): string =>
    JSON.stringify(parameters.map(({ path, canonical, shape }) => [path, canonical, shape]))
  return shapes(a) === shapes(b)
}

/** A tensor of a model: numbers of each example, of each token, or a number for each token (a start). */
export interface State {
  /** `hidden[3]`, `task.logits` */
  readonly path: string
  /** For people: `embedding`, `layer 3`, `logits`. */
  readonly title: string
}

/**
 * The states of a model in their order: those in a family of its own (`hidden[m]`), or where it has none, all
 * of its own; then what its heads answer with.
 */
export function statesOf(instance: ModelInstance): State[] {
  const own = [...instance.taps].flatMap(([path, term]) =>
    axesOf(term) === 'example token unit' && !path.includes('.') ? [path] : [],
  )
  const indexed = own.flatMap((path) => {
    const index = indexOf(path)
    return index === undefined ? [] : [{ path, index }]
  })
  const states =
    indexed.length > 0
      ? indexed.sort((a, b) => a.index - b.index).map(({ path }) => ({ path, title: titleOf(path) }))
      : own.map((path) => ({ path, title: path }))
  const heads = headOutputs(instance)
  const answers = heads.flatMap(answerPaths).map((path) => ({
    path,
    title: heads.length > 1 ? path.replace('.', ' ') : path.slice(path.lastIndexOf('.') + 1),
  }))
  return [...states, ...answers]
}

function indexOf(path: string): number | undefined {
  const index = /^\w+\[(\d+)\]$/.exec(path)?.[1]
  return index === undefined ? undefined : Number(index)
}

function titleOf(path: string): string {
  const index = indexOf(path)
  return index === 0 ? 'embedding' : `layer ${index}`
}
