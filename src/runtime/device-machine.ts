/**
 * Runs the steps of a trainer program on a device: each operation is one kernel call, at once. Prepared
 * kernels are cached by operation, types and sizes.
 */
import type { Attributes, TensorType } from '../graph/graph.ts'
import {
  type BatchSizes,
  concreteShape,
  printType,
  readDimensions,
  rowSymbolsOf,
  sizesKey,
} from '../graph/type.ts'
import { unreadPath } from '../graph/unread.ts'
import type { Device, Held, Step as KernelStep, KernelTable, RunContext } from '../run/device.ts'
import { DeviceUpdater, type Take, type UpdateKernels } from '../run/device-updater.ts'
import { evaluatedOp, hostView, laterTensor, readNow } from '../run/host.ts'
import { ParameterCache } from '../run/parameters.ts'
import type { HostTensor } from '../run/runner.ts'
import { deviceDType, siteOf } from '../run/site.ts'
import { definitionOf, operations, parameterType, typeOf } from './types.ts'
import type { Kernels, Machine, Operand, Step, StepRequest, Value } from './value.ts'

interface Prepared {
  readonly type: TensorType
  readonly step: KernelStep
}

/** Limit of cached kernels, in elements of their results: tables of offsets are of that size. */
const preparedLimit = 64e6

export class DeviceMachine implements Machine {
  readonly name: string
  readonly updater?: DeviceUpdater<Step>
  private readonly device: Device
  private readonly table: KernelTable
  private readonly parameters: ParameterCache
  private readonly constants = new Map<string, Held>()
  private readonly prepared = new Map<string, Prepared>()
  private weight = 0

  constructor(device: Device, table: KernelTable, updates?: UpdateKernels) {
    this.name = device.name
    this.device = device
    this.table = table
    this.parameters = new ParameterCache(device)
    if (updates)
      this.updater = new DeviceUpdater(device, updates, this.parameters, (step, request, take) =>
        this.outputs(step, request, take),
      )
  }

  run(step: Step, request: StepRequest): ReadonlyMap<string, HostTensor> {
    return readNow(this.outputs(step, request, () => false))
  }

  dropCopies(names: Iterable<string>): void {
    this.parameters.drop(names)
  }

  memory(): { readonly tensors: number; readonly bytes: number } {
    return this.device.memory()
  }

  dispose(): void {
    this.updater?.dispose()
    this.parameters.dispose()
    for (const held of this.constants.values()) this.device.release(held)
    this.constants.clear()
  }

  /** Runs a step and reads the outputs that are not taken. */
  private outputs(step: Step, request: StepRequest, take: Take): ReadonlyMap<string, HostTensor> {
    const live = new Set<Held>()
    const outputs = new Map<string, HostTensor>()
    try {
      step(this.kernels(request, live, outputs, take))
    } finally {
      for (const held of live) this.device.release(held)
    }
    return outputs
  }

  private kernels(
    request: StepRequest,
    live: Set<Held>,
    outputs: Map<string, HostTensor>,
    take: Take,
  ): Kernels {
    const { device } = this
    /** A reference of this run, so that the memory is not taken for the run's own. */
    const borrowed = (held: Held): Held => {
      const alias = device.alias(held, held.shape)
      live.add(alias)
      return alias
    }
    const { sizes } = request
    const free = (held: Held): boolean => {
      if (!live.delete(held)) return false
      device.release(held)
      return true
    }
    const kept = (type: TensorType, content: Held, parameter?: string): Value => ({
      type,
      content,
      ...(parameter === undefined ? {} : { parameter }),
      [Symbol.dispose]() {},
    })
    const constant = (value: number): Value => kept(typeOf('f32', {}), borrowed(this.fixed([value], [])))
    const output = (name: string, value: Operand): void => {
      const { type, content } = typeof value === 'number' ? constant(value) : value
      const held = heldIn(content, name)
      if (unreadPath(name) !== undefined || take(name, held)) return
      outputs.set(name, laterTensor(device, type.dtype, held))
    }
    return {
      op: operations((name, inputs, attributes) => {
        const { type, step } = this.kernel(name, inputs, attributes, sizes)
        const content = step(
          inputs.map((input) => heldIn(input.content, name)),
          this.context(inputs, request),
        )
        live.add(content)
        return { type, content, [Symbol.dispose]: () => void free(content) }
      }, constant),
      input: (name, dtype, axes) => {
        const type = typeOf(dtype, axes)
        const given = request.inputs.get(name)
        const shape = concreteShape(type, sizes)
        if (given === undefined || given.shape.join() !== shape.join())
          throw new Error(`input ${name}: [${shape}] needed, ${given ? `[${given.shape}]` : 'nothing'} given`)
        const content = device.upload(hostView(dtype, given.data), shape, deviceDType(dtype))
        live.add(content)
        return kept(type, content)
      },
      parameter: (key, axes) => {
        const stored = request.parameter(key)
        return kept(parameterType(stored.shape, axes), borrowed(this.parameters.current(key, stored)), key)
      },
      vector: (axis, values) =>
        kept(typeOf('f32', { [axis]: values.length }), borrowed(this.fixed(values, [values.length]))),
      output,
      gradient: ({ parameter = '' }, value) => output(`gradient ${parameter}`, value),
      release: (...values) => {
        for (const { type, content } of values)
          if (!free(heldIn(content, 'release')))
            throw new Error(`a value ${printType(type)} is released twice`)
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
    const dimensions = attributes.dimensions === undefined ? [] : readDimensions(attributes.dimensions)
    const rows = rowSymbolsOf([...inputs.flatMap(({ type }) => type.dimensions), ...dimensions])
    const key = `${sizesKey(sizes, rows)} ${op}(${types.join()})${JSON.stringify(attributes)}`
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

function heldIn(content: Value['content'], reader: string): Held {
  if ('dataId' in content) return content
  throw new Error(`${reader} reads a value of another backend`)
}
