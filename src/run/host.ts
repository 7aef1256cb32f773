/**
 * Between host and device: values out, inputs in, and the way to run an op that has no kernel: its float64
 * reference evaluation.
 */
import type { DType, Node, OpDefinition, ReferenceValue } from '../graph/graph.ts'
import { ops } from '../graph/ops/index.ts'
import { type BatchSizes, concreteShape } from '../graph/type.ts'
import type { Device, Held, Step, View } from './device.ts'
import type { HostData, HostTensor } from './runner.ts'
import { deviceDType } from './site.ts'

export function hostTensor(device: Device, dtype: DType, held: Held): HostTensor {
  return { dtype, shape: [...held.shape], data: device.read(held) }
}

/** The same for a device that reads later: it is read, with others, on the first access to its data. */
export function laterTensor(device: Device, dtype: DType, held: Held): HostTensor {
  const later = device.readLater?.(held)
  if (later === undefined) return hostTensor(device, dtype, held)
  return {
    dtype,
    shape: [...held.shape],
    get data() {
      return later()
    },
  }
}

/** Tensors whose data is here. */
export function readNow(tensors: ReadonlyMap<string, HostTensor>): ReadonlyMap<string, HostTensor> {
  for (const { data } of tensors.values()) void data
  return tensors
}

/** The array in the element type of a dtype; the same array where it has it already. */
export function hostView(dtype: DType, data: HostData): View {
  if (dtype === 'f32') return data instanceof Float32Array ? data : Float32Array.from(data)
  if (dtype === 'i32') return data instanceof Int32Array ? data : Int32Array.from(data)
  return data instanceof Uint8Array ? data : Uint8Array.from(data, (x) => (x === 0 ? 0 : 1))
}

/** What running an op by its evaluation needs of a node. */
type Evaluable = Pick<Node, 'op' | 'attributes' | 'type'> & { readonly inputs: readonly Pick<Node, 'type'>[] }

/** Slow and right: the op's own evaluation in float64, rounded to the node's type. */
export function evaluated(node: Node, sizes: BatchSizes): Step {
  const definition = definitionOf(node.op)
  if (definition === undefined) throw new Error(`op ${node.op} has neither a kernel nor an evaluation`)
  return evaluatedOp(definition, node, sizes)
}

export function evaluatedOp(definition: OpDefinition, node: Evaluable, sizes: BatchSizes): Step {
  const shapes = node.inputs.map((input) => concreteShape(input.type, sizes))
  const shape = concreteShape(node.type, sizes)
  return (inputs, { device, random }) =>
    device.compute(inputs, shape, deviceDType(node.type.dtype), (views, output) => {
      const values = node.inputs.map((input, i) => ({
        value: referenceValue(shapes[i] ?? [], views[i] ?? new Float32Array()),
        type: input.type,
      }))
      const result = definition.evaluate(values, node.attributes, node.type, { sizes, random })
      output.set(result.data)
    })
}

function definitionOf(op: string): OpDefinition | undefined {
  const registry: { readonly [name: string]: OpDefinition | undefined } = ops
  return Object.hasOwn(ops, op) ? registry[op] : undefined
}

function referenceValue(shape: readonly number[], view: View): ReferenceValue {
  return { shape, data: Float64Array.from(view) }
}
