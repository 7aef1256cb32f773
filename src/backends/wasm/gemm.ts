/**
 * C = A B + bias in float32 vectors, for one matrix: A by any strides, B packed strip by strip into eight
 * columns side by side, C row by row. Four rows and eight columns of C stay in registers. It exists because
 * XNNPACK, behind tfjs, is used only for single products of untransposed matrices, and repacks the right
 * operand at each of them.
 */
import {
  type Assembler,
  block,
  type Code,
  f32,
  f32x4,
  i32,
  type Local,
  locals,
  loopWhile,
  v128,
  when,
} from './assembler.ts'

const four = i32.const(4)

/** Rows of C held in registers. */
const tileRows = 4
/** Columns of C held in registers. */
export const tileColumns = 8

/**
 * `pack(b, alongStride, columnStride, depth, columns, out)`: a strip of up to eight columns of B as
 * [depth][8], with zeros for missing columns. Strides are in bytes.
 */
export function addPack(assembler: Assembler): void {
  assembler.function(
    'pack',
    { b: 'i32', alongStride: 'i32', columnStride: 'i32', depth: 'i32', columns: 'i32', out: 'i32' },
    ({ b, alongStride, columnStride, depth, columns, out }, local) => {
      const k = local('i32')
      const c = local('i32')
      const p = local('i32')
      const { t0, t1, t2, t3 } = locals(local, 'v128', 't0', 't1', 't2', 't3')
      const whole = block(
        k.set(depth.get),
        loopWhile(
          k.get,
          block(
            v128.store(out.get, v128.load(b.get)),
            v128.store(out.get, v128.load(b.get, 16), 16),
            b.set(i32.add(b.get, alongStride.get)),
            out.set(i32.add(out.get, i32.const(32))),
            k.set(i32.sub(k.get, i32.const(1))),
          ),
        ),
      )
      const single = block(
        k.set(depth.get),
        loopWhile(
          k.get,
          block(
            v128.store(out.get, v128.floats(0)),
            v128.store(out.get, v128.floats(0), 16),
            c.set(i32.const(0)),
            p.set(b.get),
            loopWhile(
              i32.ltS(c.get, columns.get),
              block(
                f32.store(i32.add(out.get, i32.shl(c.get, i32.const(2))), f32.load(p.get)),
                p.set(i32.add(p.get, columnStride.get)),
                c.set(i32.add(c.get, i32.const(1))),
              ),
            ),
            b.set(i32.add(b.get, alongStride.get)),
            out.set(i32.add(out.get, i32.const(32))),
            k.set(i32.sub(k.get, i32.const(1))),
          ),
        ),
      )
      const dense = i32.and(i32.eq(columns.get, i32.const(tileColumns)), i32.eq(columnStride.get, four))
      const across = i32.and(i32.eq(columns.get, i32.const(tileColumns)), i32.eq(alongStride.get, four))
      // Neighbours along the depth: four of them from eight columns at a time, turned around in registers;
      // the rest one by one.
      const halves = [0, 4].map((first) => ({ first, v: locals(local, 'v128', 'a', 'b', 'c', 'd') }))
      const turn = halves.flatMap(({ first, v }): Code[] => {
        const low = (x: Local, y: Local): Code => v128.lanes(x.get, y.get, [0, 4, 1, 5])
        const high = (x: Local, y: Local): Code => v128.lanes(x.get, y.get, [2, 6, 3, 7])
        const store = (row: number, value: Code): Code => v128.store(out.get, value, row * 32 + first * 4)
        return [
          t0.set(low(v.a, v.b)),
          t1.set(low(v.c, v.d)),
          t2.set(high(v.a, v.b)),
          t3.set(high(v.c, v.d)),
          store(0, v128.lanes(t0.get, t1.get, [0, 1, 4, 5])),
          store(1, v128.lanes(t0.get, t1.get, [2, 3, 6, 7])),
          store(2, v128.lanes(t2.get, t3.get, [0, 1, 4, 5])),
          store(3, v128.lanes(t2.get, t3.get, [2, 3, 6, 7])),
        ]
      })
      const turned = loopWhile(
        i32.geS(depth.get, four),
        block(
          p.set(b.get),
          ...halves
            .flatMap(({ v }) => [v.a, v.b, v.c, v.d])
            .map((column) => block(column.set(v128.load(p.get)), p.set(i32.add(p.get, columnStride.get)))),
          ...turn,
          b.set(i32.add(b.get, i32.const(16))),
          out.set(i32.add(out.get, i32.const(128))),
          depth.set(i32.sub(depth.get, four)),
        ),
      )
      return when(dense, whole, block(when(across, turned), single))
    },
  )
}

