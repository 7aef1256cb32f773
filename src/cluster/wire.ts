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

/** Numbers of a line. The last line may have fewer. */
const width = 64
/** Where less than this share of the lines is empty, all travel: moving the others would cost more. */
const worthwhile = 1 / 4

/** Lines that are looked at before all are, so that gradients without empty lines cost no look at each. */
const sample = 64

/** What a rank sends: which lines, then their numbers, which lie at the front of the memory of all. */
export interface Packed {
  /** 0: all lines travel. Or 1, and a bit for each line. */
  readonly marks: Uint8Array
  readonly bytes: number
}

const allMarks = Uint8Array.of(0)

/** The bytes of so many numbers on their way. */
export function bytesOf(length: number, wire: Wire): number {
  return (wire === 'bf16' ? 2 : 4) * length
}

/** Makes a message in the memory of the numbers, which have other values afterwards. */
export function packed(numbers: Float32Array, wire: Wire): Packed {
  const { length } = numbers
  const marks = marksOf(numbers)
  let to = 0
  for (const [from, end] of runsOf(length, marks)) {
    if (to < from) numbers.copyWithin(to, from, end)
    to += end - from
  }
  if (wire === 'bf16') narrow(numbers.subarray(0, to))
  return { marks, bytes: bytesOf(to, wire) }
}

/** Makes the numbers of a message that lies in their memory. */
export function unpack(numbers: Float32Array, marks: Uint8Array, wire: Wire): void {
  const runs = runsOf(numbers.length, marks)
  let left = runs.reduce((sum, [from, end]) => sum + end - from, 0)
  if (wire === 'bf16') widen(numbers.subarray(0, left))
  let above = numbers.length
  for (const [from, end] of runs.reverse()) {
    left -= end - from
    if (left < from) numbers.copyWithin(from, left, left + end - from)
    if (end < above) numbers.fill(0, end, above)
    above = from
  }
  if (above > 0) numbers.fill(0, 0, above)
}

/** The numbers after a rank has sent them, as the others have them. */
export function travelled(numbers: Float32Array, wire: Wire): void {
  if (wire === 'bf16') unpack(numbers, packed(numbers, wire).marks, wire)
}

/** Room for the marks of so many numbers. */
export function markRoom(length: number): Uint8Array {
  return new Uint8Array(1 + Math.ceil(length / width / 8))
}

/** The marks of a message: a line is left out where all its numbers are +0. */
function marksOf(numbers: Float32Array): Uint8Array {
  const { length } = numbers
  const bits = new Int32Array(numbers.buffer, numbers.byteOffset, length)
  const isEmpty = (line: number): boolean => {
    const end = Math.min(length, (line + 1) * width)
    let at = line * width
    while (at < end && bits[at] === 0) at++
    return at === end
  }
  const lines = Math.ceil(length / width)
  // A sample may show fewer empty lines than there are, so half of the share is enough to look at all.
  const stride = Math.max(1, Math.floor(lines / sample))
  let seen = 0
  for (let line = 0; line < lines; line += stride) if (isEmpty(line)) seen++
  if (2 * seen * stride < worthwhile * lines) return allMarks
  const marks = markRoom(length)
  let empty = 0
  for (let line = 0; line < lines; line++)
    if (isEmpty(line)) empty++
    else marks[1 + (line >> 3)] = (marks[1 + (line >> 3)] ?? 0) | (1 << (line & 7))
  if (empty < worthwhile * lines) return allMarks
  marks[0] = 1
  return marks
}

/** The stretches of lines that travel. */
function runsOf(length: number, marks: Uint8Array): Range[] {
  if (marks[0] !== 1) return [[0, length]]
  const runs: Range[] = []
  const isMarked = (line: number): boolean => ((marks[1 + (line >> 3)] ?? 0) & (1 << (line & 7))) !== 0
  const lines = Math.ceil(length / width)
  for (let line = 0; line < lines; line++) {
    if (!isMarked(line)) continue
    const from = line
    while (line < lines && isMarked(line)) line++
    runs.push([from * width, Math.min(length, line * width)])
  }
  return runs
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
