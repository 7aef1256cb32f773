/**
 * A function of a program for several calls: equal statements in loops and elsewhere, of any model or layer.
 */
import type { Family, Reference } from '../graph/families.ts'
import type { VariableNames } from './variable-names.ts'

export type ShapePiece =
  | string
  /** The value of another statement of the block. */
  | { readonly local: number }
  /** Parameters of the function, by number. */
  | { readonly value: number }
  | { readonly record: number; readonly offset: number }
  | { readonly model: number }
  /** One of its numbers, and what it is called where it is given. */
  | { readonly number: number; readonly name: string }
  | { readonly index: number; readonly plus: number; readonly inCode: boolean }

export interface Block {
  readonly period: number
  readonly shape: readonly (readonly ShapePiece[])[]
  readonly keys: readonly string[]
  /** Names of its variables, by statement; absent for statements without a value. */
  readonly locals: readonly (string | undefined)[]
  readonly comments: readonly (string | undefined)[]
  readonly parameters: {
    readonly models: number
    readonly indices: number
    readonly records: readonly Block[]
    readonly values: readonly { readonly name: string; readonly type: 'Value' | 'Operand' }[]
  }
  /** The argument of its calls for each number: a constant if they agree, otherwise a parameter. */
  readonly numbers: string[]
  readonly numberParameters: { readonly name: string; readonly slot: number }[]
  readonly calls: Call[]
  /** Of each value, in the largest call. */
  readonly bytes: number[]
  /** Values that are those of another statement in the round before, where it is called in a loop. */
  readonly carries: ReadonlyMap<number, number>
  readonly names: VariableNames
  /** Statements whose values its callers read. */
  readonly results: Set<number>
  name: string
}

/** What a function is called with, in the caller's terms. */
export interface CallArguments {
  readonly models: readonly string[]
  /** All numbers in its statements. */
  readonly numbers: readonly string[]
  /** In a loop: by round. */
  readonly indices: readonly (readonly number[])[]
  readonly records: readonly RecordArgument[]
  readonly values: readonly ValueArgument[]
}
/** The results of round `first + step * k` of another call, in round k. */
export interface RecordArgument {
  readonly call: Call
  readonly first: number
  readonly step: number
}
export type ValueArgument = Exclude<Reference, { readonly kind: 'own' }>

export interface Call {
  readonly block: Block
  readonly start: number
  readonly count: number
  /** Written as a loop, of one round perhaps. */
  readonly isLoop: boolean
  readonly families: readonly Family[]
  readonly arguments: CallArguments
}

/** What names in a block may not be. */
export const blockNames = [
  'op',
  'input',
  'parameter',
  'vector',
  'output',
  'gradient',
  'release',
  'kernels',
  'weight',
  'Value',
]

export const modelName = (i: number): string => (i === 0 ? 'model' : `model_${i + 1}`)
export const indexName = (i: number): string => 'mnijkl'[i] ?? `index_${i}`
export const recordName = (i: number): string => (i === 0 ? 'saved' : `saved_${i + 1}`)
