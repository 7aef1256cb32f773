/**
 * Every op of the graph in operators of the standard: that there are some, that they are of a set of operators
 * that ONNX Runtime 1.17 reads, and that they compute the op. A new op without them fails here.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { Feed } from '../../src/backends/onnxruntime/feeds.ts'
import { ModelFile } from '../../src/backends/onnxruntime/model-file.ts'
import { type OpKey, ops } from '../../src/graph/ops/index.ts'
import { concreteShape, concreteSize } from '../../src/graph/type.ts'
import { sizeInput } from '../../src/onnx/onnx-graph.ts'
import { modelBytes } from '../../src/onnx/protobuf.ts'
import { standardFormat } from '../../src/onnx/standard.ts'
import { batchInput, parameterInput, translate } from '../../src/onnx/translate.ts'
import { cases } from '../ops/cases/index.ts'
import { output, trial } from '../ops/trial.ts'
import { environment } from '../ops/typed.ts'
import { problemsOf, readModel } from './read-model.ts'

/** Random, and so in no forward pass. */
const inTrainingOnly: readonly OpKey[] = ['dropout_mask', 'dropout_keep']

const folder = mkdtempSync(path.join(tmpdir(), 'distill-operators-'))
afterAll(() => rmSync(folder, { recursive: true }))

const tried = Object.keys(ops).flatMap((op) =>
  inTrainingOnly.some((one) => one === op)
    ? []
    : (cases[op] ?? []).map((one) => [op, one.title, one] as const),
)

describe('each op has operators of the standard that compute it', () => {
  it('there is a case of each', () => {
    const names = new Set(tried.map(([op]) => op))
    expect(Object.keys(ops).filter((op) => !names.has(op))).toEqual(inTrainingOnly)
  })
  it.each(tried)('%s %s', async (op, _title, one) => {
    const { builder, leaves, node, values: drawn } = trial(op, one)
    const values = new Map(
      leaves.map((leaf, k) => {
        const { data, shape } = drawn.get(`${k}`) ?? { data: new Float64Array(0), shape: [] }
        return [`${k}`, { shape, data: leaf.type.dtype === 'i32' ? data.map(Math.round) : data }]
      }),
    )
    const { sizes } = environment
    const y = node.type.dtype === 'f32' ? node : builder.add('cast', [node], { dtype: 'f32' })
    const graph = builder.finish(op, new Map([['y', y]]))
    const { model, ...translated } = translate(graph, { sizes, held: () => undefined })
    const file = path.join(folder, 'op.onnx')
    const bytes = modelBytes(model, standardFormat(model))
    expect(problemsOf(readModel(bytes))).toEqual([])
    writeFileSync(file, bytes)
    const feeds = new Map<string, Feed>(
      translated.sizes.map((symbol) => [
        sizeInput(symbol),
        { type: 'i64', data: BigInt64Array.of(BigInt(concreteSize(symbol, sizes))), shape: [1] },
      ]),
    )
    leaves.forEach((leaf, k) => {
      const { data, shape } = values.get(`${k}`) ?? { data: new Float64Array(0), shape: [] }
      const name = leaf.type.dtype === 'f32' ? parameterInput(`${k}`) : batchInput(`${k}`)
      const typed = { f32: Float32Array, i32: Int32Array, bool: Uint8Array }[leaf.type.dtype].from(data)
      feeds.set(name, { type: leaf.type.dtype, data: typed, shape })
    })
    const expected = output(graph, values, 'y')
    const session = await ModelFile.open(
      file,
      model.inputs.map(({ name }) => name),
      ['y'],
      1,
    )
    try {
      const [actual] = session.run(feeds, [concreteShape(node.type, sizes)])
      const largest = expected.data.reduce((most, x) => Math.max(most, Math.abs(x)), 1)
      expected.data.forEach((x, i) => {
        expect(Math.abs((actual?.data[i] ?? Number.NaN) - x), `${i}`).toBeLessThan(2e-6 * largest)
      })
    } finally {
      session.close()
    }
  })
})
