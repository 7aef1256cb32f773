/** Philox4x32-10 against the known answers that its authors publish (Random123, kat_vectors), and what dropout makes of it. */
import { describe, expect, test } from 'vitest'
import { type Axis, GraphError, type RandomKey } from '../../src/graph/graph.ts'
import { dropoutMask, philox, philoxKey } from '../../src/graph/philox.ts'

describe('philox', () => {
  test.each([
    [[0, 0, 0, 0], [0, 0], '6627e8d5 e169c58d bc57ac4c 9b00dbd8'],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      '408f276d 41c83b0e a20bc7c6 6d5451fd',
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      'd16cfe09 94fdcceb 5001e420 24126ea1',
    ],
  ] as const)('known answer of counter %j', ([c0, c1, c2, c3], [k0, k1], expected) => {
    const out = new Uint32Array(4)
    philox(c0, c1, c2, c3, k0, k1, out)
    expect([...out].map((word) => word.toString(16).padStart(8, '0')).join(' ')).toBe(expected)
  })

  test('keys are stable, 64 bits, and differ in every part', () => {
    expect(philoxKey(7, 'distil', 'S.layer[3].attention.context')).toEqual(
      philoxKey(7, 'distil', 'S.layer[3].attention.context'),
    )
    const keys = [
      philoxKey(7, 'distil', 'a'),
      philoxKey(8, 'distil', 'a'),
      philoxKey(7, 'distil', 'b'),
      philoxKey(7, 'general', 'a'),
      philoxKey(7, 'distila', ''),
    ]
    expect(new Set(keys.map((key) => key.join())).size).toBe(keys.length)
    for (const word of keys.flat()) expect(Number.isInteger(word) && word >= 0 && word < 2 ** 32).toBe(true)
  })

  test('the key of a site never changes: runs are resumed on other machines', () => {
    expect(philoxKey(7, 'distil', 'S.layer[3].attention.context')).toMatchInlineSnapshot(`
      [
        2880305393,
        578546448,
      ]
    `)
  })

  test('keys of 20,000 sites have no collision in either half', () => {
    const keys = Array.from({ length: 20_000 }, (_, i) => philoxKey(1, 'distil', `S.layer[${i}].ffn`))
    for (const half of [0, 1] as const)
      expect(new Set(keys.map((key) => key[half])).size).toBeGreaterThan(19_990)
    expect(new Set(keys.map(String)).size).toBe(20_000)
  })
})

const random: RandomKey = { seed: 3, stage: 'distil', step: 11 }

interface Ask {
  readonly axes?: readonly Axis[]
  readonly shape: readonly number[]
  readonly samples: readonly number[]
  readonly rate?: number
  readonly site?: string
  readonly random?: RandomKey
  readonly positions?: { readonly places: readonly number[]; readonly L: number }
}
function mask(ask: Ask): Float64Array {
  const { axes = ['example', 'token', 'unit'], rate = 0.4, site = 'here' } = ask
  const out = new Float64Array(ask.shape.reduce((a, b) => a * b, 1))
  dropoutMask({ random, axes, rate, site, ...ask }, out)
  return out
}

