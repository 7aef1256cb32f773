/**
 * Ops that only move elements, with one dispatch for each copied block. A result in the same order shares the
 * input's memory.
 */
import type { Held, Kernel, KernelTable } from '../../../run/device.ts'
import { deviceDType } from '../../../run/site.ts'
import { product } from '../../tfjs/layout.ts'
import { type BlockCopy, keepsOrder, type MoveOp, movements, moveOps } from '../../tfjs/movement.ts'
import type { Result, WebGpuDevice } from '../device.ts'
import { heldAt } from '../inputs.ts'
import { elementGroup, groupsFor, nestCode } from '../nest.ts'

/** Copies a block of a value into a result. */
export function copier(device: WebGpuDevice, { shape, from, to }: Omit<BlockCopy, 'input'>) {
  const nest = nestCode({ shape, strides: [from.strides, to.strides] }, 'm')
  const size = product(shape)
  const integers = [size, from.base, to.base, ...nest.values]
  return (x: Held, result: Result): Held => {
    const program = device.program(`copy ${x.dtype} ${nest.key}`, () => ({
      operands: ['x'],
      integers: ['elements', 'start', 'place', ...nest.names],
      floats: [],
      workgroup: elementGroup,
      code: `fn main(index : i32) {
  if (index >= uniforms.elements) { return; }
  ${nest.code('index')}
  result[uniforms.place + m_1] = x[uniforms.start + m_0];
}`,
    }))
    return device.dispatch(program, [x], result, groupsFor(size), { integers })
  }
}

function move(op: MoveOp, device: WebGpuDevice): Kernel {
  return (site) => {
    const movement = movements[op](site)
    const shape = [...site.output.shape]
    if (keepsOrder(movement, site)) return (inputs) => device.alias(heldAt(op, inputs, 0), shape)
    const copies = movement.copies
      .filter((block) => product(block.shape) > 0)
      .map((block) => ({ input: block.input, copy: copier(device, block) }))
    const fresh: Result = { shape, dtype: deviceDType(site.output.dtype) }
    return (inputs) => {
      const [only] = copies
      if (movement.fills && copies.length === 1 && only !== undefined)
        return only.copy(heldAt(op, inputs, only.input), fresh)
      const result = movement.fills ? device.allocate(shape, fresh.dtype) : device.zeros(fresh)
      for (const { input, copy } of copies) device.release(copy(heldAt(op, inputs, input), result))
      return result
    }
  }
}

export function moveKernels(device: WebGpuDevice): KernelTable {
  return Object.fromEntries(moveOps.map((op) => [op, move(op, device)]))
}
