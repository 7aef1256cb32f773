/**
 * Arithmetic of types: axes in canonical order, union by name, and their text. Every shape rule uses it, so
 * that all ops order and compare axes alike.
 */
import {
  type AttributeValue,
  type Axis,
  axisOrder,
  type BatchSizes,
  type Dimension,
  type DType,
  GraphError,
  type RowSymbol,
  type Size,
  type SizeSymbol,
  type TensorType,
} from './graph.ts'

const rank: ReadonlyMap<string, number> = new Map(axisOrder.map((axis, index) => [axis, index]))

export function isAxis(name: unknown): name is Axis {
  return typeof name === 'string' && rank.has(name)
}

/** The axis of that name. Throws GraphError for any other text. */
export function toAxis(name: unknown): Axis {
  if (isAxis(name)) return name
  throw new GraphError(`no such axis: ${JSON.stringify(name)}`)
}

/** Place of an axis in the canonical order. */
export function axisRank(axis: Axis): number {
  return axisOrder.indexOf(axis)
}

/** The dimensions in canonical order. Throws GraphError when an axis occurs twice. */
export function canonical(dimensions: readonly Dimension[]): readonly Dimension[] {
  const sorted = [...dimensions].sort((a, b) => axisRank(a.axis) - axisRank(b.axis))
  for (const [i, d] of sorted.entries()) {
    if (sorted[i + 1]?.axis === d.axis) throw new GraphError(`axis ${d.axis} occurs twice`)
  }
  return sorted
}

/** A type with its dimensions put into canonical order. */
export function tensorType(dtype: DType, dimensions: readonly Dimension[] = []): TensorType {
  return { dtype, dimensions: canonical(dimensions) }
}

/** Dimensions of several types together, by name. Throws GraphError where one axis has two sizes. */
export function unionDimensions(...lists: readonly (readonly Dimension[])[]): readonly Dimension[] {
  const sizes = new Map<Axis, Size>()
  for (const { axis, size } of lists.flat()) {
    const known = sizes.get(axis)
    if (known !== undefined && known !== size) {
      throw new GraphError(
        `axis ${axis} has size ${known} and size ${size}: ${lists.map(printDimensions).join(' and ')}`,
      )
    }
    sizes.set(axis, size)
  }
  return canonical([...sizes].map(([axis, size]) => ({ axis, size })))
}

/** Index of an axis among the dimensions of a type, -1 where it has none. */
export function axisIndex(type: TensorType, axis: Axis): number {
  return type.dimensions.findIndex((d) => d.axis === axis)
}

export function hasAxis(type: TensorType, axis: Axis): boolean {
  return axisIndex(type, axis) >= 0
}

/** Size of an axis of a type. Throws GraphError where it has none. */
export function sizeOf(type: TensorType, axis: Axis): Size {
  const found = type.dimensions.find((d) => d.axis === axis)
  if (found === undefined) throw new GraphError(`${printType(type)} has no axis ${axis}`)
  return found.size
}

/** The dimensions without some axes. */
export function withoutAxes(dimensions: readonly Dimension[], axes: readonly Axis[]): readonly Dimension[] {
  return dimensions.filter((d) => !axes.includes(d.axis))
}

export function equalDimensions(a: readonly Dimension[], b: readonly Dimension[]): boolean {
  return a.length === b.length && a.every((d, i) => d.axis === b[i]?.axis && d.size === b[i]?.size)
}

export function equalTypes(a: TensorType, b: TensorType): boolean {
  return a.dtype === b.dtype && equalDimensions(a.dimensions, b.dimensions)
}

export type { BatchSizes }

const symbols = /^(?:[BL]|[RMW](?:\/[1-9]\d{0,3})?)$/

export function isSizeSymbol(text: unknown): text is SizeSymbol {
  return typeof text === 'string' && symbols.test(text)
}

export function isSize(value: unknown): value is Size {
  return isSizeSymbol(value) || (typeof value === 'number' && Number.isInteger(value) && value >= 0)
}

/**
 * Numbers of positions are rounded up to a multiple of it, so that few sizes occur and prepared kernels are
 * used again.
 */
const rowBucket = 16

/** A number of positions, rounded up to a multiple of the bucket size; at least one bucket. */
export function bucketed(count: number): number {
  return Math.max(1, Math.ceil(count / rowBucket)) * rowBucket
}

