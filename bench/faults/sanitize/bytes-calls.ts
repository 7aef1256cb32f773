/** Products of bytes and what is around them: the backends call these kernels with buffers of these sizes. */
import type { Binder } from '../../../src/backends/compiled/functions.ts'
import type { Block, NativeMemory } from '../../../src/backends/foreign/memory.ts'

const sizes = [1, 2, 3, 4, 7, 8, 13, 14, 15, 16, 17, 28, 29, 31, 32, 33, 63, 64, 65, 100, 129]
const extremes = [
  0,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  3.4028234e38,
  1e-45,
  1e-38,
  -1e10,
]

/** `multiplies`: whether the processor has instructions for products of bytes. */
export function bytesCalls(
  functions: Binder,
  memory: NativeMemory,
  multiplies: boolean,
  uniform: () => number,
): void {
  const size = (): number => sizes[Math.floor(uniform() * sizes.length)] ?? 1
  const [rows, columns, depth] = [size(), size(), 4 * size()]
  const wild = uniform() < 0.5
  const blocks: Block[] = []
  const room = (bytes: number): Block => {
    const block = memory.allocate(bytes)
    blocks.push(block)
    return block
  }
  const floats = (n: number): number => {
    const block = room(4 * n)
    block
      .floats(n)
      .set(
        Float32Array.from({ length: n }, () =>
          wild && uniform() < 0.1
            ? (extremes[Math.floor(uniform() * extremes.length)] ?? 0)
            : 4 * uniform() - 2,
        ),
      )
    return block.address
  }
  const drawnBytes = (n: number): number => {
    const block = room(n)
    block.octets(n).set(Uint8Array.from({ length: n }, () => 256 * uniform()))
    return block.address
  }
  const [x, out, scales] = [floats(rows * depth), room(rows * depth), room(4 * rows)]
  functions.bind('int8_rows')(x, out.address, scales.address, rows, depth)
  const sums = room(4 * columns)
  sums
    .integers(columns)
    .set(Int32Array.from({ length: columns }, () => Math.round(254 * depth * (uniform() - 0.5))))
  const activation = Math.floor(4 * uniform())
  const bias = uniform() < 0.5 ? 0 : floats(columns)
  const [columnScales, result] = [floats(columns), room(4 * rows * columns)]
  result.integers(rows * columns).fill(Math.round(127 * 255 * depth * (2 * uniform() - 1)))
  functions.bind('int8_results')(
    result.address,
    scales.address,
    columnScales,
    sums.address,
    bias,
    rows,
    columns,
    activation,
  )
  functions.bind('scaled_rows')(
    result.address,
    scales.address,
    bias,
    result.address,
    rows,
    columns,
    activation,
  )
  if (multiplies) {
    const y = drawnBytes(columns * depth)
    const into = room(4 * rows * columns)
    functions.bind('int8_product')(
      out.address,
      scales.address,
      y,
      columnScales,
      sums.address,
      bias,
      into.address,
      rows,
      columns,
      depth,
      activation,
    )
  }
  for (const block of blocks) block.free()
}
