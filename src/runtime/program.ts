/**
 * The plain data of a trainer program about its spec: files and tokenizers, models with their weights, stages
 * with their optimizers. Losses are not here: they are the program's step functions.
 */
import type { DataSpec, ModelInstance, ModelParameter, Program, Projection, Stage } from '../check/program.ts'
import type { AxisName, Term, TermSize } from '../check/tensor-term.ts'
import { termFacts } from '../check/term-facts.ts'

import type { Axes, Step } from './value.ts'

/** A type of the checked program without the places in the spec. */
export type Plain<T> =
  T extends ReadonlyMap<infer K, infer V>
    ? ReadonlyMap<K, Plain<V>>
    : T extends ReadonlySet<unknown>
      ? T
      : T extends readonly unknown[]
        ? { readonly [K in keyof T]: Plain<T[K]> }
        : T extends object
          ? { readonly [K in keyof T as Exclude<K, 'span' | 'origin'>]: Plain<T[K]> }
          : T

/**
 * A weight of a model: `canonical` where another one holds it, `published` its names in other frameworks'
 * files.
 */
export interface TrainerParameter {
  readonly path: string
  readonly shape: readonly number[]
  readonly kind: ModelParameter['kind']
  readonly part: ModelParameter['part']
  readonly initial: Plain<ModelParameter['initial']>
  readonly canonical?: string
  readonly published?: { readonly [format: string]: { readonly name: string; readonly head: boolean } }
}

/** The answer of a head: its axes, and for classes their identity (`labels colours.label`). */
interface Answer {
  readonly axes: { readonly [axis in AxisName]?: TermSize }
  readonly identity?: string
}

export interface TrainerModel
  extends Plain<
    Omit<
      ModelInstance,
      'parameters' | 'taps' | 'names' | 'name' | 'heads' | 'settings' | 'functions' | 'bindings'
    >
  > {
  readonly parameters: readonly TrainerParameter[]
  readonly settings: { readonly [path: string]: number }
  readonly functions: { readonly [path: string]: string }
  /** Kinds, by name. */
  readonly heads: { readonly [head: string]: string }
  /** Of heads, by path: what can be scored. */
  readonly answers: { readonly [path: string]: Answer }
  /** Prefix of published names, by format. */
  readonly prefixes: { readonly [format: string]: string }
}

export interface TrainerStage
  extends Plain<Omit<Stage, 'minimize' | 'terms' | 'unreached' | 'targets' | 'name' | 'additive'>> {
  /** Names of the loss terms. */
  readonly terms: readonly string[]
  /** Labels and the like that the losses read. */
  readonly targets: readonly string[]
}

export interface TrainerProgram {
  /** The spec. */
  readonly file: string
  readonly data: { readonly [name: string]: Plain<Omit<DataSpec, 'name'>> }
  readonly models: { readonly [name: string]: TrainerModel }
  readonly projections: { readonly [name: string]: Plain<Omit<Projection, 'name'>> }
  readonly stages: { readonly [name: string]: TrainerStage }
}

/**
 * The function of the values that are computed once for each example, and the facts that the trainer needs to
 * cache them.
 */
export interface FrozenSteps {
  /** Outputs `hoisted[k]`, which the stage's step reads as inputs. */
  readonly step: Step
  /** Of each, `padded`: is it read beyond an example's last token? */
  readonly values: readonly { readonly axes: Axes; readonly padded: boolean }[]
  /** Whose weights it reads. */
  readonly models: readonly string[]
  /** Equal for what computes the same. */
  readonly identity: string
  /** Operations for an example of full length. */
  readonly flops: number
}

/** The program in the form of the trainer. All places in the spec are its first character. */
export function programOf(plain: TrainerProgram): Program {
  const span = { file: plain.file, start: 0, end: 0 }
  const placed = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null || value instanceof Set) return value
    if (value instanceof Map) return new Map([...value].map(([key, one]) => [key, placed(one)]))
    if (Array.isArray(value)) return value.map(placed)
    return { ...Object.fromEntries(Object.entries(value).map(([key, one]) => [key, placed(one)])), span }
  }
  const term = (type: Term['type'], axes: Term['axes']): Term => {
    const operation = { op: 'number', value: 0 } as const
    return { id: 0, operation, inputs: [], type, axes, facts: termFacts(operation, [], axes), span }
  }
  const entries = <T, U>(record: { readonly [name: string]: T }, make: (name: string, value: T) => U) =>
    new Map(Object.entries(record).map(([name, value]): [string, U] => [name, make(name, value)]))

  const model = (
    name: string,
    { answers, prefixes, heads, settings, functions, ...given }: TrainerModel,
  ): ModelInstance => {
    const names = entries(prefixes, (format, prefix) => ({
      prefix,
      parameters: new Map(
        given.parameters.flatMap(({ path, published }) => {
          const one = published?.[format]
          return one === undefined ? [] : [[path, one] as const]
        }),
      ),
    }))
    const parameters = given.parameters.map(({ published: _, ...one }) => ({ canonical: one.path, ...one }))
    const rest = placed({ ...given, parameters, name }) as Omit<
      ModelInstance,
      'names' | 'taps' | 'heads' | 'settings' | 'functions' | 'bindings'
    >
    const taps = entries(answers, (_, { axes, identity }) => {
      const known = identity === undefined ? {} : { identity: { name: identity, anonymous: false } }
      const all = Object.entries(axes) as [AxisName, TermSize][]
      return term(
        'real',
        all.map(([axis, size]) => ({ axis, size, ...(axis === 'class' ? known : {}) })),
      )
    })
    return {
      ...rest,
      names,
      taps,
      heads: entries(heads, (_, kind) => ({ kind, span })),
      settings: entries(settings, (_, value) => value),
      functions: entries(functions, (_, value) => value),
      bindings: new Map(),
    }
  }
  const stage = (name: string, { terms, targets, ...given }: TrainerStage): Stage => ({
    ...(placed({ ...given, name }) as Omit<
      Stage,
      'minimize' | 'terms' | 'unreached' | 'targets' | 'additive'
    >),
    minimize: term('real', []),
    terms: terms.map((one) => ({ name: one, term: term('real', []), span })),
    unreached: [],
    // what follows from it is in the steps: `tokensAtOnce`
    additive: false,
    targets: new Map(targets.map((target) => [target, span])),
  })
  return {
    file: plain.file,
    sources: new Map(),
    settings: new Map(),
    sweep: [],
    models: new Map(),
    instances: entries(plain.models, model),
    maps: new Map(),
    projections: entries(plain.projections, (name, value) => placed({ ...value, name }) as Projection),
    data: entries(plain.data, (name, value) => placed({ ...value, name }) as DataSpec),
    stages: [...entries(plain.stages, stage).values()],
  }
}
