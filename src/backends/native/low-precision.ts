/**
 * Products in bf16 and int8 (graph/precision.ts) by oneDNN. Weights are converted and packed once for each
 * version. In int8, unsigned and signed bytes are multiplied with sums of 32 bits, which are exact. The steps
 * before and after are compiled C, so int8 needs a compiler. Other cases use the op's own evaluation.
 */
import type { LowPrecision } from '../../graph/precision.ts'
import type { Held, Kernel, RunContext } from '../../run/device.ts'
import type { Call, Functions } from '../compiled/functions.ts'
import { activationCodes } from '../compiled/source/curves.ts'
import { addressOf } from '../foreign/held.ts'
import { activationAfter } from '../tfjs/activated.ts'
import { isLinear } from '../tfjs/grouping.ts'
import { at } from '../tfjs/layout.ts'
import type { Converted } from './converted.ts'
import { type Layout, layoutKey } from './descriptors.ts'
import type { NativeDevice } from './device.ts'
import { type Engine, LibraryFailure } from './engine.ts'
import {
  heldAt,
  type ProductLayouts,
  type ProductParts,
  productLayouts,
  productOf,
  productRecipe,
} from './products.ts'

/** Types of operands and results by precision. */
const types = {
  bf16: { source: 'bf16', weights: 'bf16', result: 'f32' },
  int8: { source: 'u8', weights: 's8', result: 's32' },
} as const satisfies { readonly [precision in LowPrecision]: unknown }

/**
 * Whether the library has products of a precision for this processor: on x86 it has none in bf16 before
 * AVX-512. Asked by describing one, which is not made.
 */
export function hasProducts(engine: Engine, precision: LowPrecision): boolean {
  const { source, weights, result } = types[precision]
  const square = (type: Layout['type']): Layout => ({ shape: [16, 16], strides: [16, 1], type })
  const layouts = { source: square(source), weights: square(weights), result: square(result) }
  const recipe = productRecipe(engine, layouts, { biased: false, after: 0, panels: false })
  try {
    engine.call('dnnl_primitive_desc_destroy', recipe.description())
    return true
  } catch (error) {
    if (error instanceof LibraryFailure && error.unimplemented) return false
    throw error
  }
}

/** Products in bf16. */
export function bf16Product(parts: ProductParts, converted: Converted): Kernel {
  return productOf(parts, {
    type: 'bf16',
    packs: ({ fixed }, index) => fixed[index] === true,
    unpacks: false,
    panels: () => false,
    operand: ({ fixed, frozen }, index, held, { device, derived }) =>
      fixed[index] !== true
        ? device.alias(converted.of(held), [])
        : derived(index, 'bf16', (plain) => {
            const made = converted.make(plain, true)
            if (frozen?.[index] === true) parts.device.shelve(plain)
            return made
          }),
  })
}

/** A frozen weight in bytes, packed, and for each column its scale and its sum. */
interface ByteWeights {
  readonly bytes: number
  readonly scales: number
  readonly sums: number
}

