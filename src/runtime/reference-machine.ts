/** Runs the steps of a trainer program in float64, by each operation's own evaluation: the oracle, and what counts denominators exactly. */
import type { TensorType } from '../graph/graph.ts'
import type { HostData, HostTensor } from '../run/runner.ts'
import { definitionOf, operations, typeOf } from './types.ts'
import type { Kernels, Machine, StepRequest, Value } from './value.ts'

export function referenceMachine(): Machine {
  return {
    name: 'reference',
    run(step, request) {
      const outputs = new Map<string, HostTensor>()
      step(kernels(request, outputs))
      return outputs
    },
    memory: () => ({ tensors: 0, bytes: 0 }),
    dispose() {},
  }
}

function kernels(request: StepRequest, outputs: Map<string, HostTensor>): Kernels {
  const kept = (type: TensorType, shape: readonly number[], values: ArrayLike<number>): Value => ({
    type,
    content: { shape, data: Float64Array.from(values) },
    kept: true,
  })
  return {
    op: operations((name, inputs, attributes) => {
      const definition = definitionOf(name)
      const types = inputs.map(({ type }) => type)
      const type = definition.infer(types, attributes)
      const operands = inputs.map((input) => ({ value: contentOf(input), type: input.type }))
      return { type, content: definition.evaluate(operands, attributes, type, request), kept: false }
    }),
    input: (name, dtype, axes) => {
      const given = request.inputs.get(name)
      if (given === undefined) throw new Error(`input ${name} was not given`)
      return kept(typeOf(dtype, axes), given.shape, given.data)
    },
    parameter: (key, axes) => {
      const { shape, data } = request.parameter(key)
      return kept(typeOf('f32', axes), shape, data)
    },
    constant: (value) => kept(typeOf('f32', {}), [], [value]),
    vector: (axis, values) => kept(typeOf('f32', { [axis]: values.length }), [values.length], values),
    output: (name, value) => {
      const { shape, data } = contentOf(value)
      const { dtype } = value.type
      const made: { readonly [kind in typeof dtype]: () => HostData } = {
        f32: () => Float64Array.from(data),
        i32: () => Int32Array.from(data),
        bool: () => Uint8Array.from(data),
      }
      outputs.set(name, { dtype, shape, data: made[dtype]() })
    },
    release() {},
  }
}

function contentOf({ content }: Value): Extract<Value['content'], { data: Float64Array }> {
  if ('data' in content) return content
  throw new Error('the reference reads a value of a device')
}
