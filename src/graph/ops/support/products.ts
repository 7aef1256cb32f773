/**
 * The float64 product of two labelled arrays: both are put in order (shared, own, summed), then multiplied by
 * plain loops.
 */
import type { Axis, ReferenceEnvironment, ReferenceValue, TensorType } from '../../graph.ts'
import type { LowPrecision } from '../../precision.ts'
import { operandsIn } from './low-precision.ts'
import { at, countOf, gather, stridesOf, zeros } from './values.ts'

export interface Labelled {
  readonly value: ReferenceValue
  readonly labels: readonly Axis[]
}

/** Sizes and strides of an array along some of its labels. */
function along({ value, labels }: Labelled, wanted: readonly Axis[]): { sizes: number[]; strides: number[] } {
  const own = stridesOf(value.shape)
  const places = wanted.map((label) => labels.indexOf(label))
  return { sizes: places.map((k) => at(value.shape, k)), strides: places.map((k) => at(own, k)) }
}

function inOrder(operand: Labelled, wanted: readonly Axis[]): Float64Array {
  const { sizes, strides } = along(operand, wanted)
  return gather(operand.value.data, sizes, strides)
}

/**
 * Sum over the labels that `type` lacks of a * b, over the axes of `type`, of operands in a precision. Labels
 * that are summed occur in both.
 */
export function multiplied(
  a: Labelled,
  b: Labelled,
  type: TensorType,
  environment: ReferenceEnvironment,
  precision?: LowPrecision,
): ReferenceValue {
  const kept = type.dimensions.map((d) => d.axis)
  const summed = a.labels.filter((label) => !kept.includes(label))
  const shared = kept.filter((label) => a.labels.includes(label) && b.labels.includes(label))
  const rows = kept.filter((label) => a.labels.includes(label) && !b.labels.includes(label))
  const columns = kept.filter((label) => !a.labels.includes(label))
  const sizes = {
    shared: along(a, shared).sizes,
    rows: along(a, rows).sizes,
    columns: along(b, columns).sizes,
  }
  const batches = countOf(sizes.shared)
  const m = countOf(sizes.rows)
  const n = countOf(sizes.columns)
  const k = countOf(along(a, summed).sizes)
  const [left, right] = operandsIn(
    precision,
    inOrder(a, [...shared, ...rows, ...summed]),
    inOrder(b, [...shared, ...columns, ...summed]),
    k,
  )
  const product = new Float64Array(batches * m * n)
  for (let batch = 0; batch < batches; batch++) {
    for (let i = 0; i < m; i++) {
      const row = (batch * m + i) * k
      for (let j = 0; j < n; j++) {
        const column = (batch * n + j) * k
        let total = 0
        for (let s = 0; s < k; s++) total += (left[row + s] as number) * (right[column + s] as number)
        product[(batch * m + i) * n + j] = total
      }
    }
  }
  const order = [...shared, ...rows, ...columns]
  const strides = stridesOf([...sizes.shared, ...sizes.rows, ...sizes.columns])
  const { shape } = zeros(type, environment)
  return {
    shape,
    data: gather(
      product,
      shape,
      kept.map((axis) => at(strides, order.indexOf(axis))),
    ),
  }
}
