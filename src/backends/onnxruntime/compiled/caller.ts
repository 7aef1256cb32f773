/**
 * Calls of compiled kernels outside of a model, on the runtime's threads: each is a run of a model of one
 * node.
 */

import { OnnxGraph } from '../../../onnx/onnx-graph.ts'
import { modelBytes } from '../../../onnx/protobuf.ts'
import { type FunctionName, functionNames } from '../../compiled/source/index.ts'
import type { Block } from '../../foreign/memory.ts'
import { runtimeFormat } from '../model-format.ts'
import type { Runtime } from '../runtime.ts'
import { Session } from '../session.ts'
import { kernel } from './onto-graph.ts'
import type { CompiledOperators } from './operators.ts'
import { aNumber, mostArguments } from './source.ts'
import { membersFor, phasesOf } from './teams.ts'

/** Numbers of a block before its arguments: one input and one result of one element, one call. */
const head = [1, 1, 1, 1, 1] as const
const callHead = 4

export class KernelCaller {
  private readonly session: Session
  private readonly threads: number
  private readonly rooms: readonly Block[]
  private readonly numbers: Float64Array
  private readonly values: readonly [input: number, result: number]
  private readonly runtime: Runtime

  constructor(runtime: Runtime, operators: CompiledOperators, threads: number) {
    const { memory } = runtime
    const [cell, block, input, result] = [8, 8 * (head.length + callHead + 2 * mostArguments), 4, 4].map(
      (bytes) => memory.allocate(bytes, true),
    ) as [Block, Block, Block, Block]
    cell.doubles(1)[0] = block.address
    const onnx = new OnnxGraph()
    const node = { operator: 'KernelOfFloats', cell: cell.address, dtype: 'f32' } as const
    onnx.output('y', kernel(onnx, node, [onnx.input('x', 'f32', [1])], [1]), 'f32', [1])
    const options = { threads, provider: 'cpu', domains: [operators.domain] }
    this.session = new Session(runtime, modelBytes(onnx.model('call'), runtimeFormat), options, ['x'], ['y'])
    this.runtime = runtime
    this.threads = threads
    this.rooms = [cell, block, input, result]
    this.numbers = block.doubles(block.bytes / 8)
    this.numbers.set(head)
    this.values = [
      runtime.valueOf('f32', input.floats(1), [1]),
      runtime.valueOf('f32', result.floats(1), [1]),
    ]
  }

  /** `elements`: how much there is to do. */
  call(kernel: FunctionName, list: readonly number[], elements: number): void {
    const { numbers } = this
    const members = membersFor(kernel, elements, this.threads)
    const count = list.length
    numbers.set([functionNames.indexOf(kernel), phasesOf(kernel), members, count], head.length)
    const from = head.length + callHead
    numbers.fill(aNumber, from, from + count)
    numbers.set(list, from + count)
    this.session.run([this.values[0]], [this.values[1]])
  }

  dispose(): void {
    for (const value of this.values) this.runtime.functions.releaseValue(value)
    this.session.release()
    for (const room of this.rooms) room.free()
  }
}
