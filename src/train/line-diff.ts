/**
 * The differing lines of two texts, by their longest common subsequence. It is meant for specs, with hundreds
 * of lines.
 */

export interface Hunk {
  /**
   * The line of the first text that begins the block of the difference (`stage learn {`), if it is in a
   * block.
   */
  readonly within?: string
  readonly removed: readonly string[]
  readonly added: readonly string[]
}

/** Differences in the order of the texts; empty if they are equal. */
export function diffLines(before: readonly string[], after: readonly string[]): Hunk[] {
  const [rows, columns] = [before.length + 1, after.length + 1]
  // common[i][j]: the length of the longest common subsequence of before[i..] and after[j..]
  const common = new Uint32Array(rows * columns)
  const at = (i: number, j: number): number => common[i * columns + j] ?? 0
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      const same = before[i] === after[j]
      common[i * columns + j] = same ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
    }
  }
  const hunks: Hunk[] = []
  let removed: string[] = []
  let added: string[] = []
  let block: string | undefined
  const close = (): void => {
    if (removed.length === 0 && added.length === 0) return
    const inside = [...removed, ...added].every((line) => /^[\s}]/.test(line))
    hunks.push({ ...(inside && block !== undefined ? { within: block } : {}), removed, added })
    removed = []
    added = []
  }
  let [i, j] = [0, 0]
  while (i < before.length || j < after.length) {
    const [a, b] = [before[i], after[j]]
    if (a !== undefined && a === b) {
      close()
      if (/^[^\s}]/.test(a)) block = a
      i++
      j++
    } else if (a !== undefined && (b === undefined || at(i + 1, j) >= at(i, j + 1))) {
      removed.push(a)
      i++
    } else if (b !== undefined) {
      added.push(b)
      j++
    }
  }
  close()
  return hunks
}
