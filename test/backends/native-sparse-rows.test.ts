/** Gradients of tables of which few rows are looked up: rows that no id names are left out, and everything is as if they were zeros. */
import { describe, expect, it } from 'vitest'
import { addressOf, blockOf } from '../../src/backends/foreign/held.ts'
import { nativeRunner } from '../../src/backends/native/index.ts'
import { nativeParts } from '../../src/backends/native/parts.ts'
import { gradientName } from '../../src/graph/gradient-name.ts'
import type { Held } from '../../src/run/device.ts'
import { hostView } from '../../src/run/host.ts'
import { deviceDType, siteOf } from '../../src/run/site.ts'
import { describeProvider } from '../run/backends.ts'
import { courses, gradients, padding, requestOf, rows, tableGradient, trained } from './sparse-rows.ts'

function never(): never {
  throw new Error('no form of a parameter is asked for')
}

describeProvider('native', 'native', () => {
  describe('rows of a table without a gradient', () => {
    it.each(courses)('are left out, and nothing changes by it: %s', async (_title, course) => {
      const runner = await nativeRunner({ threads: 2 })
      try {
        const all = trained(runner, course, true)
        expect(trained(runner, course, false)).toEqual(all)
      } finally {
        runner.dispose()
      }
    })

    it('are zeros for who reads them, and for sums with all rows', async () => {
      const runner = await nativeRunner({ threads: 2 })
      try {
        const graph = tableGradient()
        // What lay in this memory before is not zeros.
        const read = (whole: boolean, ...batches: readonly number[]): Float32Array | undefined => {
          for (const batch of batches) runner.updater?.accumulate(graph, requestOf(batch, whole), gradients)
          const sum = runner.updater?.gradient('table').slice()
          runner.updater?.discard()
          return sum
        }
        const once = read(true, 1)
        read(true, 2)
        expect(read(false, 1)).toEqual(once)
        expect(runner.run(graph, requestOf(1, false)).get(gradientName('table'))?.data).toEqual(once)
        expect(read(false, 1, 2, 3)).toEqual(read(true, 1, 2, 3))
        const { updater } = runner
        updater?.accumulate(graph, requestOf(1, false), gradients)
        updater?.accumulate(graph, requestOf(2, true), gradients)
        const both = updater?.gradient('table').slice()
        updater?.discard()
        expect(both).toEqual(read(true, 1, 2))
      } finally {
        runner.dispose()
      }
    })

    it('are left out where few positions read a large table, until somebody asks where it lies', async () => {
      const parts = await nativeParts({ threads: 2 })
      const run = (whole: boolean): Held => {
        const { sizes, inputs, random } = requestOf(1, whole)
        const [node] = tableGradient().outputs.values()
        if (node === undefined) throw new Error('the graph has an output')
        const given = [...inputs.values()].map(({ dtype, shape, data }) =>
          parts.device.upload(hostView(dtype, data), shape, deviceDType(dtype)),
        )
        const step = parts.kernels.lookup_gradient?.(siteOf(node, sizes))
        if (step === undefined) throw new Error('there is a compiler where these tests run')
        return step(given, { device: parts.device, random, over: undefined, derived: () => never() })
      }
      try {
        expect(blockOf(run(true)).sparse).toBeUndefined()
        const held = run(false)
        const marks = blockOf(held).sparse?.written.marks.octets(rows) ?? []
        const ids = new Set(requestOf(1, false).inputs.get('ids')?.data)
        ids.delete(padding)
        expect([...marks].flatMap((mark, row) => (mark === 0 ? [] : [row]))).toEqual(
          [...ids].sort((a, b) => a - b),
        )
        addressOf(held)
        expect(blockOf(held).sparse).toBeUndefined()
      } finally {
        parts.dispose()
      }
    })
  })
})
