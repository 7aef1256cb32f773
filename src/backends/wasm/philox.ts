/**
 * Philox4x32-10 for four counters at a time (Salmon, Moraes, Dror and Shaw, SC 2011), and the dropout masks
 * of its words. The numbers are those of src/graph/philox.ts, which defines counter and key.
 */
import {
  type Assembler,
  block,
  type Code,
  Constants,
  f32x4,
  i8x16,
  i16x8,
  i32,
  i32x4,
  type Local,
  locals,
  loopWhile,
  type MakeLocal,
  v128,
} from './assembler.ts'

const multiplier0 = 0xd2511f53
const multiplier1 = 0xcd9e8d57
const weyl0 = 0x9e3779b9
const weyl1 = 0xbb67ae85

/** The parameters of both functions, and the counter of four lanes that its rounds turn into words. */
const drawing = {
  step: 'i32',
  samples: 'i32',
  tokens: 'i32',
  blocks: 'i32',
  key0: 'i32',
  key1: 'i32',
  threshold: 'i32',
  keep: 'f32',
  out: 'i32',
  n: 'i32',
} as const

type Parameters = { readonly [name in keyof typeof drawing]: Local }

/**
 * What is needed to draw four counters: `draw` makes c0 to c3 four words for each, one lane a counter; the
 * others are free after it.
 */
class Draw {
  readonly words: Readonly<Record<'c0' | 'c1' | 'c2' | 'c3', Local>>
  readonly free: Readonly<Record<'even' | 'odd' | 'high0' | 'low0' | 'high1' | 'low1', Local>>
  readonly constants: Constants
  private readonly given: Parameters

  constructor(given: Parameters, local: MakeLocal) {
    this.given = given
    this.words = locals(local, 'v128', 'c0', 'c1', 'c2', 'c3')
    this.free = locals(local, 'v128', 'even', 'odd', 'high0', 'low0', 'high1', 'low1')
    this.constants = new Constants(local)
  }

  /** `store` is done with each four counters, whose elements take `bytes`; `setup` once. */
  loop(setup: Code, store: Code, bytes: number): Code {
    const { samples, tokens, blocks, out, n } = this.given
    const loops = block(
      setup,
      loopWhile(
        i32.gtS(n.get, i32.const(0)),
        block(
          this.draw(),
          store,
          ...[samples, tokens, blocks].map((p) => p.set(i32.add(p.get, i32.const(16)))),
          out.set(i32.add(out.get, i32.const(bytes))),
          n.set(i32.sub(n.get, i32.const(4))),
        ),
      ),
    )
    return block(this.constants.setup(), loops)
  }

  private draw(): Code {
    const { step, samples, tokens, blocks, key0, key1 } = this.given
    const { c0, c1, c2, c3 } = this.words
    const { high0, low0, high1, low1 } = this.free
    const key = (start: Local, weyl: number, round: number): Code =>
      i32x4.splat(i32.add(start.get, i32.const(Math.imul(weyl, round))))
    const rounds = Array.from({ length: 10 }, (_, round) =>
      block(
        this.multiplied(c0, multiplier0, high0, low0),
        this.multiplied(c2, multiplier1, high1, low1),
        c0.set(v128.xor(v128.xor(high1.get, c1.get), key(key0, weyl0, round))),
        c1.set(low1.get),
        c2.set(v128.xor(v128.xor(high0.get, c3.get), key(key1, weyl1, round))),
        c3.set(low0.get),
      ),
    )
    return block(
      c0.set(i32x4.splat(step.get)),
      c1.set(v128.load(samples.get)),
      c2.set(v128.load(tokens.get)),
      c3.set(v128.load(blocks.get)),
      ...rounds,
    )
  }

  private multiplied(a: Local, multiplier: number, high: Local, low: Local): Code {
    const { even, odd } = this.free
    return block(
      even.set(i32x4.wideLow(a.get, this.constants.integers(multiplier))),
      odd.set(i32x4.wideHigh(a.get, this.constants.integers(multiplier))),
      high.set(v128.lanes(even.get, odd.get, [1, 3, 5, 7])),
      low.set(v128.lanes(even.get, odd.get, [0, 2, 4, 6])),
    )
  }
}

