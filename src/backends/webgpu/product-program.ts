/** Which of TensorFlow.js's programs for matrix products is run. */
import type { KernelAttributes } from '../../run/device.ts'
import type { Operand } from './protocol.ts'

/**
 * As TensorFlow.js numbers them: one works in tiles of 32 x 32, one in smaller ones, and -1 leaves it the
 * choice.
 */
const [smallTiles, tiles, anyProgram] = [2, 3, -1]

/** From this length on its choice may be to share sums among workgroups. */
const longSum = 2000

/**
 * Workgroups that share a sum add to it in any order. A repeated run must give the same bits. So for long
 * sums the program is chosen here: small tiles if there would be few large ones.
 */
export function productProgram(
  { a, b }: { readonly [name: string]: Operand },
  attributes: KernelAttributes,
): number {
  if (a === undefined || b === undefined) return anyProgram
  const [batch = 1, first = 1, second = 1] = a.shape
  const [rows, depth] = attributes.transposeA === true ? [second, first] : [first, second]
  const columns = b.shape[attributes.transposeB === true ? 1 : 2] ?? 1
  if (batch > 1 || depth < longSum) return anyProgram
  return Math.ceil(rows / 32) * Math.ceil(columns / 32) <= 32 ? smallTiles : tiles
}