/**
 * `strip(a, rowStride, alongStride, packed, depth, rows, columns, c, cRowStride, bias, edge)`: all rows of C
 * for one packed strip. `bias` is the address of eight numbers, or 0; `edge` that of room for 8 numbers, used
 * where the strip has fewer columns than eight.
 */
export function addStrip(assembler: Assembler): void {
  const mr = tileRows
  assembler.function(
    'strip',
    {
      a: 'i32',
      rowStride: 'i32',
      alongStride: 'i32',
      packed: 'i32',
      depth: 'i32',
      rows: 'i32',
      columns: 'i32',
      c: 'i32',
      cRowStride: 'i32',
      bias: 'i32',
      edge: 'i32',
    },
    ({ a, rowStride, alongStride, packed, depth, rows, columns, c, cRowStride, bias, edge }, local) => {
      const tile = Array.from({ length: mr }, () => ({
        ...locals(local, 'i32', 'from', 'to'),
        ...locals(local, 'v128', 'left', 'right'),
      }))
      const b0 = local('v128')
      const b1 = local('v128')
      const x = local('v128')
      const start0 = local('v128')
      const start1 = local('v128')
      const i = local('i32')
      const k = local('i32')
      const q = local('i32')
      const p = local('i32')
      // A row beyond the last is the last once more: computed twice, stored twice, no edge case.
      const pointers = tile.map(({ from, to }, r): Code => {
        const row = r === 0 ? i.get : q.get
        return block(
          r === 0 ? [] : q.set(i32.add(i.get, i32.const(r))),
          r === 0 ? [] : q.set(i32.select(i32.ltS(q.get, rows.get), q.get, i32.sub(rows.get, i32.const(1)))),
          from.set(i32.add(a.get, i32.mul(row, rowStride.get))),
          to.set(i32.add(c.get, i32.mul(row, cRowStride.get))),
        )
      })
      const inner = block(
        b0.set(v128.load(p.get)),
        b1.set(v128.load(p.get, 16)),
        ...tile.map(({ from, left, right }) =>
          block(
            x.set(v128.loadSplat(from.get)),
            left.set(f32x4.add(left.get, f32x4.mul(x.get, b0.get))),
            right.set(f32x4.add(right.get, f32x4.mul(x.get, b1.get))),
            from.set(i32.add(from.get, alongStride.get)),
          ),
        ),
        p.set(i32.add(p.get, i32.const(32))),
        k.set(i32.sub(k.get, i32.const(1))),
      )
      const storeEdge = tile.map(({ to, left, right }) =>
        block(
          v128.store(edge.get, left.get),
          v128.store(edge.get, right.get, 16),
          q.set(i32.const(0)),
          loopWhile(
            i32.ltS(q.get, i32.shl(columns.get, i32.const(2))),
            block(
              f32.store(i32.add(to.get, q.get), f32.load(i32.add(edge.get, q.get))),
              q.set(i32.add(q.get, four)),
            ),
          ),
        ),
      )
      const storeWhole = tile.map(({ to, left, right }) =>
        block(v128.store(to.get, left.get), v128.store(to.get, right.get, 16)),
      )
      return block(
        when(bias.get, block(start0.set(v128.load(bias.get)), start1.set(v128.load(bias.get, 16)))),
        i.set(i32.const(0)),
        loopWhile(
          i32.ltS(i.get, rows.get),
          block(
            ...pointers,
            ...tile.map(({ left, right }) => block(left.set(start0.get), right.set(start1.get))),
            p.set(packed.get),
            k.set(depth.get),
            loopWhile(k.get, inner),
            when(i32.eq(columns.get, i32.const(tileColumns)), block(...storeWhole), block(...storeEdge)),
            i.set(i32.add(i.get, i32.const(mr))),
          ),
        ),
      )
    },
  )
}
