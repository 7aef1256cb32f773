/** The messages between the caller and the thread of the GPU. Everything in them can be cloned. */

import type { KernelAttributes } from '../../run/device.ts'
import type { DeviceDType } from '../../run/site.ts'

/** A value of the thread: a number that its caller gave it. */
export type ValueId = number

/** A value as an operand: the same memory may be seen under several shapes. */
export interface Operand {
  readonly id: ValueId
  readonly shape: readonly number[]
  readonly dtype: DeviceDType
}

/**
 * A WGSL program, made into a pipeline once. `code` defines `main(index : i32)`; operands are arrays by name,
 * the result is `result`.
 */
export interface ProgramText {
  readonly code: string
  readonly operands: readonly string[]
  /** Names of its numbers in `uniforms`, in the order in which they are given. */
  readonly integers: readonly string[]
  readonly floats: readonly string[]
  /** Invocations of a workgroup. */
  readonly workgroup: number
}

/** Done in order, none of them answered; one that fails makes the next request fail. */
export type Command =
  /** Without data its content is undefined. */
  | { readonly do: 'make'; readonly value: Operand; readonly data?: ArrayBuffer }
  | { readonly do: 'free'; readonly id: ValueId }
  | { readonly do: 'define'; readonly program: number; readonly text: ProgramText }
  | {
      readonly do: 'dispatch'
      readonly program: number
      readonly operands: readonly Operand[]
      /** Made by the dispatch, or written over where it is there. */
      readonly result: Operand
      readonly integers: readonly number[]
      readonly floats: readonly number[]
      readonly workgroups: number
    }
  /** A kernel of TensorFlow.js. */
  | {
      readonly do: 'kernel'
      readonly name: string
      readonly operands: { readonly [name: string]: Operand }
      readonly attributes: KernelAttributes
      readonly result: ValueId
    }

/** Each request by its kind; answers are below. */
export interface Requests {
  start: Record<never, never>
  read: { readonly values: readonly Operand[] }
  /** Answered when all that came before is done. */
  settle: Record<never, never>
  memory: Record<never, never>
  stop: Record<never, never>
}
export type Kind = keyof Requests

export interface AdapterFact {
  /** As its driver calls it. */
  readonly description: string
  /** False for a device that the processor imitates. */
  readonly hardware: boolean
  /** The largest value that a kernel can be given, in bytes. */
  readonly largestValue: number
}

export interface Answers {
  start: AdapterFact
  /** The bytes of each value: elements of four bytes, those of `bool` too. */
  read: readonly ArrayBuffer[]
  settle: undefined
  /** The memory of TensorFlow.js: values, and the bytes of all its buffers, including free ones. */
  memory: { readonly values: number; readonly bytes: number; readonly allocated: number }
  stop: undefined
}

export interface Message {
  readonly commands: readonly Command[]
  /** Absent if no caller waits. */
  readonly ask?: { readonly kind: Kind; readonly request: Requests[Kind] }
}
