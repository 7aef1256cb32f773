/** Random sites for kernels: the cases of each op's test, at sizes and with values that it does not have. */
import { Builder } from '../../../src/graph/build.ts'
import type { Attributes } from '../../../src/graph/graph.ts'
import { ops } from '../../../src/graph/ops/index.ts'
import { type BatchSizes, concreteShape } from '../../../src/graph/type.ts'
import type { View } from '../../../src/run/device.ts'
import { deviceDType, type Site, siteOf } from '../../../src/run/site.ts'
import type { OpCase } from '../../../test/ops/cases/case.ts'
import { cases } from '../../../test/ops/cases/index.ts'
import { coin, type } from '../../../test/ops/typed.ts'
import { wideCases } from '../../../test/run/wide-cases.ts'

/** None, one, and both sides of vectors, tiles, blocks and pieces. */
const edges = [
  0, 1, 2, 3, 4, 5, 7, 8, 9, 13, 14, 15, 16, 17, 28, 31, 32, 33, 63, 64, 65, 100, 104, 127, 128, 129, 255,
  256, 257, 511, 513, 1025,
]
/** More elements take too long. */
const mostElements = 2 ** 17

const extremes = [
  0,
  -0,
  1,
  -1,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  3.4028234e38,
  -3.4028234e38,
  1e-45,
  -1e-45,
  1.1754944e-38,
  88.8,
  -103.9,
  1e10,
  -1e10,
  16777217,
  2147483648,
  -2147483904,
]
const indices = [-1, -2, -100, 0, 1, 16, 99, 1024, 65536, 2147483647, -2147483648]

export interface Drawn {
  readonly site: Site
  readonly values: readonly View[]
}

const all: readonly (readonly [op: string, one: OpCase])[] = Object.keys(ops).flatMap((op) =>
  [...(cases[op] ?? []), ...(wideCases[op] ?? [])].map((one) => [op, one] as const),
)

/** A site and values for its inputs; undefined where the op does not take what was drawn. */
export function drawn(uniform: () => number): Drawn | undefined {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(uniform() * list.length)] as T
  const [op, one] = pick(all)
  const sizes = {
    B: pick(edges.slice(1, 12)),
    L: pick(edges.slice(1, 16)),
    R: pick(edges.slice(0, 24)),
    M: pick(edges.slice(0, 16)),
    W: pick(edges.slice(0, 16)),
  }
  const same = uniform() < 0.3
  const scaled = new Map<number, number>()
  const resized = (n: number): number => {
    const known = scaled.get(n) ?? (same || uniform() < 0.3 ? n : pick(edges))
    scaled.set(n, known)
    return known
  }
  try {
    return siteFor(op, one, sizes, resized, uniform) ?? siteFor(op, one, sizes, (n) => n, uniform)
  } catch {
    return undefined
  }
}

function siteFor(
  op: string,
  { inputs, attributes = {} }: OpCase,
  sizes: BatchSizes,
  resized: (n: number) => number,
  uniform: () => number,
): Drawn | undefined {
  try {
    const builder = new Builder(ops)
    const types = inputs.map((input) => {
      const text = typeof input === 'string' ? input : input[0]
      return type(text.replace(/ (\d+)/g, (_, n) => ` ${resized(Number(n))}`))
    })
    const leaves = types.map((of, k) => builder.input(String(k), of))
    const node = builder.add(op, leaves, resizedIn(attributes, resized))
    const site = siteOf(node, sizes)
    if ([site.output, ...site.inputs].some(({ size }) => size > mostElements)) return undefined
    const wild = uniform() < 0.5
    const values = inputs.map((input, k): View => {
      const of = types[k] ?? type('f32[]')
      const count = concreteShape(of, sizes).reduce((product, size) => product * size, 1)
      const own = typeof input === 'string' ? undefined : input[1]
      const made = (index: number): number => {
        if (of.dtype === 'bool') return coin(uniform, index)
        if (of.dtype === 'f32') return wild && uniform() < 0.2 ? choice(extremes, uniform) : 8 * uniform() - 4
        const way = uniform()
        if (wild && way < 0.1) return choice(indices, uniform)
        return own !== undefined && way < 0.8 ? own(uniform, index) : Math.floor(uniform() * 16)
      }
      const kind = { float32: Float32Array, int32: Int32Array, bool: Uint8Array }[deviceDType(of.dtype)]
      const view = new kind(count)
      for (let index = 0; index < count; index++) view[index] = made(index)
      return view
    })
    return { site, values }
  } catch {
    return undefined
  }
}

function choice(list: readonly number[], uniform: () => number): number {
  return list[Math.floor(uniform() * list.length)] ?? 0
}

/** Sizes in attributes are those of the inputs, or of the result. */
function resizedIn(attributes: Attributes, resized: (n: number) => number): Attributes {
  const { rows, dimensions } = attributes
  return {
    ...attributes,
    ...(typeof rows === 'number' ? { rows: resized(rows) } : {}),
    ...(Array.isArray(dimensions)
      ? {
          dimensions: dimensions.map((one) =>
            typeof one === 'object' && one !== null && 'size' in one && typeof one.size === 'number'
              ? { ...one, size: resized(one.size) }
              : one,
          ),
        }
      : {}),
  }
}