/**
 * `dropout_mask(step, samples, tokens, blocks, key0, key1, threshold, keep, out, n)`: for n counters, a
 * multiple of four, (step, samples[i], tokens[i], blocks[i]) the eight elements out[8 i ...]. An element is 0
 * if its 16 bits are below the threshold, otherwise `keep`.
 */
export function addDropoutMask(assembler: Assembler): void {
  assembler.function('dropout_mask', drawing, (given, local) => {
    const { threshold, keep, out } = given
    const draw = new Draw(given, local)
    const { c0, c1, c2, c3 } = draw.words
    const { even, odd, high0, low0, high1, low1 } = draw.free
    const limit = local('v128')
    const kept = local('v128')
    const chosen = (bits: Code): Code => v128.and(i32x4.ge(bits, limit.get), kept.get)
    const lower = (word: Local): Code => chosen(v128.and(word.get, draw.constants.integers(0xffff)))
    const upper = (word: Local): Code => chosen(i32x4.shrU(word.get, i32.const(16)))
    // Two words give four elements a counter; turned, each vector holds those of one counter.
    const half = (first: Local, second: Local, offset: number): Code =>
      block(
        high0.set(lower(first)),
        low0.set(upper(first)),
        high1.set(lower(second)),
        low1.set(upper(second)),
        even.set(v128.lanes(high0.get, low0.get, [0, 4, 1, 5])),
        odd.set(v128.lanes(high1.get, low1.get, [0, 4, 1, 5])),
        v128.store(out.get, v128.lanes(even.get, odd.get, [0, 1, 4, 5]), offset),
        v128.store(out.get, v128.lanes(even.get, odd.get, [2, 3, 6, 7]), offset + 32),
        even.set(v128.lanes(high0.get, low0.get, [2, 6, 3, 7])),
        odd.set(v128.lanes(high1.get, low1.get, [2, 6, 3, 7])),
        v128.store(out.get, v128.lanes(even.get, odd.get, [0, 1, 4, 5]), offset + 64),
        v128.store(out.get, v128.lanes(even.get, odd.get, [2, 3, 6, 7]), offset + 96),
      )
    const setup = block(limit.set(i32x4.splat(threshold.get)), kept.set(f32x4.splat(keep.get)))
    return draw.loop(setup, block(half(c0, c1, 0), half(c2, c3, 16)), 128)
  })
}

/**
 * Bytes of four words of two counters, which stand in pairs: those of the first counter, then those of the
 * second.
 */
const pairs = [0, 1, 8, 9, 16, 17, 24, 25]

/**
 * `dropout_keep(..)`: as `dropout_mask`, but a byte for each element: whether it is kept. The threshold is
 * below 2^16; `keep` is not read.
 */
export function addDropoutKeep(assembler: Assembler): void {
  assembler.function('dropout_keep', drawing, (given, local) => {
    const { threshold, out } = given
    const draw = new Draw(given, local)
    const { c0, c1, c2, c3 } = draw.words
    const { even, odd } = draw.free
    const limit = local('v128')
    const kept = (a: Local, b: Local): Code =>
      v128.and(
        i8x16.narrow(i16x8.geU(a.get, limit.get), i16x8.geU(b.get, limit.get)),
        draw.constants.integers(0x01010101),
      )
    const two = (first: number): Code =>
      v128.bytes(
        even.get,
        odd.get,
        [first, first + 2].flatMap((from) => pairs.map((byte) => from + byte)),
      )
    const store = block(
      even.set(kept(c0, c1)),
      odd.set(kept(c2, c3)),
      v128.store(out.get, two(0)),
      v128.store(out.get, two(4), 16),
    )
    return draw.loop(limit.set(i16x8.splat(threshold.get)), store, 32)
  })
}
