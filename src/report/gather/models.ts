/** The models of a run: where their parameters are, and what they scored. */
import { type State, statesOf } from '../../check/distillation.ts'
import type { ModelInstance, ModelParameter } from '../../check/program.ts'
import { number } from '../../explain/figures.ts'
import { countParameters } from '../../explain/parameters.ts'
import { elements } from '../../train/parameters.ts'
import type { ModelData } from '../schema.ts'
import type { RunFacts } from './facts.ts'
import { finite } from './values.ts'

/** In the order of the final table; of an unfinished run in that of the spec. */
export function gatherModels(
  facts: RunFacts,
  intervals: ReadonlyMap<string, ModelData['interval']>,
): ModelData[] {
  const { models, roles, trained, report, scores } = facts
  const order = report?.models.map(({ name }) => name) ?? models.map(({ name }) => name)
  const shown = order.flatMap((name) => models.find((one) => one.name === name) ?? [])
  return shown.map((instance): ModelData => {
    const { name, model } = instance
    const score = scores.get(name)
    const { latency, latencyFrom } = report?.models.find((one) => one.name === name) ?? {}
    const interval = intervals.get(name)
    const parameters = countParameters(instance)
    return {
      name,
      model,
      role: roles.get(name) ?? 'other',
      trained: trained.includes(instance),
      parameters,
      bytes: 4 * parameters,
      ...(latency === undefined ? {} : { latency_ms: latency }),
      ...(latencyFrom === undefined ? {} : { latency_from: latencyFrom }),
      ...(score ? { data: score.data, split: score.split } : {}),
      metrics: Object.fromEntries(
        [...(score?.values ?? [])].map(([metric, value]) => [metric, finite(value)]),
      ),
      ...(interval ? { interval } : {}),
      note: noteOf(instance),
      blocks: blocksOf(instance),
      parts: partsOf(instance),
    }
  })
}

/** `3 layers of 192, 4 heads` */
function noteOf({ layers, settings }: ModelInstance): string {
  const [width, heads] = [settings.get('hidden_size'), settings.get('heads')]
  const several = (count: number, what: string): string => `${number(count)} ${what}${count === 1 ? '' : 's'}`
  const size = layers === undefined ? [] : [several(layers, 'layer')]
  const depth = width === undefined ? size : [`${size[0] ?? 'width'} of ${number(width)}`]
  return [
    ...(size.length === 0 && width === undefined ? [] : depth),
    ...(heads === undefined ? [] : [several(heads, 'head')]),
  ].join(', ')
}

/** The first part of a path: `layer[3]`, `embedding`, `task`. */
const blockKey = (path: string): string => /^\w+(?:\[\d+\])?/.exec(path)?.[0] ?? path
/** The first two, without what is inside them: `layer[3].attention`, `embedding.word`. */
const partKey = (path: string): string => /^\w+(?:\[\d+\])?(?:\.\w+(?=\.))?/.exec(path)?.[0] ?? path

const isStored = ({ path, canonical }: ModelParameter): boolean => path === canonical

const sum = (parameters: readonly ModelParameter[]): number =>
  parameters.filter(isStored).reduce((total, { shape }) => total + elements(shape), 0)

/** In the order of data: what comes before the layers, layer by layer, what comes after, heads. */
function blocksOf(instance: ModelInstance): ModelData['blocks'] {
  const groups = grouped(instance.parameters, ({ path }) => blockKey(path))
  const states = statesOf(instance)
  const hasLayers = [...groups.keys()].some((key) => layerOf(key) !== undefined)
  const first = [...groups.keys()].find((key) => layerOf(key) === undefined)
  return [...groups].map(([key, parameters]) => {
    const head = parameters[0]?.part === 'heads'
    const layer = layerOf(key) ?? (hasLayers && key === first && !head ? 0 : undefined)
    const state = states.find((one) => (head ? one.path.startsWith(`${key}.`) : indexOf(one) === layer))
    const units = head || !state ? undefined : unitsOf(instance, state)
    return {
      title: key.replace(/\[(\d+)\]/, ' $1'),
      ...(state && (head || layer !== undefined) ? { state: state.path } : {}),
      parameters: sum(parameters),
      ...(units === undefined || layer === undefined ? {} : { units }),
    }
  })
}

function partsOf(instance: ModelInstance): ModelData['parts'] {
  const groups = grouped(instance.parameters.filter(isStored), ({ path, part }) =>
    part === 'heads' ? blockKey(path) : partKey(path),
  )
  return [...groups].map(([path, parameters]) => ({
    path,
    title: titleOf(path),
    parameters: sum(parameters),
    kind: kindOf(path, parameters),
  }))
}

function kindOf(path: string, parameters: readonly ModelParameter[]): ModelData['parts'][number]['kind'] {
  if (parameters[0]?.part === 'heads') return 'head'
  if (layerOf(path) !== undefined) return 'layer'
  const looksUp = parameters.some(({ kind }) => kind === 'lookup')
  return looksUp || path.startsWith('embedding') ? 'embedding' : 'other'
}

/** `word embedding`, `layer 3 attention` */
function titleOf(path: string): string {
  const [first = '', second] = path.replace(/\[(\d+)\]/g, ' $1').split('.')
  if (second === undefined) return first
  return layerOf(path) === undefined ? `${second} ${first}` : `${first} ${second}`
}

function layerOf(key: string): number | undefined {
  const index = /^\w+\[(\d+)\]/.exec(key)?.[1]
  return index === undefined ? undefined : Number(index)
}

const indexOf = ({ path }: State): number | undefined => layerOf(path)

function unitsOf({ taps }: ModelInstance, { path }: State): number | undefined {
  const size = taps.get(path)?.axes.find(({ axis }) => axis === 'unit')?.size
  return typeof size === 'number' ? size : undefined
}

function grouped<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item])
  return groups
}
