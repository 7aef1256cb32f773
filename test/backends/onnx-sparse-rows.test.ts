/** Gradients of large tables on ONNX Runtime: models give their rows, and everything is as if zeros stood between them. */
import { describe, expect, it } from 'vitest'
import { createRunner } from '../../src/backends/index.ts'
import { RowSum } from '../../src/backends/onnxruntime/row-sum.ts'
import { hostUpdates } from '../../src/backends/wasm/host-update.ts'
import { gradientName } from '../../src/graph/gradient-name.ts'
import type { Runner } from '../../src/run/runner.ts'
import { describeProvider } from '../run/backends.ts'
import { data } from './linear-weights.ts'
import {
  type Course,
  courses,
  gradients,
  requestOf,
  rows,
  tableGradient,
  trained,
  width,
} from './sparse-rows.ts'

/** Updates that are left to the host there. */
const elsewhere: ReadonlySet<Course['kind']> = new Set(['sgd', 'lamb'])
const own = courses.filter(([, { kind }]) => !elsewhere.has(kind))

describe('a sum of rows', () => {
  const table = { rows: 90, width: 100, padding: 3 }
  const ids = Int32Array.of(5, 88, 3, 5, -1, 41, 90, 88)
  const values = data(ids.length * table.width, 4)
  const whole = (): Float32Array => {
    const sum = new Float32Array(table.rows * table.width)
    for (const [n, id] of ids.entries())
      if (id >= 0 && id < table.rows && id !== table.padding)
        for (let i = 0; i < table.width; i++)
          sum[id * table.width + i] = (sum[id * table.width + i] ?? 0) + (values[n * table.width + i] ?? 0)
    return sum
  }

  it('is that of the rows of an id in their order, without padding and ids outside', () => {
    expect(new RowSum(table, { ids, values }).whole()).toEqual(whole())
  })

  it('adds the rows of another run as their sum', () => {
    const sum = new RowSum(table, { ids, values })
    const more = { ids: Int32Array.of(7, 5, 7), values: data(3 * table.width, 5) }
    const other = new RowSum(table, more).whole()
    sum.add(more)
    expect(sum.whole()).toEqual(whole().map((x, i) => Math.fround(x + (other[i] ?? 0))))
    expect(sum.row(6)).toBeUndefined()
    expect(sum.row(7)).toEqual(other.slice(700, 800))
  })

  it('has the squares of the whole table, to the bit', () => {
    const squares = hostUpdates()?.squares
    if (squares === undefined) throw new Error('no vectors where these tests run')
    const sum = new RowSum(table, { ids, values })
    expect(sum.overPieces(squares)).toBe(squares(whole()))
    expect(sum.overPieces(squares)).toBeGreaterThan(0)
  })
})

describeProvider('onnxruntime', 'onnxruntime', () => {
  const open = async (use: (runner: Runner) => void): Promise<void> => {
    const runner = await createRunner('onnxruntime')
    try {
      use(runner)
    } finally {
      runner.dispose()
    }
  }

  it.each(own)('train as the whole table does: %s', async (_title, course) => {
    await open((runner) => expect(trained(runner, course, false)).toEqual(trained(runner, course, true)))
  })

  it('are whole for who asks for them', async () => {
    await open((runner) => {
      const graph = tableGradient()
      const request = requestOf(1, false)
      runner.updater?.accumulate(graph, request, gradients)
      const sum = runner.updater?.gradient('table')
      runner.updater?.discard()
      expect(sum).toHaveLength(rows * width)
      expect(runner.run(graph, request).get(gradientName('table'))?.data).toEqual(sum)
    })
  })
})
