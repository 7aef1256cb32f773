/**
 * `contract` and `linear` with bias and activation, by oneDNN's matrix product. It takes operands at their
 * strides, so nothing is transposed or copied first. Other cases (sums over axes that are not contiguous, no
 * operand with stride 1 along the result's last axis) use other kernels.
 */
import { type LowPrecision, precisionOf } from '../../graph/precision.ts'
import type { Held, Kernel, KernelTable, RunContext } from '../../run/device.ts'
import type { Site } from '../../run/site.ts'
import { addressOf } from '../foreign/held.ts'
import { activated, activationAfter } from '../tfjs/activated.ts'
import { type Group, groupingOf, isLinear } from '../tfjs/grouping.ts'
import { at, collapse, product } from '../tfjs/layout.ts'
import { argument, eltwise, query } from './bindings.ts'
import { described, type Layout, layoutKey, type Packed } from './descriptors.ts'
import type { NativeDevice } from './device.ts'
import type { Engine } from './engine.ts'
import type { Packing } from './packing.ts'
import { withPostOps } from './post-ops.ts'
import type { Primitives, Recipe } from './primitives.ts'

/** A dimension of a product, and how its two values step along it, in elements. */
interface Dimension {
  readonly size: number
  readonly operand: number
  readonly result: number
}

interface Split {
  readonly inner: Dimension
  readonly outer: readonly Dimension[]
}

function splitGroup(group: Group, operand: readonly number[]): Split {
  const { shape, strides } = collapse({ shape: group.shape, strides: [operand, group.result] })
  const dimensions = shape.map((size, d) => ({
    size,
    operand: at(strides[0] ?? [], d),
    result: at(strides[1] ?? [], d),
  }))
  const inner = dimensions.pop() ?? { size: 1, operand: 0, result: 0 }
  return { inner, outer: dimensions }
}

/** A layout by steps. */
interface Strided extends Layout {
  readonly strides: readonly number[]
}

/** Layouts of a product of [.., rows, depth] and [.., depth, columns]. */
export interface ProductLayouts {
  /** Whether the graph's left operand gives the rows. */
  readonly straight: boolean
  readonly source: Strided
  readonly weights: Strided
  readonly result: Strided
}

/** Undefined where the operands are no such matrices at any strides. */
export function productLayouts(site: Site): ProductLayouts | undefined {
  const { batch, rows, columns, summed } = groupingOf(site)
  const sizes = [batch, rows, columns, summed].map(({ size }) => size)
  if (sizes.some((size) => size === 0)) return undefined
  const depth = collapse({ shape: summed.shape, strides: [summed.left, summed.right] })
  if (depth.shape.length !== 1) return undefined
  const left = splitGroup(rows, rows.left)
  const right = splitGroup(columns, columns.right)
  const straight =
    right.inner.size === 1 ? left.inner.size === 1 || left.inner.result !== 1 : right.inner.result === 1
  if (!straight && left.inner.result !== 1) return undefined
  const [a, b] = straight ? [left, right] : [right, left]
  const shared = collapse({ shape: batch.shape, strides: [batch.left, batch.right, batch.result] })
  const [batchA = [], batchB = []] = straight ? shared.strides : [shared.strides[1], shared.strides[0]]
  const along = depth.strides.map((steps) => at(steps, 0))
  const [alongA = 1, alongB = 1] = straight ? along : [along[1], along[0]]
  const depthSize = at(depth.shape, 0)
  const shapes = shared.shape.length === 1 && shared.shape[0] === 1 ? [] : shared.shape
  const kept = (steps: readonly number[] | undefined): readonly number[] =>
    (steps ?? []).slice(0, shapes.length)
  const outer = (split: Split, of: (d: Dimension) => number): number[] => split.outer.map(of)
  const one = (): number => 1
  const operand = (d: Dimension): number => d.operand
  const result = (d: Dimension): number => d.result
  const size = (d: Dimension): number => d.size
  return {
    straight,
    source: matrix(
      [...shapes, ...outer(a, size), ...outer(b, one)],
      [...kept(batchA), ...outer(a, operand), ...outer(b, one)],
      [a.inner.size, a.inner.operand],
      [depthSize, alongA],
    ),
    weights: matrix(
      [...shapes, ...outer(a, one), ...outer(b, size)],
      [...kept(batchB), ...outer(a, one), ...outer(b, operand)],
      [depthSize, alongB],
      [b.inner.size, b.inner.operand],
    ),
    result: matrix(
      [...shapes, ...outer(a, size), ...outer(b, size)],
      [...kept(shared.strides[2]), ...outer(a, result), ...outer(b, result)],
      [a.inner.size, a.inner.result],
      [b.inner.size, b.inner.result],
    ),
  }
}