/** Products in int8 of dense rows with a weight. */
export function int8Product(
  { engine, primitives, packing, device: own }: ProductParts,
  functions: Functions,
): Kernel {
  return (site) => {
    const layouts = productLayouts(site)
    if (layouts === undefined || !layouts.straight || site.fixed[1] !== true) return undefined
    const dense = denseSizes(layouts)
    const activation = site.op === 'linear_activation' ? activationCodes[activationAfter(site) ?? ''] : 0
    if (dense === undefined || activation === undefined) return undefined
    const { rows, depth, columns } = dense
    const source: Layout = { ...layouts.source, type: 'u8' }
    const plain: Layout = { ...layouts.weights, type: 's8' }
    const form = packing.formOf(plain)
    const weights = form === undefined ? plain : { ...plain, strides: form }
    const result: Layout = { ...layouts.result, type: 's32' }
    const recipe = productRecipe(
      engine,
      { source, weights, result },
      { biased: false, after: 0, panels: false },
    )
    const key = `product ${[source, weights, result].map(layoutKey).join(' ')}`
    const bytes = form?.bytes ?? depth * columns
    const parts = { scales: roundedUp(bytes), sums: roundedUp(bytes) + 4 * columns }
    const quantize = functions.bind('int8_rows', [rows, depth])
    const finish: Call = functions.bind('int8_results', [rows, columns, activation])
    const make = (held: Held): Held => {
      const made = own.allocate([(parts.sums + 4 * columns) / 4], 'float32', true)
      const flat = quantizedWeights(
        own,
        held,
        { depth, columns, strides: layouts.weights.strides },
        made,
        parts,
      )
      if (form === undefined) packing.copy(plain, plain, addressOf(flat), addressOf(made))
      else packing.pack(plain, form, addressOf(flat), addressOf(made))
      own.release(flat)
      if (site.frozen?.[1] === true) own.shelve(held)
      return made
    }
    return (inputs, { device, derived }: RunContext) => {
      const held = derived(1, `int8 ${form?.name ?? ''}`, make)
      const start = addressOf(held)
      const byteWeights: ByteWeights = {
        bytes: start,
        scales: start + parts.scales,
        sums: start + parts.sums,
      }
      const quantized = own.allocate([Math.ceil((rows * depth) / 4)], 'float32')
      const scales = own.allocate([rows], 'float32')
      const output = device.allocate(site.output.shape, 'float32')
      quantize(addressOf(heldAt(inputs, 0)), addressOf(quantized), addressOf(scales))
      primitives.of(key, recipe).run([addressOf(quantized), byteWeights.bytes, addressOf(output)])
      const bias = isLinear(site) ? addressOf(heldAt(inputs, 2)) : 0
      finish(addressOf(output), addressOf(scales), byteWeights.scales, byteWeights.sums, bias)
      for (const one of [held, quantized, scales]) device.release(one)
      return output
    }
  }
}

function roundedUp(bytes: number): number {
  return Math.ceil(bytes / 64) * 64
}

/** Rows and columns of a product of two dense matrices; undefined where it is none. */
function denseSizes({ source, weights, result }: ProductLayouts) {
  const [rows = 0, depth = 0] = source.shape
  const columns = at(result.shape, result.shape.length - 1)
  const isRows = source.shape.length === 2 && depth > 1 && at(source.strides, 1) === 1
  const dense =
    (rows === 1 || at(source.strides, 0) === depth) && (rows === 1 || at(result.strides, 0) === columns)
  const whole =
    weights.shape.length === 2 && result.shape.length === 2 && (columns === 1 || at(result.strides, 1) === 1)
  return isRows && dense && whole ? { rows, depth, columns } : undefined
}

/** Quantizes a weight at its own strides. Scales and sums of its columns go to their places in `made`. */
function quantizedWeights(
  own: NativeDevice,
  held: Held,
  {
    depth,
    columns,
    strides,
  }: { readonly depth: number; readonly columns: number; readonly strides: readonly number[] },
  made: Held,
  parts: { readonly scales: number; readonly sums: number },
): Held {
  const [alongDepth = 1, alongColumns = 1] = strides
  return own.compute([held, made], [Math.ceil((depth * columns) / 4)], 'float32', ([weight, target], out) => {
    if (!(weight instanceof Float32Array) || target === undefined) throw new Error('a weight in float32')
    const bytes = new Int8Array(out.buffer, out.byteOffset, depth * columns)
    const scales = new Float32Array(target.buffer, target.byteOffset + parts.scales, columns)
    const sums = new Int32Array(target.buffer, target.byteOffset + parts.sums, columns)
    for (let j = 0; j < columns; j++) {
      let most = 0
      for (let i = 0; i < depth; i++)
        most = Math.max(most, Math.abs(weight[i * alongDepth + j * alongColumns] as number))
      const scale = Math.fround(most / 127)
      let sum = 0
      for (let i = 0; scale > 0 && i < depth; i++) {
        const place = i * alongDepth + j * alongColumns
        const whole = nearest((weight[place] as number) / scale)
        bytes[place] = whole
        sum += whole
      }
      if (scale === 0) for (let i = 0; i < depth; i++) bytes[i * alongDepth + j * alongColumns] = 0
      scales[j] = scale
      sums[j] = sum
    }
  })
}

/** The nearest integer, ties to even. */
function nearest(x: number): number {
  const whole = Math.round(x)
  return whole - x === 0.5 && whole % 2 !== 0 ? whole - 1 : whole
}
