/**
 * Into how many parts a batch is cut that could be computed at once. The sum over parts is the same loss and
 * gradient; a part's values stay in the caches where those of the whole do not, and there are fewer of them,
 * but each part reads the weights and writes their gradients again.
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
 * (docs/performance.md): where it is 30, four parts were 4% to 6% faster than the whole; where it is 4 or
 * less, two were as fast or up to 8% slower.
 */
const leastShare = 20

/**
 * How many tokens of a batch are best computed at once, where `sizes` are those of such a part or of less;
 * undefined: all. `graphs`: what is run for each part. `isTrained`: whether a parameter is; the others are
 * laid out for products once, not again for each part.
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
