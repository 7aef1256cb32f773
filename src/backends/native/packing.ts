/**
 * Weights in the order that oneDNN's products read fastest. The library is queried once for each shape. A
 * frozen weight is packed once. A trained one is packed after each update, and only in bf16, where it has to
 * be converted anyway.
 */
import { at } from '../tfjs/layout.ts'
import { argument, query } from './bindings.ts'
import { described, type Layout, layoutKey, type Packed } from './descriptors.ts'
import type { Engine } from './engine.ts'
import type { Primitives } from './primitives.ts'

/** As many rows as make the library choose for large products. */
const manyRows = 1024

export class Packing {
  private readonly engine: Engine
  private readonly primitives: Primitives
  private readonly forms = new Map<string, Packed | undefined>()

  constructor(engine: Engine, primitives: Primitives) {
    this.engine = engine
    this.primitives = primitives
  }

  /** The order for weights of a shape [depth, columns]; undefined where the one that they have is it. */
  formOf(weights: Layout): Packed | undefined {
    const key = layoutKey(weights)
    if (!this.forms.has(key)) this.forms.set(key, this.ask(weights))
    return this.forms.get(key)
  }

  /** Copies weights into another order. */
  pack(weights: Layout, form: Packed, from: number, to: number): void {
    this.copy(weights, { ...weights, strides: form }, from, to)
  }

  /** The backward pass. */
  unpack(form: Packed, weights: Layout, from: number, to: number): void {
    this.copy({ ...weights, strides: form }, weights, from, to)
  }

  dispose(): void {
    for (const form of this.forms.values())
      if (form !== undefined) this.engine.call('dnnl_memory_desc_destroy', form.descriptor)
    this.forms.clear()
  }

  private ask(weights: Layout): Packed | undefined {
    const { engine } = this
    const { dnnl } = engine
    const depth = at(weights.shape, 0)
    const columns = at(weights.shape, 1)
    const bytes = weights.type === 's8'
    const rows = (size: number, type: Layout['type']): Layout => ({
      shape: [manyRows, size],
      strides: [size, 1],
      type,
    })
    return described(
      engine,
      [
        rows(depth, bytes ? 'u8' : weights.type),
        { ...weights, strides: 'any' },
        rows(columns, bytes ? 's32' : 'f32'),
        weights,
      ],
      ([source = 0, open = 0, result = 0, own = 0]) => {
        const description = engine.made(
          'dnnl_matmul_primitive_desc_create',
          engine.handle,
          source,
          open,
          0,
          result,
          0,
        )
        try {
          const chosen = dnnl.dnnl_primitive_desc_query_md(description, query.weights, 0)
          if (dnnl.dnnl_memory_desc_equal(chosen, own) !== 0) return undefined
          return {
            descriptor: engine.made('dnnl_memory_desc_clone', chosen),
            bytes: dnnl.dnnl_memory_desc_get_size(chosen),
            name: `packed ${this.forms.size}`,
          }
        } finally {
          engine.call('dnnl_primitive_desc_destroy', description)
        }
      },
    )
  }

  /** Copies values into another order, or type. */
  copy(from: Layout, to: Layout, source: number, destination: number): void {
    const { engine } = this
    const recipe = {
      description: () =>
        described(engine, [from, to], ([a = 0, b = 0]) =>
          engine.made('dnnl_reorder_primitive_desc_create', a, engine.handle, b, engine.handle, 0),
        ),
      arguments: (description: number) =>
        [
          { place: argument.source, of: query.source },
          { place: argument.destination, of: query.destination },
        ].map(({ place, of }) => ({
          place,
          descriptor: engine.dnnl.dnnl_primitive_desc_query_md(description, of, 0),
        })),
    }
    this.primitives.of(`reorder ${layoutKey(from)} ${layoutKey(to)}`, recipe).run([source, destination])
  }
}
