/**
 * Into how many parts a batch is split that could be computed at once. The sum over parts is the same loss
 * and gradient. A part has fewer values, and they stay in the caches. But each part reads the weights and
 * writes their gradients again.
 */
import type { Graph, Node } from '../graph/graph.ts'
import { leafName } from '../graph/leaf.ts'
import { type BatchSizes, isSizeSymbol } from '../graph/type.ts'
import { valueBytes } from './buffers.ts'

/**
 * Rows of a product that keep its kernels at full speed, while the values of a layer of 768 units still fit
 * into a last cache of 32 MiB.
 */
export const cachedTokens = 1024
/**
 * Bytes that a part moves for each byte of trained weights and gradients among them. Measured on two cores
 * (docs/performance.md): at 30, four parts were 4% to 6% faster than the whole batch. At 4 or less, two parts
 * were as fast or up to 8% slower.
 */
const leastShare = 20

/**
 * How many tokens of a batch are best computed at once; undefined: all of them. `sizes` are those of such a
 * part or less. `graphs`: the graphs that run for each part. `isTrained`: whether a parameter is trained.
 * Frozen parameters are packed for products once, not for each part.
 */
export function tokensAtOnce(
  graphs: readonly Graph[],
  sizes: BatchSizes,
  isTrained: (parameter: string) => boolean,
): number | undefined {
  let [scaling, standing] = [0, 0]
  for (const node of graphs.flatMap(({ nodes }) => nodes)) {
    if (node.inputs.length === 0) continue
    for (const value of [node, ...node.inputs]) {
      if (scales(value)) scaling += valueBytes(value, sizes)
      else if (value.op !== 'parameter' || isTrained(leafName(value) ?? ''))
        standing += valueBytes(value, sizes)
    }
  }
  return scaling >= leastShare * standing ? cachedTokens : undefined
}

/** Does a value grow with the batch? */
function scales({ type }: Node): boolean {
  return type.dimensions.some(({ size }) => isSizeSymbol(size))
}
