/**
 * Finds equal layers: runs of lines that repeat with a period. Works on signatures and positions alone; what
 * differs between repeats (layer indices, values read) is described by families.ts. Any run found is correct;
 * costs choose readable ones.
 */

/** A line as folding sees it. */
export interface FoldLine {
  /** Equal for lines that can be folded into one. */
  readonly key: number
  /** Layer indices in it, in order. */
  readonly indices: readonly number[]
  /** Values it reads: positions of lines, or negative numbers for leaves. */
  readonly values: readonly number[]
}

/** Lines start .. start + period * count are `count` repeats of `period` lines. */
export interface Repeat {
  readonly start: number
  readonly period: number
  readonly count: number
}

interface Candidate {
  readonly start: number
  readonly length: number
  readonly period: number
  readonly gain: number
}

/** Lines that must be saved before a repeat is worth reading, its two bracket lines counted. */
export const leastGain = 3
/** What a list in a repeat weighs, in lines. */
export const listWeight = (entries: number): number => Math.max(1.5, entries / 6)

/**
 * Disjoint repeats, in order. Greedy by lines saved; O(n^2 / 2) comparisons of integers, milliseconds for the
 * few thousand lines of a training step.
 */
export function findRepeats(lines: readonly FoldLine[]): Repeat[] {
  const queue = periodicRuns(lines.map((line) => line.key)).sort((a, b) => order(a, b))
  const taken = new Uint8Array(lines.length)
  const found: Repeat[] = []
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const free = freePieces(next, taken)
    const [whole] = free
    if (free.length !== 1 || whole === undefined || whole.length !== next.length) {
      for (const piece of free) if (piece.gain >= leastGain) insert(queue, piece)
      continue
    }
    const repeat = bestPhase(next, lines)
    if (repeat === undefined) continue
    taken.fill(1, repeat.start, repeat.start + repeat.period * repeat.count)
    found.push(repeat)
    // What is left at its sides may hold repeats of other phases, found as candidates of their own.
  }
  return found.sort((a, b) => a.start - b.start)
}

function candidate(start: number, length: number, period: number): Candidate {
  return { start, length, period, gain: (Math.floor(length / period) - 1) * period - 2 }
}

/** Most lines saved first, then the shortest period, then the earliest. */
function order(a: Candidate, b: Candidate): number {
  return b.gain - a.gain || a.period - b.period || a.start - b.start
}

function insert(queue: Candidate[], piece: Candidate): void {
  let [low, high] = [0, queue.length]
  while (low < high) {
    const middle = (low + high) >> 1
    const other = queue[middle]
    if (other !== undefined && order(other, piece) < 0) low = middle + 1
    else high = middle
  }
  queue.splice(low, 0, piece)
}

/** All maximal runs with key[i] = key[i + period], at least two periods long. */
function periodicRuns(keys: readonly number[]): Candidate[] {
  const packed = Int32Array.from(keys)
  const n = packed.length
  const runs: Candidate[] = []
  for (let period = 1; 2 * period <= n; period++) {
    let start = 0
    for (let i = 0; i + period <= n; i++) {
      if (i + period < n && packed[i] === packed[i + period]) continue
      if (i - start >= period) {
        const run = candidate(start, i - start + period, period)
        if (run.gain >= leastGain) runs.push(run)
      }
      start = i + 1
    }
  }
  return runs
}

/** The pieces of a run that no chosen repeat covers. */
function freePieces({ start, length, period }: Candidate, taken: Uint8Array): Candidate[] {
  const pieces: Candidate[] = []
  let from = start
  for (let i = start; i <= start + length; i++) {
    if (i < start + length && taken[i] === 0) continue
    if (i > from) pieces.push(candidate(from, i - from, period))
    from = i + 1
  }
  return pieces
}

/**
 * Where in a run the repeats should begin: where layers begin, that is where least is carried over and the
 * indices agree.
 */
function bestPhase(run: Candidate, lines: readonly FoldLine[]): Repeat | undefined {
  const { period } = run
  const count = Math.floor(run.length / period)
  let best: { readonly repeat: Repeat; readonly cost: Cost } | undefined
  for (let phase = 0; phase <= run.length - count * period; phase++) {
    const repeat = { start: run.start + phase, period, count }
    const cost = costOf(repeat, lines)
    if (best === undefined || weight(cost) < weight(best.cost)) best = { repeat, cost }
  }
  if (best === undefined) return undefined
  const gain = (count - 1) * period - 2 - best.cost.carries - best.cost.lists * listWeight(count)
  return gain >= leastGain ? best.repeat : undefined
}

interface Cost {
  readonly carries: number
  readonly lists: number
  /** Different expressions of the repeat's index. */
  readonly expressions: number
}

function weight(cost: Cost): number {
  return cost.carries + 3 * cost.lists + 2 * cost.expressions
}

/** A fast guess of what a repeat will have to write. */
function costOf({ start, period, count }: Repeat, lines: readonly FoldLine[]): Cost {
  const carries = new Set<string>()
  const expressions = new Set<string>()
  let lists = 0
  for (let offset = 0; offset < period; offset++) {
    const first = lines[start + offset]
    if (first === undefined) continue
    for (let slot = 0; slot < first.indices.length; slot++) {
      const values = column(start + offset, period, count, lines, (line) => line.indices[slot])
      const step = steady(values, 0)
      if (step === undefined) lists++
      else if (step !== 0) expressions.add(`${step} ${values[0]}`)
    }
    for (let slot = 0; slot < first.values.length; slot++) {
      const values = column(start + offset, period, count, lines, (line) => line.values[slot])
      const step = steady(values, 0)
      const reads = values[0] ?? 0
      if (step === 0 || (step === period && reads >= start)) continue
      if (step !== undefined && values.every((v) => v >= 0)) {
        // Any two positions look like a family.
        if (count === 2 && step !== period) lists += 0.5
        continue
      }
      const second = values[1] ?? 0
      if (steady(values, 1) === undefined || second < 0) lists++
      else if (second >= start && second < start + period) carries.add(`${second} ${values[0]}`)
    }
  }
  return { carries: carries.size, lists, expressions: expressions.size }
}

function column(
  position: number,
  period: number,
  count: number,
  lines: readonly FoldLine[],
  pick: (line: FoldLine) => number | undefined,
): number[] {
  const values: number[] = []
  for (let i = 0; i < count; i++) {
    const line = lines[position + i * period]
    values.push((line === undefined ? undefined : pick(line)) ?? 0)
  }
  return values
}

/** The constant difference of the values from index `from` on, undefined where it changes. */
export function steady(values: readonly number[], from: number): number | undefined {
  const step = (values[from + 1] ?? values[from] ?? 0) - (values[from] ?? 0)
  for (let i = from + 1; i < values.length; i++) {
    if ((values[i] ?? 0) - (values[i - 1] ?? 0) !== step) return undefined
  }
  return step
}
