/**
 * Runs the steps of a trainer program in float64, by each operation's own evaluation: the oracle, and what
 * counts denominators exactly.
 */
import type { ReferenceValue, TensorType } from '../graph/graph.ts'
import type { HostData, HostTensor } from '../run/runner.ts'
import { definitionOf, operations, parameterType, typeOf } from './types.ts'
import type { Kernels, Machine, Operand, StepRequest, Value } from './value.ts'

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
  const made = (type: TensorType, content: ReferenceValue, parameter?: string): Value => ({
    type,
    content,
    ...(parameter === undefined ? {} : { parameter }),
    [Symbol.dispose]() {},
  })
  const held = (type: TensorType, shape: readonly number[], values: ArrayLike<number>, parameter?: string) =>
    made(type, { shape, data: Float64Array.from(values) }, parameter)
  const constant = (value: number): Value => held(typeOf('f32', {}), [], [value])
  const output = (name: string, given: Operand): void => {
    const value = typeof given === 'number' ? constant(given) : given
    const { shape, data } = contentOf(value)
    const { dtype } = value.type
    const copies: { readonly [kind in typeof dtype]: () => HostData } = {
      f32: () => Float64Array.from(data),
      i32: () => Int32Array.from(data),
      bool: () => Uint8Array.from(data),
    }
    outputs.set(name, { dtype, shape, data: copies[dtype]() })
  }
  return {
    op: operations((name, inputs, attributes) => {
      const definition = definitionOf(name)
      const types = inputs.map(({ type }) => type)
      const type = definition.infer(types, attributes)
      const operands = inputs.map((input) => ({ value: contentOf(input), type: input.type }))
      return made(type, definition.evaluate(operands, attributes, type, request))
    }, constant),
    input: (name, dtype, axes) => {
      const given = request.inputs.get(name)
      if (given === undefined) throw new Error(`input ${name} was not given`)
      return held(typeOf(dtype, axes), given.shape, given.data)
    },
    parameter: (key, axes) => {
      const { shape, data } = request.parameter(key)
      return held(parameterType(shape, axes), shape, data, key)
    },
    vector: (axis, values) => held(typeOf('f32', { [axis]: values.length }), [values.length], values),
    output,
    gradient: ({ parameter = '' }, value) => output(`gradient ${parameter}`, value),
    release() {},
  }
}

function contentOf({ content }: Value): Extract<Value['content'], { data: Float64Array }> {
  if ('data' in content) return content
  throw new Error('the reference reads a value of a device')
}
