/**
 * What travels of gradients between ranks. Those of an embedding are +0 but for the words of a batch. So a
 * bit marks each line of 64 numbers that has others, and lines of nothing but +0 stay. That changes no bit of
 * a sum. In bfloat16 numbers have half the bytes. A rank rounds the sum of its parts, so the bits of a step
 * depend on the number of ranks.
 */
import type { Range } from './shards.ts'

export const wires = ['float32', 'bf16'] as const
/** The type of gradients on their way. */
export type Wire = (typeof wires)[number]
/** `whole`: all lines of float32, without marks. */
export type Way = Wire | 'whole'

/** Numbers of a line. The last line may have fewer. */
const width = 64
/** Where less than this share of the lines is empty, all travel: moving the others would cost more. */
const worthwhile = 1 / 4

/** A bit for each line. */
type Marks = ArrayLike<number>

/** What a rank sends: which lines, then their numbers. */
export interface Packed {
  readonly marks: Uint8Array
  readonly bytes: Uint8Array
}

/** Makes a message in the memory of the numbers, which have other values afterwards. */
export function packed(numbers: Float32Array, way: Way): Packed {
  if (way === 'whole') return { marks: new Uint8Array(0), bytes: bytesOf(numbers, way) }
  const marks = marksOf(numbers)
  let to = 0
  for (const [from, end] of runsOf(numbers.length, marks)) {
    if (to < from) numbers.copyWithin(to, from, end)
    to += end - from
  }
  const front = numbers.subarray(0, to)
  if (way === 'bf16') narrow(front)
  return { marks, bytes: bytesOf(front, way) }
}

/** Where in the memory of the numbers a message comes that has these marks. */
export function placeOf(numbers: Float32Array, marks: Marks, way: Way): Uint8Array {
  if (way === 'whole') return bytesOf(numbers, way)
  return bytesOf(numbers.subarray(0, countOf(runsOf(numbers.length, marks))), way)
}

/** Makes the numbers of a message that lies in their memory. */
export function unpack(numbers: Float32Array, marks: Marks, way: Way): void {
  if (way === 'whole') return
  const runs = runsOf(numbers.length, marks)
  let [left, above] = [countOf(runs), numbers.length]
  if (way === 'bf16') widen(numbers.subarray(0, left))
  for (const [from, end] of runs.reverse()) {
    left -= end - from
    if (left < from) numbers.copyWithin(from, left, left + end - from)
    numbers.fill(0, end, above)
    above = from
  }
  numbers.fill(0, 0, above)
}

/** Room for the marks of so many numbers. */
export function markRoom(length: number, way: Way): Uint8Array {
  return new Uint8Array(way === 'whole' ? 0 : Math.ceil(length / width / 8))
}

/** A bit for each line: 0 where all its numbers are +0. */
function marksOf(numbers: Float32Array): Uint8Array {
  const { length } = numbers
  const bits = new Int32Array(numbers.buffer, numbers.byteOffset, length)
  const marks = markRoom(length, 'float32')
  let empty = 0
  for (let from = 0, line = 0; from < length; from += width, line++) {
    const end = Math.min(length, from + width)
    let at = from
    while (at < end && bits[at] === 0) at++
    if (at === end) empty++
    else marks[line >> 3] = (marks[line >> 3] ?? 0) | (1 << (line & 7))
  }
  return empty * width < worthwhile * length ? marks.fill(255) : marks
}

/** The stretches of marked lines. */
function runsOf(length: number, marks: Marks): Range[] {
  const runs: Range[] = []
  const isMarked = (line: number): boolean => ((marks[line >> 3] ?? 0) & (1 << (line & 7))) !== 0
  const lines = Math.ceil(length / width)
  for (let line = 0; line < lines; line++) {
    if (!isMarked(line)) continue
    const from = line
    while (line < lines && isMarked(line)) line++
    runs.push([from * width, Math.min(length, line * width)])
  }
  return runs
}

/** The numbers of some stretches. */
function countOf(runs: readonly Range[]): number {
  return runs.reduce((sum, [from, end]) => sum + end - from, 0)
}

/** What travels of numbers at the front of their memory. */
function bytesOf({ buffer, byteOffset, length }: Float32Array, way: Way): Uint8Array {
  return new Uint8Array(buffer, byteOffset, (way === 'bf16' ? 2 : 4) * length)
}

/** Each number as the nearest bfloat16, ties to even, in the first half of their memory. */
function narrow({ buffer, byteOffset, length }: Float32Array): void {
  const [words, halves] = [
    new Uint32Array(buffer, byteOffset, length),
    new Uint16Array(buffer, byteOffset, length),
  ]
  for (let i = 0; i < length; i++) {
    const word = words[i] ?? 0
    // Infinities stay, and NaN, whose payload may be in the lower half.
    const isNumber = (word & 0x7f800000) !== 0x7f800000
    const rounded = isNumber ? word + 0x7fff + ((word >>> 16) & 1) : word & 0x7fffff ? word | 0x400000 : word
    halves[i] = rounded >>> 16
  }
}

/** The reverse. */
function widen({ buffer, byteOffset, length }: Float32Array): void {
  const [words, halves] = [
    new Uint32Array(buffer, byteOffset, length),
    new Uint16Array(buffer, byteOffset, length),
  ]
  for (let i = length - 1; i >= 0; i--) words[i] = (halves[i] ?? 0) << 16
}
