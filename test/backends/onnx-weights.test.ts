/** Weights that no step changes: ONNX Runtime has them once, the host gives its copy up, and reads them back from the model's file. */
import { readdirSync, readlinkSync } from 'node:fs'

import { describe, expect, it } from 'vitest'
import { largeFileFolder } from '../../src/backends/foreign/large-files.ts'
import { createRunner } from '../../src/backends/index.ts'
import { createReferenceRunner } from '../../src/backends/reference/runner.ts'
import type { Graph } from '../../src/graph/graph.ts'
import { ops } from '../../src/graph/ops/index.ts'
import { bytesOf } from '../../src/onnx/onnx-graph.ts'
import type { Runner, RunRequest } from '../../src/run/runner.ts'
import { graphOf, requestOf, weightsOf } from './linear-weights.ts'

// 17.6 MiB of weights: enough to go through a file
const sizes = { rows: 3, units: 2200, out: 2100 }
const { rows, units, out } = sizes

function expectSame(runner: Runner, plan: Graph, request: RunRequest): void {
  const expected = createReferenceRunner(ops).run(plan, request).get('y')?.data ?? []
  const actual = runner.run(plan, request).get('y')?.data ?? []
  expect(actual.length).toBe(rows * out)
  const difference = Array.from(actual, (value, i) => Math.abs(value - (expected[i] ?? Number.NaN)))
  expect(Math.max(...difference)).toBeLessThan(1e-4)
}

const equal = (a: Float32Array, b: Float32Array): boolean => Buffer.compare(bytesOf(a), bytesOf(b)) === 0

const folders = (): number =>
  readdirSync(largeFileFolder()).filter((name) => name.startsWith('distill-model-')).length

/** Files that have no name any more, where the system tells. */
const openFiles = (): number =>
  process.platform === 'linux'
    ? readdirSync('/proc/self/fd').filter((name) => targetOf(name).includes('weights.bin')).length
    : 0

function targetOf(descriptor: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`)
  } catch {
    return ''
  }
}

describe('large weights on onnxruntime', () => {
  it('leave the host, come back as they were, and leave no file', async () => {
    const before = folders()
    const runner = await createRunner('onnxruntime')
    const weights = weightsOf(sizes)
    const { W } = weights
    const host = W.data
    const plan = graphOf(sizes)
    expectSame(runner, plan, requestOf(sizes, weights))
    // `read` gives the host's own array where there is one
    expect(W.read() === host).toBe(false)
    expect(equal(W.read(), host)).toBe(true)
    runner.dispose()
    expect(equal(W.data, host)).toBe(true)
    expect(folders()).toBe(before)
  })

  it('stay in their file when the model is given up, until another model has them', async () => {
    const files = openFiles()
    const runner = await createRunner('onnxruntime')
    const weights = weightsOf(sizes)
    const { W } = weights
    const host = W.data
    const [plan, other] = [graphOf(sizes), graphOf(sizes)]
    expectSame(runner, plan, requestOf(sizes, weights))
    const held = openFiles()
    runner.forget?.(plan)
    expect(W.read() === host).toBe(false)
    expect(equal(W.read(), host)).toBe(true)
    for (const graph of [other, plan]) {
      expectSame(runner, graph, requestOf(sizes, weights))
      runner.forget?.(graph)
      expect(openFiles()).toBe(held)
      expect(equal(W.read(), host)).toBe(true)
    }
    runner.dispose()
    expect(equal(W.data, host)).toBe(true)
    expect(openFiles()).toBe(files)
  })

  it('are gone with their owner', async () => {
    const runner = await createRunner('onnxruntime')
    const files = openFiles()
    const weights = weightsOf(sizes)
    const plan = graphOf(sizes)
    expectSame(runner, plan, requestOf(sizes, weights))
    runner.forget?.(plan)
    weights.W.release()
    expect(openFiles()).toBe(files)
    runner.dispose()
  })

  it('stay with the host where no file can be written', async () => {
    const folder = process.env.TMPDIR
    process.env.TMPDIR = '/nowhere'
    const runner = await createRunner('onnxruntime')
    const weights = weightsOf(sizes)
    const { W } = weights
    const host = W.data
    try {
      expectSame(runner, graphOf(sizes), requestOf(sizes, weights))
      expect(W.read() === host).toBe(true)
    } finally {
      runner.dispose()
      if (folder === undefined) delete process.env.TMPDIR
      else process.env.TMPDIR = folder
    }
  })

  it('are used as changed', async () => {
    const runner = await createRunner('onnxruntime')
    const weights = weightsOf(sizes)
    const { W } = weights
    const plan = graphOf(sizes)
    expectSame(runner, plan, requestOf(sizes, weights))
    W.edit((values) => {
      values[0] = 2
      values[units] = -3
    })
    expectSame(runner, plan, requestOf(sizes, weights))
    runner.dispose()
    expect(W.data[0]).toBe(2)
  })
})
