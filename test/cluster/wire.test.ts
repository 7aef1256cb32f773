/** What travels of gradients: lines with numbers, in float32 or bfloat16. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { packed, unpack, type Wire } from '../../src/cluster/wire.ts'

const odd = [-0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e-45, 3.4e38, 1, -7.25]

/** Stretches of +0 and of other numbers, one after another. */
const gradients = fc
  .array(
    fc.record({
      length: fc.integer({ min: 1, max: 300 }),
      value: fc.oneof(fc.constant(0), fc.constantFrom(...odd), fc.float()),
    }),
    { maxLength: 12 },
  )
  .map((runs) => Float32Array.from(runs.flatMap(({ length, value }) => Array<number>(length).fill(value))))

/** As another rank receives it, in memory with other numbers. */
function received(numbers: Float32Array, wire: Wire): { numbers: Float32Array; bytes: number } {
  const own = numbers.slice()
  const { marks, bytes } = packed(own, wire)
  const room = new Float32Array(numbers.length).fill(5)
  new Uint8Array(room.buffer).set(new Uint8Array(own.buffer, 0, bytes))
  unpack(room, marks, wire)
  return { numbers: room, bytes: marks.length + bytes }
}

const bitsOf = (numbers: Float32Array): Uint32Array => new Uint32Array(numbers.slice().buffer)

describe('gradients on their way', () => {
  it('keep their bits in float32', () => {
    fc.assert(
      fc.property(gradients, (numbers) => {
        expect(bitsOf(received(numbers, 'float32').numbers)).toEqual(bitsOf(numbers))
      }),
    )
  })

  it('are the nearest bfloat16, ties to even; infinities, NaN and signs stay', () => {
    const pairs = [
      [1, 1],
      [1 + 2 ** -8, 1],
      [1 + 3 * 2 ** -8, 1 + 2 ** -6],
      [1 + 2 ** -8 + 2 ** -20, 1 + 2 ** -7],
      [-1 - 2 ** -9, -1],
      [3.4e38, Number.POSITIVE_INFINITY],
      [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY],
      [Number.NaN, Number.NaN],
      [-0, -0],
    ] as const
    const { numbers, bytes } = received(
      Float32Array.from(pairs, ([from]) => from),
      'bf16',
    )
    expect([...numbers]).toEqual(pairs.map(([, to]) => to))
    expect(bytes).toBe(1 + 2 * pairs.length)
    // A NaN whose payload lies in the lower half.
    const hidden = new Float32Array(Uint32Array.of(0x7f800001).buffer)
    expect([...received(hidden, 'bf16').numbers]).toEqual([Number.NaN])
  })

  it('in bf16 are within 2^-8 of themselves, and the same if they travel again', () => {
    fc.assert(
      fc.property(gradients, (numbers) => {
        const once = received(numbers, 'bf16').numbers
        expect(bitsOf(received(once, 'bf16').numbers)).toEqual(bitsOf(once))
        for (const [i, value] of numbers.entries())
          if (Math.abs(value) > 2 ** -126 && Math.abs(value) < 3e38)
            expect(Math.abs((once[i] ?? 0) - value)).toBeLessThanOrEqual(Math.abs(value) * 2 ** -8)
      }),
    )
  })

  it('leave out lines of nothing but +0, where enough are', () => {
    const rows = (every: number): Float32Array =>
      Float32Array.from({ length: 64 * 100 }, (_, i) => (Math.floor(i / 64) % every === 0 ? 1 : 0))
    expect(received(rows(10), 'float32').bytes).toBe(14 + 4 * 64 * 10)
    expect(received(rows(10), 'bf16').bytes).toBe(14 + 2 * 64 * 10)
    expect(received(rows(1), 'float32').bytes).toBe(1 + 4 * 64 * 100)
    // One line of ten is empty.
    const few = rows(10).map((value) => 1 - value)
    expect(received(few, 'float32').bytes).toBe(1 + 4 * 64 * 100)
    // -0 is no +0: a sum with it has another sign.
    expect(received(new Float32Array(640).fill(-0), 'float32').bytes).toBe(1 + 4 * 640)
  })
})
