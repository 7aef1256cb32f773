/**
 * What a compiled kernel would be called with, written down instead of done: where its operands will be is
 * known only when the model runs.
 */
import type { RandomKey } from '../../../graph/graph.ts'
import type { Device, Held, RunContext, Step } from '../../../run/device.ts'
import { deviceDType, type Site } from '../../../run/site.ts'
import type { Binder } from '../../compiled/functions.ts'
import type { FunctionName } from '../../compiled/source/index.ts'
import { Placeholder } from '../../foreign/held.ts'

/** A number, or so many bytes after where an operand begins: 0 is the result, 1 the first input. */
export type Argument = number | { readonly operand: number; readonly bytes: number }

export interface RecordedCall {
  readonly kernel: FunctionName
  readonly arguments: readonly Argument[]
}

export interface Recorded {
  readonly calls: readonly RecordedCall[]
  /** Whether they depend on what random numbers are keyed by. */
  readonly random: boolean
  /** Whether the result may be written over an input of its size. */
  readonly over: boolean
}

/**
 * Placeholders are this far apart, so that a number identifies its operand. All other arguments are smaller.
 */
const apart = 2 ** 46

/** Kernels made with this binder are recorded. One step at a time. */
export class Recorder implements Binder {
  private calls: RecordedCall[] = []

  bind(kernel: FunctionName, fixed: readonly number[] = []): (...own: number[]) => number {
    return (...own) => {
      this.calls.push({ kernel, arguments: [...own.map(argumentOf), ...fixed] })
      return -1
    }
  }

  /** Undefined where the step gives an input as it is. */
  record(step: Step, site: Site, random: RandomKey): Recorded | undefined {
    this.calls = []
    const asked = { random: false, over: false }
    const context: RunContext = {
      device: recordingDevice,
      get random() {
        asked.random = true
        return random
      },
      get over() {
        asked.over = true
        return undefined
      },
      derived: () => {
        throw new Error(`${site.op}: a form of a parameter is not recorded`)
      },
    }
    const inputs = site.inputs.map(({ shape, dtype }, i) => placeholder(i + 1, shape, deviceDType(dtype)))
    const result = step(inputs, context)
    if (inputs.some(({ dataId }) => dataId === result.dataId)) return undefined
    return { calls: this.calls, ...asked }
  }
}

function placeholder(operand: number, shape: readonly number[], dtype: Held['dtype']): Held {
  return { dataId: new Placeholder((operand + 1) * apart), shape: [...shape], dtype }
}

function argumentOf(value: number): Argument {
  return value < apart ? value : { operand: Math.floor(value / apart) - 1, bytes: value % apart }
}

function notRecorded(): never {
  throw new Error('only results and addresses are recorded')
}

const recordingDevice: Device = {
  name: 'recorded',
  allocate: (shape, dtype) => placeholder(0, shape, dtype),
  alias: ({ dataId, dtype }, shape) => ({ dataId, dtype, shape: [...shape] }),
  release: () => undefined,
  isSole: () => false,
  upload: notRecorded,
  compute: notRecorded,
  read: notRecorded,
  kernel: notRecorded,
  memory: () => ({ tensors: 0, bytes: 0 }),
  peak: () => 0,
  forgetPeak: () => undefined,
}