type Extent = readonly [size: number, step: number]

/**
 * Steps along dimensions of one element do not matter to the values, but do to what oneDNN takes for dense.
 */
function matrix(
  outer: readonly number[],
  steps: readonly number[],
  [m, alongM]: Extent,
  [n, alongN]: Extent,
): Strided {
  const innerN = n === 1 ? (alongM === 1 && m > 1 ? m : 1) : alongN
  const innerM = m === 1 ? (innerN === 1 ? n : 1) : alongM
  const whole = m * n
  return {
    shape: [...outer, m, n],
    strides: [...outer.map((size, d) => (size === 1 ? whole : at(steps, d))), innerM, innerN],
    type: 'f32',
  }
}

/** Activations that are part of a product. Not relu: oneDNN's gives 0 for NaN, and would hide it. */
const activations: { readonly [name: string]: number | undefined } = {
  gelu: eltwise.gelu,
  gelu_tanh: eltwise.geluTanh,
}

export interface ProductParts {
  readonly engine: Engine
  readonly primitives: Primitives
  readonly packing: Packing
  readonly device: NativeDevice
}

/** How operands go into a product. */
export interface Operands {
  readonly type: 'f32' | 'bf16'
  /**
   * Whether a large weight is packed once. It depends on the site alone, so that a resumed run computes the
   * same.
   */
  readonly packs: (site: Site, index: number) => boolean
  /** Whether a frozen weight can be rebuilt from its packed form on request. Otherwise a file has it. */
  readonly unpacks: boolean
  readonly panels: (site: Site, index: number, layouts: ProductLayouts) => boolean
  /** An operand that is not packed, in that type; held for the caller. */
  readonly operand: (site: Site, index: number, held: Held, context: RunContext) => Held
}

const inFloat32: Operands = {
  type: 'f32',
  packs: ({ frozen }, index) => frozen?.[index] === true,
  unpacks: true,
  panels: prefersPanels,
  operand: (_site, _index, held, { device }) => device.alias(held, held.shape),
}

/**
 * `table`: where kernels for gradients of activations are found, which are run over the product. `low`:
 * products of low precision.
 */
export function productKernels(
  native: ProductParts,
  table: () => KernelTable,
  low: { readonly [precision in LowPrecision]?: Kernel },
): KernelTable {
  const exact = productOf(native, inFloat32)
  const multiply: Kernel = (site) => {
    const precision = precisionOf(site.attributes)
    return precision === undefined ? exact(site) : low[precision]?.(site)
  }
  const inParts = activated((site) => multiply({ ...site, op: 'linear' }), table)
  return {
    contract: multiply,
    linear: multiply,
    linear_activation: (site) => multiply(site) ?? inParts(site),
    contract_activation_gradient: activated(multiply, table),
  }
}

export function productOf(
  { engine, primitives, packing, device: own }: ProductParts,
  operands: Operands,
): Kernel {
  return (site) => {
    const layouts = productLayouts(site)
    if (layouts === undefined) return undefined
    const biased = isLinear(site)
    if (biased && !layouts.straight) return undefined
    const after = site.op === 'linear_activation' ? activations[activationAfter(site) ?? ''] : 0
    if (after === undefined) return undefined
    const { shape } = site.output
    const [a, b] = layouts.straight ? [0, 1] : [1, 0]
    const { type } = operands
    const { result } = layouts
    const source: Layout = { ...layouts.source, type }
    const weights: Layout = { ...layouts.weights, type }
    const packs = isLarge(layouts.weights) && operands.packs(site, b)
    const form = packs ? packing.formOf(weights) : undefined
    const read = form === undefined ? weights : { ...weights, strides: form }
    const panels = form === undefined && operands.panels(site, b, layouts)
    const recipe = productRecipe(engine, { source, weights: read, result }, { biased, after, panels })
    const key = `product ${[source, read, result].map(layoutKey).join(' ')} ${biased} ${after} ${panels}`
    const packed = (plain: Held, order: Packed): Held => {
      const made = own.allocate([Math.ceil(order.bytes / 4)], 'float32', true)
      packing.pack(layouts.weights, order, addressOf(plain), addressOf(made))
      if (site.frozen?.[b] !== true) return made
      if (!operands.unpacks) own.shelve(plain)
      else own.shed(plain, (address) => packing.unpack(order, layouts.weights, addressOf(made), address))
      return made
    }
    return (inputs, context) => {
      const { device, derived } = context
      const output = device.allocate(shape, 'float32')
      const operand = (index: number): Held => operands.operand(site, index, heldAt(inputs, index), context)
      const left = operand(a)
      const right = form === undefined ? operand(b) : derived(b, form.name, (plain) => packed(plain, form))
      const addresses = [addressOf(left), addressOf(right), addressOf(output)]
      if (biased) addresses.push(addressOf(heldAt(inputs, 2)))
      primitives.of(key, recipe).run(addresses)
      device.release(left)
      device.release(right)
      return output
    }
  }
}

