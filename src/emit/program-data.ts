/** What a trainer program says of its spec as plain data: the reverse of src/runtime/program.ts. */
import type { ModelInstance, Program, Stage } from '../check/program.ts'
import type { FrozenPart } from '../optimize/pass.ts'
import type {
  FrozenSteps,
  TrainerModel,
  TrainerParameter,
  TrainerProgram,
  TrainerStage,
} from '../runtime/program.ts'
import { headOutputs } from '../train/evaluate.ts'
import { literalPieces } from './pieces.ts'
import { writeStatements } from './statements.ts'

/** The same without places in the spec. */
function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Set) return value
  if (value instanceof Map) return new Map([...value].map(([key, one]) => [key, plain(one)]))
  if (Array.isArray(value)) return value.map(plain)
  const kept = Object.entries(value).filter(([name]) => name !== 'span' && name !== 'origin')
  return Object.fromEntries(kept.map(([name, one]) => [name, plain(one)]))
}

/** Statements that add the weights of a model, equal layers as a loop. */
export function weightLines(instance: ModelInstance): string[] {
  const statements = trainerParameters(instance).map((parameter) => {
    return { pieces: ['add(', ...literalPieces(parameter), ')'], owned: false }
  })
  return writeStatements(statements, () => '', ['m', 'add'])
}

function trainerParameters(instance: ModelInstance): readonly Plainly<TrainerParameter>[] {
  return instance.parameters.map(({ path, canonical, shape, kind, part, initial }) => {
    const published = [...instance.names].flatMap(([format, { parameters }]) => {
      const one = parameters.get(path)
      return one === undefined ? [] : [[format, plain(one)]]
    })
    return {
      path,
      shape,
      kind,
      part,
      initial: plain(initial),
      ...(canonical === path ? {} : { canonical }),
      ...(published.length === 0 ? {} : { published: Object.fromEntries(published) }),
    }
  })
}

type Plainly<T> = { readonly [K in keyof T]: unknown }

/** A model without its weights. */
export function modelData(instance: ModelInstance): Plainly<Omit<TrainerModel, 'parameters'>> {
  const { parameters: _, taps, names, name: __, heads, ...rest } = instance
  const outputs = headOutputs(instance).flatMap(({ path }) => {
    const term = taps.get(path)
    return term === undefined ? [] : [[path, plain({ type: term.type, axes: term.axes })] as const]
  })
  return {
    ...(plain(rest) as typeof rest),
    heads: [...heads].map(([head, { kind }]) => ({ name: head, kind })),
    answers: new Map(outputs),
    prefixes: Object.fromEntries([...names].map(([format, { prefix }]) => [format, prefix])),
  }
}

export function stageData(stage: Stage): Plainly<TrainerStage> {
  const { minimize: _, unreached: __, name: ___, terms, targets, ...rest } = stage
  return {
    ...(plain(rest) as typeof rest),
    terms: terms.map(({ name }) => name),
    targets: [...targets.keys()],
  }
}

/** What a trainer has to know of values that are computed once an example. */
export function frozenData({ values, models, identity, flops }: FrozenPart): Omit<FrozenSteps, 'step'> {
  return {
    values: values.map(({ dimensions, padded }) => ({
      axes: Object.fromEntries(dimensions.map(({ axis, size }) => [axis, size])),
      padded,
    })),
    models,
    identity,
    flops,
  }
}

/** Data blocks and projections, by name. */
export function sharedData(program: Program): Plainly<Pick<TrainerProgram, 'data' | 'projections'>> {
  const named = <T extends { readonly name: string }>(all: ReadonlyMap<string, T>) =>
    Object.fromEntries([...all].map(([key, { name: _, ...rest }]) => [key, plain(rest)]))
  return { data: named(program.data), projections: named(program.projections) }
}
