/**
 * The most that oneDNN does on this machine, by precision: one large product with its weights in the layout that it asks for, the best of many runs. Prints one line of
 * JSON, operations a second. What whole steps are held against.
 */
import { availableParallelism } from 'node:os'
import { writeAddress } from '../../src/backends/foreign/addresses.ts'
import type { Block } from '../../src/backends/foreign/memory.ts'
import {
  argument,
  type DataType,
  dataTypes,
  elementBytes,
  query,
} from '../../src/backends/native/bindings.ts'
import { openNative } from '../../src/backends/native/native.ts'
import { random } from '../../test/lower/spec-run.ts'

const [m, k, n] = [2048, 2048, 2048]
const tags = { any: 1, rows: 3 }
const native = await openNative(availableParallelism())
const { engine, memory } = native
const { dnnl } = engine

function descriptor(dimensions: readonly number[], type: DataType, tag: number): number {
  const room = memory.allocate(8 * dimensions.length)
  const words = room.integers(2 * dimensions.length)
  for (const [i, size] of dimensions.entries()) writeAddress(words, i, size)
  return engine.made(
    'dnnl_memory_desc_create_with_tag',
    dimensions.length,
    room.address,
    dataTypes[type],
    tag,
  )
}

/** Small numbers of a type, none of them 0: zeros are faster. */
function filled(bytes: number, type: DataType): Block {
  const block = memory.allocate(bytes)
  const count = Math.floor(bytes / elementBytes[type])
  if (type === 'f32') {
    const view = block.floats(count)
    for (let i = 0; i < count; i++) view[i] = 1 + random(i)
  } else {
    const view = block.octets(bytes)
    // bfloat16 between 1 and 2: its upper byte is 0x3f, the lower at least 0x80
    for (let i = 0; i < bytes; i++)
      view[i] = type === 'bf16' && i % 2 === 1 ? 0x3f : 0x80 + Math.floor(127 * random(i))
  }
  return block
}

/** Operations a second of x * w; undefined where the library has no such product. */
function peak(source: DataType, weights: DataType, result: DataType): number {
  const rows = descriptor([m, k], source, tags.rows)
  const product = engine.made(
    'dnnl_matmul_primitive_desc_create',
    engine.handle,
    rows,
    descriptor([k, n], weights, tags.any),
    0,
    descriptor([m, n], result, tags.rows),
    0,
  )
  const primitive = engine.made('dnnl_primitive_create', product)
  const parts = [
    { place: argument.source, of: query.source, type: source },
    { place: argument.weights, of: query.weights, type: weights },
    { place: argument.destination, of: query.destination, type: result },
  ]
  const list = memory.allocate(16 * parts.length)
  const words = list.integers(4 * parts.length)
  for (const [i, { place, of, type }] of parts.entries()) {
    const own = dnnl.dnnl_primitive_desc_query_md(product, of, 0)
    const block = filled(dnnl.dnnl_memory_desc_get_size(own), type)
    words[4 * i] = place
    writeAddress(words, 2 * i + 1, engine.made('dnnl_memory_create', own, engine.handle, block.address))
  }
  let best = Number.POSITIVE_INFINITY
  const began = performance.now()
  for (let runs = 0; runs < 5 || performance.now() - began < 1500; runs++) {
    const before = performance.now()
    engine.call('dnnl_primitive_execute', primitive, engine.stream, parts.length, list.address)
    engine.call('dnnl_stream_wait', engine.stream)
    best = Math.min(best, performance.now() - before)
  }
  return (2 * m * k * n) / (best / 1000)
}

const product_flops = {
  float32: peak('f32', 'f32', 'f32'),
  bf16: peak('bf16', 'bf16', 'f32'),
  int8: peak('u8', 's8', 'f32'),
}
process.stdout.write(
  `${JSON.stringify({ product_flops, peak_bytes: process.resourceUsage().maxRSS * 1024 })}\n`,
)
process.exit(0)
