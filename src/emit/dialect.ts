/** What a program is written in: how it says an op, and what its functions are given. */
import type { Node } from '../graph/graph.ts'
import type { Piece } from './pieces.ts'

export interface Dialect {
  /** The first parameter of each function, and what of it a function may use, in the order of writing. */
  readonly context: { readonly name: string; readonly type: string; readonly tools: readonly string[] }
  /** Types of a value, of one that may be a number, and of a weight. */
  readonly types: { readonly value: string; readonly operand: string; readonly weight: string }
  /** Names that no variable may have. */
  readonly reserved: readonly string[]
  /** How values are freed: each by `using`, or all of a function by `tf.tidy`. */
  readonly frees: 'using' | 'tidy'
  /** The expression of a node that is no leaf, of those of its inputs. */
  call(node: Node, operands: readonly (readonly Piece[])[], models: ReadonlySet<string>): readonly Piece[]
  /** Whether a node is its first input, and needs no statement. */
  isSame(node: Node): boolean
  parameter(node: Node, models: ReadonlySet<string>): readonly Piece[]
  /** The expression that reads an input of the batch. */
  input(node: Node): string
  release(names: readonly string[]): string
}
