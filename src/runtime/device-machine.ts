/** Runs the steps of a trainer program on a device: each operation is one kernel call, at once. Prepared kernels are kept by operation, types and sizes. */
import type { Attributes, TensorType } from '../graph/graph.ts'
import { type BatchSizes, concreteShape, printType, sizesKey } from '../graph/type.ts'
import type { Device, Held, Step as KernelStep, KernelTable, RunContext } from '../run/device.ts'
import { evaluatedOp, hostView } from '../run/host.ts'
import { ParameterCache } from '../run/parameters.ts'
import type { HostTensor } from '../run/runner.ts'
import { deviceDType, siteOf } from '../run/site.ts'
import { definitionOf, operations, typeOf } from './types.ts'
import type { Kernels, Machine, Step, StepRequest, Value } from './value.ts'

interface Prepared {
  readonly type: TensorType
  readonly step: KernelStep
}

/** Prepared kernels that are kept, by elements of their results: tables of offsets are of that order. */
const preparedLimit = 64e6

export class DeviceMachine implements Machine {
  readonly name: string
  private readonly device: Device
  private readonly table: KernelTable
  private readonly parameters: ParameterCache
  private readonly constants = new Map<string, Held>()
  private readonly prepared = new Map<string, Prepared>()
  private weight = 0

  constructor(device: Device, table: KernelTable) {
    this.name = device.name
    this.device = device
    this.table = table
    this.parameters = new ParameterCache(device)
  }

  run(step: Step, request: StepRequest): ReadonlyMap<string, HostTensor> {
    const live = new Set<Held>()
    const outputs = new Map<string, HostTensor>()
    try {
      step(this.kernels(request, live, outputs))
    } finally {
      for (const held of live) this.device.release(held)
    }
    return outputs
  }

  memory(): { readonly tensors: number; readonly bytes: number } {
    return this.device.memory()
  }

  dispose(): void {
    this.parameters.dispose()
    for (const held of this.constants.values()) this.device.release(held)
    this.constants.clear()
  }

  private kernels(request: StepRequest, live: Set<Held>, outputs: Map<string, HostTensor>): Kernels {
    const { device } = this
    const { sizes } = request
    return {
      op: operations((name, inputs, attributes) => {
        const { type, step } = this.kernel(name, inputs, attributes, sizes)
        const content = step(
          inputs.map((input) => heldIn(input, name)),
          this.context(inputs, request),
        )
        live.add(content)
        return { type, content, kept: false }
      }),
      input: (name, dtype, axes) => {
        const type = typeOf(dtype, axes)
        const given = request.inputs.get(name)
        const shape = concreteShape(type, sizes)
        if (given === undefined || given.shape.join() !== shape.join())
          throw new Error(`input ${name}: [${shape}] needed, ${given ? `[${given.shape}]` : 'nothing'} given`)
        const content = device.upload(hostView(dtype, given.data), shape, deviceDType(dtype))
        live.add(content)
        return { type, content, kept: true }
      },
      parameter: (key, axes) => {
        const content = this.parameters.current(key, request.parameter(key))
        return { type: typeOf('f32', axes), content, parameter: key, kept: true }
      },
      constant: (value) => ({ type: typeOf('f32', {}), content: this.fixed([value], []), kept: true }),
      vector: (axis, values) => ({
        type: typeOf('f32', { [axis]: values.length }),
        content: this.fixed(values, [values.length]),
        kept: true,
      }),
      output: (name, value) => {
        const held = heldIn(value, name)
        outputs.set(name, { dtype: value.type.dtype, shape: [...held.shape], data: device.read(held) })
      },
      release: (...values) => {
        for (const value of values) {
          const held = heldIn(value, 'release')
          if (!live.delete(held)) throw new Error(`a value ${printType(value.type)} is released twice`)
          device.release(held)
        }
      },
    }
  }

  private context(inputs: readonly Value[], { random, parameter }: StepRequest): RunContext {
    return {
      device: this.device,
      random,
      over: undefined,
      derived: (index, form, make) => {
        const key = inputs[index]?.parameter
        if (key === undefined) throw new Error(`input ${index} is not a parameter`)
        const held = this.parameters.derived(key, parameter(key), form, make)
        return this.device.alias(held, held.shape)
      },
    }
  }

  private kernel(op: string, inputs: readonly Value[], attributes: Attributes, sizes: BatchSizes): Prepared {
    const types = inputs.map(
      ({ type, parameter }) => `${printType(type)}${parameter === undefined ? '' : '$'}`,
    )
    const key = `${sizesKey(sizes)} ${op}(${types.join()})${JSON.stringify(attributes)}`
    const known = this.prepared.get(key)
    if (known !== undefined) return known
    const definition = definitionOf(op)
    const type = definition.infer(
      inputs.map((input) => input.type),
      attributes,
    )
    const node = {
      op,
      attributes,
      type,
      inputs: inputs.map((input) => ({
        op: input.parameter === undefined ? 'value' : 'parameter',
        type: input.type,
      })),
    }
    const made = { type, step: this.table[op]?.(siteOf(node, sizes)) ?? evaluatedOp(definition, node, sizes) }
    const weight = concreteShape(type, sizes).reduce((product, n) => product * n, 1)
    if (this.weight + weight > preparedLimit) {
      this.prepared.clear()
      this.weight = 0
    }
    this.weight += weight
    this.prepared.set(key, made)
    return made
  }

  private fixed(values: readonly number[], shape: readonly number[]): Held {
    const key = JSON.stringify([
      values.map((value) => (Number.isFinite(value) ? value : String(value))),
      shape,
    ])
    let held = this.constants.get(key)
    if (held === undefined) {
      held = this.device.upload(Float32Array.from(values), shape, 'float32')
      this.constants.set(key, held)
    }
    return held
  }
}

function heldIn({ content }: Value, reader: string): Held {
  if ('dataId' in content) return content
  throw new Error(`${reader} reads a value of another backend`)
}
