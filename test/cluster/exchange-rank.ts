/**
 * A rank under `mpirun`: sums made gradients with the other ranks, and ends with 1 where the bits are not those
 * of `addInTree`.
 */
import { alone } from '../../src/cluster/cluster.ts'
import { openCluster } from '../../src/cluster/open-cluster.ts'
import { evenRanges } from '../../src/cluster/shards.ts'
import { addInTree } from '../../src/cluster/tree.ts'
import { packed, unpack, type Wire } from '../../src/cluster/wire.ts'

const cluster = await openCluster({ deadline: 30 })
const { rank, size } = cluster
const ranks = [...Array(size).keys()]

/** Of a rank: this share of its rows of 96 numbers has some, and single numbers are -0. */
function gradientsOf(own: number, length: number, share: number): Float32Array {
  let seed = 1 + own
  const next = (): number => {
    seed = (seed * 48_271) % 2_147_483_647
    return seed / 2_147_483_647
  }
  const numbers = new Float32Array(length)
  for (let row = 0; row < length; row += 96) {
    const has = next() < share
    for (let i = row; has && i < Math.min(length, row + 96); i++)
      numbers[i] = next() < 0.1 ? -0 : next() - 0.5
  }
  return numbers
}

/** What a rank's numbers are after they have travelled. */
function travelled(numbers: Float32Array, wire: Wire): Float32Array {
  if (wire === 'float32') return numbers
  unpack(numbers, packed(numbers, wire).marks, wire)
  return numbers
}

const isEqual = (one: Float32Array, other: Float32Array): boolean =>
  Buffer.from(one.buffer).equals(new Uint8Array(other.buffer))

// 4 KB, and more than what is sent without marks.
for (const length of [1000, 2_200_007])
  for (const share of [0, 0.05, 0.6, 1])
    for (const absent of [undefined, size - 1])
      for (const wire of ['float32', 'bf16'] as const) {
        const present = ranks.map((one) => size === 1 || one !== absent)
        const leaves = ranks.map((one) =>
          present[one] ? travelled(gradientsOf(one, length, share), wire) : undefined,
        )
        const wanted = travelled(addInTree(leaves, alone) ?? new Float32Array(length), wire)
        const own = gradientsOf(rank, length, share)
        const ranges = evenRanges(length, size)
        cluster.reduce(own, present, ranges, wire)
        cluster.share(own, ranges, 'its gradients', wire)
        if (!isEqual(own, wanted))
          throw new Error(`rank ${rank}: ${length} numbers, ${share} of rows, ${wire}, without ${absent}`)
      }
cluster.close()
