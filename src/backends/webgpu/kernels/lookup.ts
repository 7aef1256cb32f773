/** Rows of a table by ids, the gradient that adds rows up, and one-hot rows. */
import { GraphError } from '../../../graph/graph.ts'
import type { Held, Kernel, KernelTable } from '../../../run/device.ts'
import { deviceDType, inputOf } from '../../../run/site.ts'
import { axisOf, optionalNumberOf } from '../../tfjs/attributes.ts'
import { at, splitAt } from '../../tfjs/layout.ts'
import type { WebGpuDevice } from '../device.ts'
import { heldAt, pairOf } from '../inputs.ts'
import { elementGroup, groupsFor } from '../nest.ts'

/**
 * An id without a row is an error as elsewhere, if the host gave the ids. Ids computed on the GPU are checked
 * there: a missing row is NaN, which the loss shows.
 */
function lookup(device: WebGpuDevice): Kernel {
  return (site) => {
    if (site.output.axes.at(-1) !== 'unit') return undefined
    const [rows, width] = [at(inputOf(site, 1).shape, 0), at(inputOf(site, 1).shape, 1)]
    const { size } = site.output
    return (inputs) => {
      const [ids, table] = pairOf(site.op, inputs)
      const missing = device.givenIntegers(ids)?.find((id) => id < 0 || id >= rows)
      if (missing !== undefined) throw new GraphError(`lookup: no row ${missing} in a table of ${rows}`)
      const program = device.program('lookup', () => ({
        operands: ['ids', 'table'],
        integers: ['elements', 'rows', 'width'],
        floats: [],
        workgroup: elementGroup,
        code: `fn main(index : i32) {
  if (index >= uniforms.elements) { return; }
  let id = ids[index / uniforms.width];
  let known = id >= 0 && id < uniforms.rows;
  let value = table[clamp(id, 0, uniforms.rows - 1) * uniforms.width + index % uniforms.width];
  result[index] = select(uniforms.NAN, value, known);
}`,
      }))
      return device.dispatch(
        program,
        [ids, table],
        { shape: [...site.output.shape], dtype: 'float32' },
        groupsFor(size),
        { integers: [size, rows, width] },
      )
    }
  }
}

/**
 * Places with one id form a chain: each has the next one, negative at the end, and the first is marked. WGSL
 * has no atomic sums of floats, and the order of a sum must not change from run to run.
 */
function chained(device: WebGpuDevice, ids: Held, count: number): Held {
  const program = device.program('chain', () => ({
    operands: ['ids'],
    integers: ['count'],
    floats: [],
    workgroup: elementGroup,
    code: `fn main(index : i32) {
  if (index >= uniforms.count) { return; }
  let id = ids[index];
  var first = 1;
  for (var r = 0; r < index; r++) { if (ids[r] == id) { first = 0; break; } }
  var next = -1;
  for (var r = index + 1; r < uniforms.count; r++) { if (ids[r] == id) { next = r; break; } }
  result[2 * index] = next;
  result[2 * index + 1] = first;
}`,
  }))
  return device.dispatch(program, [ids], { shape: [2 * count], dtype: 'int32' }, groupsFor(count), {
    integers: [count],
  })
}

function lookupGradient(device: WebGpuDevice): Kernel {
  return (site) => {
    if (inputOf(site, 1).axes.at(-1) !== 'unit') return undefined
    const count = inputOf(site, 0).size
    const shape = [...site.output.shape]
    const [rows, width] = [at(shape, 0), at(shape, 1)]
    const padding = optionalNumberOf(site, 'padding') ?? -1
    const integers = [count * width, rows, width, padding]
    return (inputs) => {
      const [ids, g] = pairOf(site.op, inputs)
      const result = device.zeros({ shape, dtype: 'float32' })
      const chain = chained(device, ids, count)
      const program = device.program('lookup gradient', () => ({
        operands: ['ids', 'g', 'chain'],
        integers: ['elements', 'rows', 'width', 'padding'],
        floats: [],
        workgroup: elementGroup,
        code: `fn main(index : i32) {
  if (index >= uniforms.elements) { return; }
  var place = index / uniforms.width;
  let column = index % uniforms.width;
  let id = ids[place];
  if (chain[2 * place + 1] == 0 || id < 0 || id >= uniforms.rows || id == uniforms.padding) { return; }
  var total = 0.0;
  for (; place >= 0; place = chain[2 * place]) { total = total + g[place * uniforms.width + column]; }
  result[id * uniforms.width + column] = total;
}`,
      }))
      device.release(
        device.dispatch(program, [ids, g, chain], result, groupsFor(count * width), { integers }),
      )
      device.release(chain)
      return result
    }
  }
}

function oneHot(device: WebGpuDevice): Kernel {
  return (site) => {
    const { n, inner } = splitAt(site.output, axisOf(site, 'axis'))
    const { size } = site.output
    const dtype = deviceDType(site.output.dtype)
    return (inputs) => {
      const ids = heldAt(site.op, inputs, 0)
      const program = device.program(`one hot ${dtype}`, () => ({
        operands: ['ids'],
        integers: ['elements', 'classes', 'inner'],
        floats: [],
        workgroup: elementGroup,
        code: `fn main(index : i32) {
  if (index >= uniforms.elements) { return; }
  let line = index / uniforms.inner;
  let id = ids[line / uniforms.classes * uniforms.inner + index % uniforms.inner];
  result[index] = ${dtype === 'float32' ? 'f32' : 'i32'}(id == line % uniforms.classes);
}`,
      }))
      return device.dispatch(program, [ids], { shape: [...site.output.shape], dtype }, groupsFor(size), {
        integers: [size, n, inner],
      })
    }
  }
}

export function lookupKernels(device: WebGpuDevice): KernelTable {
  return { lookup: lookup(device), lookup_gradient: lookupGradient(device), one_hot: oneHot(device) }
}
