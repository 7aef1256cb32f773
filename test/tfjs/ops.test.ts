/**
 * Every op in public operations of TensorFlow.js, on its own `cpu` backend: the same bits as our kernels of `cpu`, of which an exported trainer's
 * promise is made.
 */
import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRunner } from '../../src/backends/index.ts'
import { type OpKey, ops } from '../../src/graph/ops/index.ts'
import { concreteShape } from '../../src/graph/type.ts'
import type { Runner } from '../../src/run/runner.ts'
import { tfDType } from '../../src/tfjs/call.ts'
import { rules } from '../../src/tfjs/rules.ts'
import { shapeOf, Tracer } from '../../src/tfjs/tracer.ts'
import { cases } from '../ops/cases/index.ts'
import { trial } from '../ops/trial.ts'
import { random, sizes } from '../ops/typed.ts'
import { requestOf } from '../run/compare.ts'
import { wideCases } from '../run/wide-cases.ts'
import { runCalls } from './run-calls.ts'

const names = Object.keys(ops) as OpKey[]
const all = names.flatMap((op) =>
  [...(cases[op] ?? []), ...(wideCases[op] ?? [])].map((one) => ({ op, title: one.title, one })),
)

describe('in calls of TensorFlow.js', () => {
  let runner: Runner
  beforeAll(async () => {
    await tf.setBackend('cpu')
    runner = await createRunner('cpu')
  })
  afterAll(() => runner.dispose())

  it.each(all)('$op $title', ({ op, title, one }) => {
    const { builder, node, leaves, values } = trial(op, one)
    const request = requestOf(builder.finish('case', new Map([['result', node]])), values, sizes)
    const graph = builder.finish('case', new Map([['result', node]]))
    const precise = node.attributes.precision !== undefined
    const tracer = new Tracer()
    const inputs = leaves.map(({ type }, input) => ({
      tensor: { shape: shapeOf(type), dtype: type.dtype, from: { input } },
      type,
    }))
    const trace = () => rules[op]({ tracer, op, inputs, attributes: node.attributes, type: node.type })
    if (precise) {
      expect(trace).toThrow('TensorFlow.js has no product in')
      return
    }
    const tensors = leaves.map(({ type }, i) =>
      tf.tensor([...(values.get(String(i))?.data ?? [])], concreteShape(type, sizes), tfDType(type.dtype)),
    )
    if (op === 'lookup_gradient' && title.includes('out of range')) {
      // A lookup of such an id has failed before.
      expect(() => runCalls(trace(), tensors, { sizes, random })).toThrow('Invalid indices')
      return
    }
    const given = runCalls(trace(), tensors, { sizes, random })
    const expected = runner.run(graph, request).get('result')
    expect(given.dtype).toBe(tfDType(node.type.dtype))
    expect(given.shape).toEqual(expected?.shape)
    // + 0: a zero has no sign here.
    expect(Array.from(given.dataSync(), (x) => x + 0)).toEqual(Array.from(expected?.data ?? [], (x) => x + 0))
  })
})