describe('dropout masks', () => {
  test('are 0 or 1 / (1 - rate), in the right share, with neighbours independent', () => {
    const all = mask({ shape: [8, 50, 250], samples: [0, 1, 2, 3, 4, 5, 6, 7] })
    const zeros = all.filter((x) => x === 0).length
    expect(new Set(all)).toEqual(new Set([0, 1 / 0.6]))
    // standard deviation of the share: 0.0015
    expect(Math.abs(zeros / all.length - 0.4)).toBeLessThan(0.006)
    for (const distance of [1, 2, 8, 250]) {
      let both = 0
      for (let i = distance; i < all.length; i++) if (all[i] === 0 && all[i - distance] === 0) both++
      expect(Math.abs(both / all.length - 0.16)).toBeLessThan(0.006)
    }
  })

  test('do not depend on the row of a sample, on the size of the batch, or on padding', () => {
    const wide = mask({ shape: [3, 7, 20], samples: [41, 42, 43] })
    const narrow = mask({ shape: [2, 4, 20], samples: [43, 41] })
    for (let token = 0; token < 4; token++) {
      for (let unit = 0; unit < 20; unit++) {
        expect(narrow[token * 20 + unit]).toBe(wide[(2 * 7 + token) * 20 + unit])
        expect(narrow[(4 + token) * 20 + unit]).toBe(wide[token * 20 + unit])
      }
    }
  })

  test("of attention, too, where padding makes token and token' longer", () => {
    const axes = ['example', 'head', 'token', "token'"] as const
    const long = mask({ axes, shape: [1, 3, 11, 11], samples: [9] })
    const short = mask({ axes, shape: [1, 3, 5, 5], samples: [9] })
    for (let head = 0; head < 3; head++) {
      for (let t = 0; t < 5; t++) {
        for (let u = 0; u < 5; u++) expect(short[(head * 5 + t) * 5 + u]).toBe(long[(head * 11 + t) * 11 + u])
      }
    }
  })

  test('at positions are those of their examples and tokens', () => {
    const whole = mask({ shape: [2, 7, 20], samples: [41, 42] })
    const places = [0, 3, 9, 13, -4]
    const rows = mask({
      axes: ['position', 'unit'],
      shape: [5, 20],
      samples: [41, 42],
      positions: { places, L: 7 },
    })
    for (const [p, place] of [0, 3, 9, 13, 3].entries())
      expect(rows.slice(p * 20, p * 20 + 20)).toEqual(whole.slice(place * 20, place * 20 + 20))
    // where tokens are the last axis, eight of them share a counter
    const tokens = mask({ axes: ['example', 'token'], shape: [2, 7], samples: [41, 42] })
    const alone = mask({ axes: ['position'], shape: [5], samples: [41, 42], positions: { places, L: 7 } })
    expect([...alone]).toEqual([0, 3, 9, 13, 3].map((place) => tokens[place]))
    const heads = mask({ axes: ['example', 'head', 'token', 'unit'], shape: [2, 3, 7, 9], samples: [41, 42] })
    const split = mask({
      axes: ['position', 'head', 'unit'],
      shape: [5, 3, 9],
      samples: [41, 42],
      positions: { places, L: 7 },
    })
    // place 9 is token 2 of example 1
    for (let head = 0; head < 3; head++) {
      const from = ((3 + head) * 7 + 2) * 9
      expect(split.slice((2 * 3 + head) * 9, (2 * 3 + head) * 9 + 9)).toEqual(heads.slice(from, from + 9))
    }
  })

  test('differ by seed, stage, step, sample, site, head and token', () => {
    const axes = ['example', 'head', 'token', "token'"] as const
    const ask = { axes, shape: [1, 2, 2, 64], samples: [1] } as const
    const rows = [
      { ...ask },
      { ...ask, random: { ...random, seed: 4 } },
      { ...ask, random: { ...random, stage: 'general' } },
      { ...ask, random: { ...random, step: 12 } },
      { ...ask, samples: [2] },
      { ...ask, site: 'there' },
    ].flatMap((one) => {
      const all = mask(one)
      return [0, 64, 128, 192].map((start) => all.slice(start, start + 64).join())
    })
    expect(new Set(rows).size).toBe(24)
  })

  test("tell a pair (token, token') from its mirror image", () => {
    const axes = ['example', 'token', "token'", 'unit'] as const
    const all = mask({ axes, shape: [1, 2, 2, 64], samples: [1] })
    const pairs = [0, 64, 128, 192].map((start) => all.slice(start, start + 64).join())
    expect(new Set(pairs).size).toBe(4)
  })

  test('keep everything at rate 0', () => {
    expect(new Set(mask({ shape: [2, 3, 9], samples: [0, 1], rate: 0 }))).toEqual(new Set([1]))
  })

  test('of [example] alone, and without example', () => {
    const rows = mask({ axes: ['example'], shape: [4], samples: [5, 6, 5, 7] })
    expect(rows[0]).toBe(rows[2])
    expect(mask({ axes: ['token', 'unit'], shape: [2, 9], samples: [] })).toHaveLength(18)
  })

  test('are refused for what has no place in a counter', () => {
    expect(() => mask({ axes: ['unit', 'class'], shape: [2, 2], samples: [] })).toThrow(GraphError)
    expect(() => mask({ axes: ['head', 'token'], shape: [257, 1], samples: [] })).toThrow(
      'no place for head 257',
    )
  })

  test('are the same in float32', () => {
    const single = new Float32Array(60)
    dropoutMask(
      {
        random,
        axes: ['example', 'token', 'unit'],
        shape: [1, 3, 20],
        samples: [41],
        rate: 0.5,
        site: 'here',
      },
      single,
    )
    expect([...single]).toEqual([...mask({ shape: [1, 3, 20], samples: [41], rate: 0.5 })])
  })
})
