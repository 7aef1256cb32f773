/**
 * Sums whose bits depend on the order of the parts alone. Parts are leaves of a binary tree, neighbours
 * first: ((0 + 1) + (2 + 3)) + ((4 + 5) + (6 + 7)). A rank that has a block of 2^k leaves computes a
 * whole subtree. So the sum over ranks continues the same tree, whatever their number.
 */
import { addInPlace } from '../run/plain-update.ts'

/**
 * Undefined: a leaf, or a subtree, without numbers. Adding it changes nothing, not even the sign of a
 * zero.
 */
type Sum = Float32Array | undefined

/** How two arrays are added. */
export interface Adding {
  /** Adds the second to the first. */
  readonly add?: (sum: Float32Array, x: Float32Array) => void
  /** Gets the arrays that have been added to others. */
  readonly free?: (array: Float32Array) => void
  /** The leaf in which the sum is made; absent: the first that has numbers. */
  readonly into?: Float32Array
}

/** Two numbers have the same sum in either order. */
function added(left: Sum, right: Sum, { add = addInPlace, free, into }: Adding): Sum {
  if (left === undefined || right === undefined) return left ?? right
  const [sum, x] = right === into ? [right, left] : [left, right]
  add(sum, x)
  free?.(x)
  return sum
}

/** Adds up some leaves, in the memory of one. */
export function addInTree(leaves: readonly Sum[], adding: Adding = {}): Sum {
  if (leaves.length <= 1) return leaves[0]
  let half = 1
  while (2 * half < leaves.length) half *= 2
  return added(addInTree(leaves.slice(0, half), adding), addInTree(leaves.slice(half), adding), adding)
}

/** The same for leaves that come one after another: it holds as many sums as the tree is high. */
export class TreeSum {
  private readonly sums: { readonly leaves: number; readonly sum: Sum }[] = []
  private readonly adding: Adding

  constructor(adding: Adding = {}) {
    this.adding = adding
  }

  /**
   * The leaf that the next one is added to, if that is so: who adds to it in place adds an absent leaf after
   * that, and needs no copy of its numbers.
   */
  get neighbour(): Sum {
    const last = this.sums.at(-1)
    return last?.leaves === 1 ? last.sum : undefined
  }

  /** Takes over the array. */
  add(leaf: Sum): void {
    let node = { leaves: 1, sum: leaf }
    for (let last = this.sums.at(-1); last?.leaves === node.leaves; last = this.sums.at(-1)) {
      this.sums.pop()
      node = { leaves: 2 * node.leaves, sum: added(last.sum, node.sum, this.adding) }
    }
    this.sums.push(node)
  }

  /** The sum of all leaves, which are forgotten. */
  take(): Sum {
    return this.sums.splice(0).reduceRight<Sum>((right, { sum }) => added(sum, right, this.adding), undefined)
  }
}