/** Throws GraphError for a share that does not come out even. */
export function concreteSize(size: Size, sizes: BatchSizes): number {
  if (typeof size === 'number') return size
  if (size === 'B' || size === 'L') return sizes[size]
  // Asked for each axis of each value of a plan, again and again; shares are rare.
  if (isRowSymbol(size)) return sizes[size] ?? bucketed(sizes.B * sizes.L)
  const [symbol, shares = '1'] = size.split('/')
  const rows = isRowSymbol(symbol) ? (sizes[symbol] ?? bucketed(sizes.B * sizes.L)) : Number.NaN
  const share = rows / Number(shares)
  if (!Number.isInteger(share)) throw new GraphError(`${rows} positions have no even share ${size}`)
  return share
}

/**
 * The size of one of `count` even shares. Throws GraphError for a number that has none, and for examples and
 * tokens.
 */
export function shareOf(size: Size, count: number): Size {
  const [symbol, shares = '1'] = String(size).split('/')
  const share = typeof size === 'number' ? size / count : `${symbol}/${Number(shares) * count}`
  if (!isSize(share)) throw new GraphError(`no ${count} even shares of ${size}`)
  return share
}

/** What `count` shares of that size are together. */
export function wholeOf(share: Size, count: number): Size {
  const [symbol, shares = '1'] = String(share).split('/')
  const left = Number(shares) / count
  const whole = typeof share === 'number' ? share * count : left === 1 ? symbol : `${symbol}/${left}`
  if (!isSize(whole)) throw new GraphError(`${count} shares of ${share} are no whole`)
  return whole
}

/** The numbers of positions that sizes of some dimensions follow from. */
export function rowSymbolsOf(dimensions: Iterable<Dimension>): ReadonlySet<RowSymbol> {
  const found = new Set<RowSymbol>()
  for (const { size } of dimensions) {
    const symbol = typeof size === 'string' ? size.charAt(0) : undefined
    if (isRowSymbol(symbol)) found.add(symbol)
  }
  return found
}

/** Equal for sizes of which examples, tokens and those numbers of positions are equal. */
export function sizesKey(sizes: BatchSizes, rows: ReadonlySet<RowSymbol>): string {
  return [sizes.B, sizes.L, ...[...rows].map((symbol) => `${symbol}${sizes[symbol]}`)].join(' ')
}

function isRowSymbol(text: unknown): text is RowSymbol {
  return text === 'R' || text === 'M' || text === 'W'
}

/** The shape of a type for sizes of a batch. */
export function concreteShape(type: TensorType, sizes: BatchSizes): number[] {
  return type.dimensions.map((d) => concreteSize(d.size, sizes))
}

export function elementCount(type: TensorType, sizes: BatchSizes): number {
  return type.dimensions.reduce((product, d) => product * concreteSize(d.size, sizes), 1)
}

// ---------------------------------------------------------------- attributes

/** Dimensions as an attribute: `[{ axis, size }, ...]`, in canonical order. */
export function dimensionsAttribute(dimensions: readonly Dimension[]): AttributeValue {
  return canonical(dimensions).map(({ axis, size }) => ({ axis, size }))
}

/** Dimensions from an attribute made by `dimensionsAttribute`. Throws GraphError for anything else. */
export function readDimensions(value: AttributeValue | undefined): readonly Dimension[] {
  if (!Array.isArray(value)) throw new GraphError(`not a list of dimensions: ${JSON.stringify(value)}`)
  const list: readonly AttributeValue[] = value
  return canonical(list.map(readDimension))
}

function readDimension(value: AttributeValue): Dimension {
  if (typeof value === 'object' && value !== null && 'axis' in value && 'size' in value) {
    const { axis, size } = value
    if (isSize(size)) return { axis: toAxis(axis), size }
  }
  throw new GraphError(`not a dimension: ${JSON.stringify(value)}`)
}

export function readDType(value: AttributeValue | undefined): DType {
  if (value === 'f32' || value === 'i32' || value === 'bool') return value
  throw new GraphError(`no such type: ${JSON.stringify(value)}`)
}

// ---------------------------------------------------------------- text

/** `B` for example B, `L` for token L, `R` for position R, else `unit 768`. */
function printDimension({ axis, size }: Dimension): string {
  if (isSizeSymbol(size) && axisOfSymbol(size) === axis) return size
  return `${axis} ${size}`
}

/** The axis of a symbol that is printed without its axis. */
export function axisOfSymbol(symbol: SizeSymbol): Axis {
  return symbol === 'B' ? 'example' : symbol === 'L' ? 'token' : 'position'
}

function printDimensions(dimensions: readonly Dimension[]): string {
  return `[${dimensions.map(printDimension).join(', ')}]`
}

/** `f32[B, L, unit 768]`; a scalar is `f32[]`. */
export function printType(type: TensorType): string {
  return `${type.dtype}${printDimensions(type.dimensions)}`
}
