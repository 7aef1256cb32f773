/**
 * Whether two models compute the same, tested on texts with every kind of token, padding and two segments.
 */
import type { ModelInstance, Program } from '../check/program.ts'
import { axesOf } from '../check/tasks.ts'
import { compileTaps } from '../lower/stage.ts'
import type { HostData, HostTensor, Runner } from '../run/runner.ts'
import type { ParameterStore } from '../train/parameters.ts'
import { rowsOfEmbedding } from './describe.ts'
import type { States } from './sentence/files.ts'

export interface WeighedModel {
  readonly program: Program
  readonly instance: ModelInstance
  readonly store: ParameterStore
}
export interface Difference {
  /** The first tap that differs, in the order of computation. */
  readonly tap: string
  readonly difference: number
}

/**
 * Rounding, relative to the largest value. Products of factors are summed in another order; everything else
 * is computed alike.
 */
const tolerances = { alike: 2e-6, factorized: 1e-4 }

export interface DifferenceOptions {
  readonly runner: Runner
  /** The piece behind the end of a text. */
  readonly padding: number
  /** A vector of `a`, and how others make it of the last states of `b`. */
  readonly vector?: { readonly tap: string; readonly of: (states: States) => readonly (readonly number[])[] }
}

/** The first tap in which two models differ, undefined where they agree. */
export function firstDifference(
  a: WeighedModel,
  b: WeighedModel,
  { runner, padding, vector }: DifferenceOptions,
): Difference | undefined {
  const taps = comparedTaps(a.instance, b.instance)
  const inputs = sampleTexts(a.instance, padding)
  const factorized = a.instance.parameters.some(({ path }) => path.endsWith('.left'))
  const tolerance = factorized ? tolerances.factorized : tolerances.alike
  const more = vector ? [vector.tap] : []
  const first = answers(a, [...taps, ...more], inputs, runner)
  const second = answers(b, [...taps, ...(vector ? ['output'] : [])], inputs, runner)
  for (const tap of taps) {
    const difference = largestDifference(first.get(tap)?.data ?? [], second.get(tap)?.data ?? [])
    if (!(difference <= tolerance)) return { tap, difference }
  }
  if (vector === undefined) return undefined
  const attended = inputs.inputs.get('attended')?.data ?? []
  const { B, L } = inputs.sizes
  const live = (text: number, token: number): boolean => attended[text * L + token] === 1
  const states = { B, L, data: second.get('output')?.data ?? [], attended: live }
  const difference = largestDifference(first.get(vector.tap)?.data ?? [], vector.of(states).flat())
  return difference <= tolerance ? undefined : { tap: vector.tap, difference }
}

/**
 * States layer by layer, then the pooler, then heads. Both models have the same heads, so they have the same
 * taps.
 */
export function comparedTaps(a: ModelInstance, b: ModelInstance): string[] {
  const states = [...a.taps.keys()].filter((tap) => /^hidden\[\d+\]$/.test(tap))
  const [own, other] = [a, b].map(({ taps }) => axesOf(taps.get('output')))
  if (own !== undefined && own === other) states.push('output')
  const heads = [...b.taps.keys()].filter((tap) => b.heads.has(tap.split('.')[0] ?? '') && tap.includes('.'))
  const pooler = b.taps.has('pooler') && a.taps.has('pooler') ? ['pooler'] : []
  return [...states, ...pooler, ...heads]
}

interface Texts {
  readonly sizes: { readonly B: number; readonly L: number }
  readonly inputs: ReadonlyMap<string, HostTensor>
}

function sampleTexts(instance: ModelInstance, padding: number): Texts {
  const { settings, parameters } = instance
  const [B, L] = [2, Math.min(16, settings.get('positions') ?? 16)]
  const pieces = rowsOfEmbedding(instance) ?? 1
  const types = parameters.find(({ path }) => path === 'embedding.type.weight')?.shape[0] ?? 1
  const shape = [B, L]
  const each = (value: (row: number, place: number) => number): number[] =>
    Array.from({ length: B * L }, (_, k) => value(Math.floor(k / L), k % L))
  const whole = (values: readonly number[]): HostTensor => ({
    dtype: 'i32',
    shape,
    data: Int32Array.from(values),
  })
  const truth = (values: readonly number[]): HostTensor => ({
    dtype: 'bool',
    shape,
    data: Uint8Array.from(values),
  })
  const piece = (k: number): number => {
    const id = ((k + 1) * 7919) % pieces
    return id === padding ? (id + 1) % pieces : id
  }
  const live = (row: number, place: number): number => (row === 0 || place < L / 2 ? 1 : 0)
  return {
    sizes: { B, L },
    inputs: new Map<string, HostTensor>([
      ['tokens', whole(each((row, place) => (live(row, place) === 1 ? piece(row * L + place) : padding)))],
      ['segments', whole(each((_, place) => (types > 1 && place >= L / 3 ? 1 : 0)))],
      ['places', { dtype: 'i32', shape: [L], data: Int32Array.from({ length: L }, (_, place) => place) }],
      ['attended', truth(each(live))],
      ['first_piece', truth(each(live))],
      ['sample', { dtype: 'i32', shape: [B], data: Int32Array.from([0, 1]) }],
    ]),
  }
}

function answers(
  { program, instance, store }: WeighedModel,
  taps: readonly string[],
  { sizes, inputs }: Texts,
  runner: Runner,
): ReadonlyMap<string, HostTensor> {
  const random = { seed: 0, stage: 'export', step: 0 }
  return runner.run(compileTaps(program, instance.name, taps), {
    sizes,
    inputs,
    parameter: store.get,
    random,
  })
}

/** Relative to the largest value. NaN if either has one. */
function largestDifference(a: HostData | readonly number[], b: HostData | readonly number[]): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY
  let largest = 1
  let difference = 0
  for (let k = 0; k < a.length; k++) {
    const [x, y] = [a[k] ?? 0, b[k] ?? 0]
    if (Number.isNaN(x) || Number.isNaN(y)) return Number.NaN
    largest = Math.max(largest, Math.abs(x))
    difference = Math.max(difference, Math.abs(x - y))
  }
  return difference / largest
}