/** Smaller weights are not packed. */
const smallWeights = 4096

function isLarge({ shape }: Layout): boolean {
  return shape.length === 2 && product(shape) >= smallWeights
}

/**
 * From so many elements on, weights that are read along their rows are slow to gather for the product in
 * blocks.
 */
const largeWeights = 1e6
/** Fewer columns than these leave much of a block unused. */
const blockColumns = 32

/**
 * Whether the library's older product, which copies panels of both operands, is faster than its product in
 * blocks. It is for rows of the source that are far apart (gradients of weights: 10 to 18%), and for large
 * weights in the backward pass to the input (15%). So it is for narrow batched products (attention with few
 * units in a head: 15%). Measured on Zen 5.
 */
function prefersPanels(site: Site, b: number, { source, weights }: ProductLayouts): boolean {
  const last = weights.shape.length - 1
  const columns = at(weights.shape, last)
  if (at(source.strides, last) !== 1) return true
  if (last > 1) return columns < blockColumns
  return site.fixed[b] === true && at(weights.strides, last) === 1 && product(weights.shape) >= largeWeights
}

export function heldAt(inputs: readonly Held[], index: number): Held {
  const held = inputs[index]
  if (held === undefined) throw new Error(`a product without operand ${index}`)
  return held
}

interface ProductOptions {
  readonly biased: boolean
  /** The number of an activation, 0 for none. */
  readonly after: number
  readonly panels: boolean
}

/** What oneDNN calls its product that copies panels. */
const panelProduct = 'gemm:jit:f32'

export function productRecipe(
  engine: Engine,
  { source, weights, result }: Readonly<Record<'source' | 'weights' | 'result', Layout>>,
  { biased, after, panels }: ProductOptions,
): Recipe {
  const columns = at(result.shape, result.shape.length - 1)
  const bias: Layout | undefined = biased
    ? {
        shape: result.shape.map((_, d) => (d === result.shape.length - 1 ? columns : 1)),
        strides: result.shape.map((_, d) => (d === result.shape.length - 1 ? 1 : columns)),
        type: 'f32',
      }
    : undefined
  return {
    uninterrupted: panels,
    description: () =>
      described(engine, [source, weights, bias, result], ([s = 0, w = 0, b = 0, r = 0]) =>
        withActivation(engine, after, (attributes) => {
          const made = (): number =>
            engine.made('dnnl_matmul_primitive_desc_create', engine.handle, s, w, b, r, attributes)
          return (panels ? engine.implementation(made(), panelProduct) : undefined) ?? made()
        }),
      ),
    arguments: (description) => {
      const of = (what: number): number => engine.dnnl.dnnl_primitive_desc_query_md(description, what, 0)
      const list = [
        { place: argument.source, descriptor: of(query.source) },
        { place: argument.weights, descriptor: of(query.weights) },
        { place: argument.destination, descriptor: of(query.destination) },
      ]
      if (!biased) return list
      const own = engine.dnnl.dnnl_primitive_desc_query_md(description, query.weights, 1)
      return [...list, { place: argument.bias, descriptor: own }]
    },
  }
}

/** Attributes of a primitive that ends with an activation; 0 for none. */
function withActivation<T>(engine: Engine, activation: number, use: (attributes: number) => T): T {
  if (activation === 0) return use(0)
  const append = (list: number): void => engine.call('dnnl_post_ops_append_eltwise', list, activation, 0, 0)
  return withPostOps(engine, append, use)
}
