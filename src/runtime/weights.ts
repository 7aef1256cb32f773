/** How a trainer program writes the weights of a model: a table, one row a weight. */
import type { TrainerParameter } from './program.ts'

type Initial = TrainerParameter['initial']

/** Path, shape, kind and initial value; optionally the path of the stored weight, and published names. */
export type WeightRow = readonly [
  path: string,
  shape: readonly number[],
  kind: TrainerParameter['kind'],
  initial: 'zeros' | 'ones' | Initial,
  others?: {
    readonly canonical?: string
    /** By format. The prefix of the format is for the encoder, unless `head` is set. */
    readonly published?: {
      readonly [format: string]: string | { readonly name: string; readonly head: boolean }
    }
  },
]

/** The weights of an encoder and of the heads on it. */
export function weights(encoder: readonly WeightRow[], heads: readonly WeightRow[] = []): TrainerParameter[] {
  return [
    ...encoder.map((row) => parameterOf(row, 'encoder')),
    ...heads.map((row) => parameterOf(row, 'heads')),
  ]
}

function parameterOf(
  [path, shape, kind, initial, others = {}]: WeightRow,
  part: TrainerParameter['part'],
): TrainerParameter {
  const { canonical, published = {} } = others
  const names = Object.entries(published).map(([format, name]) => [
    format,
    typeof name === 'string' ? { name, head: part === 'heads' } : name,
  ])
  return {
    path,
    shape,
    kind,
    part,
    initial: typeof initial === 'string' ? { kind: initial } : initial,
    ...(canonical === undefined ? {} : { canonical }),
    ...(names.length === 0 ? {} : { published: Object.fromEntries(names) }),
  }
}

/** The rows of `layers` layers, numbered from `first` on. */
export function byLayer(
  first: number,
  layers: number,
  rows: (m: number) => readonly WeightRow[],
): WeightRow[] {
  return Array.from({ length: layers }, (_, k) => rows(first + k)).flat()
}

/** Drawn from a normal distribution around 0. */
export function normal(deviation: number): Initial {
  return { kind: 'normal', deviation }
}

/** The same weights, each a copy of the one of `owner`. */
export function copied(owner: string, all: readonly TrainerParameter[]): TrainerParameter[] {
  return all.map((one) => ({ ...one, initial: { kind: 'copy', from: { owner, path: one.path } } }))
}

/** Keys of all weights of a model that are not another one's: what a stage may train. */
export function keysOf(model: string, all: readonly TrainerParameter[]): string[] {
  return all.flatMap(({ path, canonical = path }) => (canonical === path ? [`${model}.${path}`] : []))
}
