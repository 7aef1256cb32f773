/** The nearest words by their vectors (cosine), for all words together. */
import type { WordVectors } from '../../data/augmentation/word-vectors.ts'
import { largest } from '../largest.ts'

/** Words in each matrix product. Their products with all other words take 4 bytes each. */
const together = 128
/** Extra neighbours: the word itself is among them, and words with spaces are left out. */
const spare = 5

/** Products of some rows of a table with all rows: [row, word]. */
export interface RowProducts {
  readonly of: (rows: readonly number[]) => ArrayLike<number>
  readonly release: () => void
}

/**
 * For each word with a vector, the `count` nearest other words, the nearest first. Words with a space and
 * words with a zero vector are left out.
 */
export async function nearestWords(
  wanted: readonly string[],
  vectors: WordVectors,
  count: number,
  products: RowProducts,
): Promise<Map<string, readonly string[]>> {
  const { words } = vectors
  const index = new Map<string, number>()
  // If a word occurs twice, the first one counts.
  for (const [i, word] of words.entries()) if (!index.has(word)) index.set(word, i)
  const known = wanted.flatMap((word) => index.get(word) ?? [])
  const neighbours = new Map<string, readonly string[]>()
  for (let at = 0; at < known.length; at += together) {
    const rows = known.slice(at, at + together)
    const cosines = products.of(rows)
    for (const [i, row] of rows.entries()) {
      const ids = new Int32Array(count + spare)
      largest(cosines, i * words.length, words.length, ids.length, ids, 0)
      const names = [...ids].flatMap((id) => {
        const name = words[id]
        const isOther = name !== undefined && id !== row && (cosines[i * words.length + id] ?? 0) > 0
        return isOther && !/\s/.test(name) ? [name] : []
      })
      neighbours.set(words[row] ?? '', names.slice(0, count))
    }
    // Lets Ctrl-C and the progress display run.
    await new Promise(setImmediate)
  }
  products.release()
  return neighbours
}

/** On the host, for runners that only run compiled programs. */
export function hostProducts({ words, dimensions, values }: WordVectors): RowProducts {
  const of = (rows: readonly number[]): Float32Array => {
    const result = new Float32Array(rows.length * words.length)
    for (const [i, row] of rows.entries()) {
      const x = values.subarray(row * dimensions, (row + 1) * dimensions)
      for (let word = 0; word < words.length; word++) {
        let sum = 0
        for (let d = 0; d < dimensions; d++) sum += (x[d] ?? 0) * (values[word * dimensions + d] ?? 0)
        result[i * words.length + word] = sum
      }
    }
    return result
  }
  return { of, release: () => {} }
}
