/** The plain data of a trainer program about its spec: the reverse of src/runtime/program.ts. */

import { answerPaths, headOutputs } from '../check/head-outputs.ts'
import type { ModelInstance, Program, Stage } from '../check/program.ts'
import type { FrozenPart } from '../optimize/pass.ts'
import type { FrozenSteps, TrainerModel, TrainerProgram, TrainerStage } from '../runtime/program.ts'
import { storedParameters } from '../train/parameters.ts'
import { Code } from './pieces.ts'

/** The same without places in the spec. */
function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Set) return value
  if (value instanceof Map) return new Map([...value].map(([key, one]) => [key, plain(one)]))
  if (Array.isArray(value)) return value.map(plain)
  const kept = Object.entries(value).filter(([name]) => name !== 'origin' && !/^span$|Span$/.test(name))
  return Object.fromEntries(kept.map(([name, one]) => [name, plain(one)]))
}

type Plainly<T> = { readonly [K in keyof T]: unknown }

/** A model; `weights` makes its table. */
export function modelData(instance: ModelInstance, weights: string): Plainly<TrainerModel> {
  const {
    parameters: _,
    taps,
    names,
    name: __,
    heads,
    settings,
    functions,
    bindings: ___,
    ...rest
  } = instance
  const paths = headOutputs(instance).flatMap(answerPaths)
  const answers = paths.flatMap((path) => {
    const term = taps.get(path)
    if (term === undefined) return []
    const axes = Object.fromEntries(term.axes.map(({ axis, size }) => [axis, size]))
    const identity = term.axes.at(-1)?.identity?.name
    return [[path, { axes, ...(identity === undefined ? {} : { identity }) }] as const]
  })
  return {
    ...(plain(rest) as typeof rest),
    settings: Object.fromEntries(settings),
    functions: Object.fromEntries(functions),
    heads: Object.fromEntries([...heads].map(([head, { kind }]) => [head, kind])),
    answers: Object.fromEntries(answers),
    prefixes: Object.fromEntries([...names].map(([format, { prefix }]) => [format, prefix])),
    parameters: new Code(weights),
  }
}

/** A stage; `trained`: the variable that holds what it trains. */
export function stageData(stage: Stage, trained: string): Plainly<TrainerStage> {
  const { minimize: _, unreached: __, name: ___, additive: ____, terms, targets, optimizer, ...rest } = stage
  return {
    ...(plain(rest) as typeof rest),
    trained: new Code(trained),
    ...(optimizer === undefined ? {} : { optimizer: optimizerData(optimizer, stage.trained, trained) }),
    terms: terms.map(({ name }) => name),
    targets: [...targets.keys()],
  }
}

function optimizerData(
  optimizer: NonNullable<Stage['optimizer']>,
  trained: readonly string[],
  variable: string,
): unknown {
  const groups = optimizer.groups.map(({ parameters, ...group }) => {
    const endings = new Set([...parameters].map(ending))
    const alike = trained.filter((key) => endings.has(ending(key)))
    const byEnding = alike.length === parameters.size && alike.every((key) => parameters.has(key))
    const chosen = byEnding
      ? `${variable}.filter((key) => /\\.(${[...endings].join('|')})$/.test(key))`
      : JSON.stringify(trained.filter((key) => parameters.has(key)))
    return { ...(plain(group) as typeof group), parameters: new Code(`new Set(${chosen})`) }
  })
  return { ...(plain(optimizer) as typeof optimizer), groups }
}

/** `scale` */
function ending(key: string): string {
  return key.slice(key.lastIndexOf('.') + 1)
}

/**
 * An expression for a list of weights: all of a model, all but some, otherwise one by one. `tables`: the
 * variable of the models' weights.
 */
export function trainedKeys(program: Program, { trained }: Stage, tables: string): string {
  const parts: string[] = []
  let rest = trained
  while (rest.length > 0) {
    const owner = ownerOf(rest[0] ?? '')
    const end = rest.findIndex((key) => ownerOf(key) !== owner)
    const own = end < 0 ? rest : rest.slice(0, end)
    rest = rest.slice(own.length)
    const instance = program.instances.get(owner)
    const all = instance ? storedParameters(instance).map(({ key }) => key) : []
    const left = all.filter((key) => !own.includes(key))
    const isThese = (keys: readonly string[]): boolean => keys.join() === own.join()
    const keys = `...keysOf('${owner}', ${tables}.${owner})`
    if (isThese(all)) parts.push(keys)
    else if (left.length < own.length && isThese(all.filter((key) => !left.includes(key))))
      parts.push(`${keys}.filter((key) => !${JSON.stringify(left)}.includes(key))`)
    else parts.push(...own.map((key) => JSON.stringify(key)))
  }
  const [only = '[]'] = parts
  return parts.length === 1 && only.startsWith('...') ? only.slice(3) : `[${parts.join(', ')}]`
}

function ownerOf(key: string): string {
  return key.split(/[.[]/, 1)[0] ?? ''
}

/** The facts about values that are computed once for each example. */
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
