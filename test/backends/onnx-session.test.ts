/** Sessions of ONNX Runtime by its C API: what they say of what they do not take, and what is left of them. */

import { afterAll, expect, it } from 'vitest'
import { createRunner } from '../../src/backends/index.ts'
import { runtimeFormat } from '../../src/backends/onnxruntime/model-format.ts'
import { Runtime } from '../../src/backends/onnxruntime/runtime.ts'
import { Session } from '../../src/backends/onnxruntime/session.ts'
import { OnnxGraph } from '../../src/onnx/onnx-graph.ts'
import { modelBytes } from '../../src/onnx/protobuf.ts'
import { graphOf, requestOf, weightsOf } from './linear-weights.ts'

const runtime = await Runtime.open()
afterAll(() => runtime.dispose())

const options = { threads: 1, provider: 'cpu' }

function doubled(): Session {
  const onnx = new OnnxGraph()
  const x = onnx.input('x', 'f32', ['B', 3])
  onnx.output('y', onnx.node('Add', [x, x]), 'f32', ['B', 3])
  return new Session(runtime, modelBytes(onnx.model('doubled'), runtimeFormat), options, ['x'], ['y'])
}

it('writes where it is told to', () => {
  const session = doubled()
  const [x, y] = [Float32Array.of(1, 2, 3, 4, 5, 6), new Float32Array(6)]
  const values = [x, y].map((array) => runtime.valueOf('f32', array, [2, 3]))
  expect(session.run(values.slice(0, 1), values.slice(1))).toEqual(values.slice(1))
  expect([...y]).toEqual([2, 4, 6, 8, 10, 12])
  for (const value of values) runtime.functions.releaseValue(value)
  session.release()
})

it('gives a value of its own where none is given', () => {
  const session = doubled()
  const x = Float32Array.of(1, 2, 3)
  const value = runtime.valueOf('f32', x, [1, 3])
  const [made = 0] = session.run([value], [0])
  const address = runtime.made((out) => runtime.functions.getTensorMutableData(made, out))
  expect([...new Float32Array(runtime.view(address, 12))]).toEqual([2, 4, 6])
  for (const one of [value, made]) runtime.functions.releaseValue(one)
  session.release()
})

it('says what ONNX Runtime says: of a shape, of a model, of a file', () => {
  const session = doubled()
  const value = runtime.valueOf('f32', new Float32Array(4), [2, 2])
  expect(() => session.run([value], [0])).toThrow(/invalid dimensions.*x/is)
  runtime.functions.releaseValue(value)
  session.release()
  const open = (model: Uint8Array | string) => () => new Session(runtime, model, options, ['x'], ['y'])
  expect(open(Uint8Array.of(1, 2, 3))).toThrow(/protobuf|parsing/i)
  expect(open('/nowhere/model.onnx')).toThrow(/\/nowhere\/model\.onnx/)
})

it('a runner that was closed is closed once, and runs nothing', async () => {
  const sizes = { rows: 2, units: 3, out: 4 }
  const runner = await createRunner('onnxruntime')
  const [plan, request] = [graphOf(sizes), requestOf(sizes, weightsOf(sizes))]
  expect(runner.run(plan, request).get('y')?.shape).toEqual([2, 4])
  runner.dispose()
  runner.dispose()
  expect(() => runner.run(plan, request)).toThrow('onnxruntime: a graph was run after the backend was closed')
  expect(runner.memory()).toEqual({ tensors: 0, bytes: 0 })
})
