/** What a case of an op is: the inputs that it is tried on. Each op has at least one. */
import type { Attributes } from '../../../src/graph/graph.ts'
import type { Generator } from '../typed.ts'

export interface OpCase {
  readonly title: string
  /** Types, each with how its values are made where not by its dtype: real numbers, coins. */
  readonly inputs: readonly (string | readonly [type: string, generator: Generator])[]
  readonly attributes?: Attributes
  /** f32 inputs that have no gradient here, though the op has a vjp. */
  readonly constant?: readonly number[]
}
export type Cases = { readonly [op: string]: readonly OpCase[] }
