/**
 * Dense rows of positions, taken from examples x tokens and put back. A place is example x L + token, a dead
 * one -1 - place.
 */
import type { Kernel, KernelTable } from '../../../run/device.ts'
import { deviceDType, inputOf, type Operand, type Site } from '../../../run/site.ts'
import { textOf } from '../../tfjs/attributes.ts'
import { at, product, stridesAlong } from '../../tfjs/layout.ts'
import type { WebGpuDevice } from '../device.ts'
import { pairOf } from '../inputs.ts'
import { elementGroup, groupsFor, nestCode } from '../nest.ts'

/** Elements of one position, in the dense and in the full operand. */
function walkOf(site: Site, dense: Operand, whole: Operand) {
  const others = dense.axes.filter((axis) => axis !== 'position')
  const shape = others.map((axis) => dense.shape[dense.axes.indexOf(axis)] ?? 1)
  const nest = nestCode(
    { shape, strides: [stridesAlong(dense, others), stridesAlong(whole, others)] },
    'part',
  )
  const inner = product(shape)
  const positions = dense.shape[dense.axes.indexOf('position')] ?? 1
  return {
    key: nest.key,
    size: positions * inner,
    code: nest.code('index % uniforms.inner'),
    names: ['elements', 'inner', 'positions', 'tokens', 'position', 'example', 'token', ...nest.names],
    values: [
      positions * inner,
      inner,
      positions,
      site.sizes.L,
      at(stridesAlong(dense, ['position']), 0),
      at(stridesAlong(whole, ['example']), 0),
      at(stridesAlong(whole, ['token']), 0),
      ...nest.values,
    ],
  }
}

const placeOf = `
fn live_place(place : i32) -> i32 { return select(place, -1 - place, place < 0); }
fn whole_offset(place : i32) -> i32 {
  return place / uniforms.tokens * uniforms.example + place % uniforms.tokens * uniforms.token;
}`

function gather(device: WebGpuDevice): Kernel {
  return (site) => {
    const walk = walkOf(site, site.output, inputOf(site, 0))
    const copies = textOf(site, 'dead') === 'copy'
    const dtype = deviceDType(site.output.dtype)
    return (inputs) => {
      const [x, places] = pairOf(site.op, inputs)
      const program = device.program(`gather ${walk.key} ${copies} ${dtype}`, () => ({
        operands: ['x', 'places'],
        integers: walk.names,
        floats: [],
        workgroup: elementGroup,
        code: `${placeOf}
fn main(index : i32) {
  if (index >= uniforms.elements) { return; }
  ${walk.code}
  let position = index / uniforms.inner;
  let place = places[position];
  let value = x[whole_offset(live_place(place)) + part_1];
  result[position * uniforms.position + part_0] = ${copies ? 'value' : `select(value, ${dtype === 'float32' ? '0.0' : '0'}, place < 0)`};
}`,
      }))
      return device.dispatch(
        program,
        [x, places],
        { shape: [...site.output.shape], dtype },
        groupsFor(walk.size),
        { integers: walk.values },
      )
    }
  }
}

/**
 * Each place is written by its live position, which adds the dead ones that repeat it. Dead positions are
 * last, so a position searches from there back to the first live one. Without any live position the first one
 * does it.
 */
function scatter(device: WebGpuDevice): Kernel {
  return (site) => {
    const walk = walkOf(site, inputOf(site, 0), site.output)
    const adds = textOf(site, 'dead') === 'add'
    const dtype = deviceDType(site.output.dtype)
    const shape = [...site.output.shape]
    return (inputs) => {
      const [x, places] = pairOf(site.op, inputs)
      const program = device.program(`scatter ${walk.key} ${adds} ${dtype}`, () => ({
        operands: ['x', 'places'],
        integers: walk.names,
        floats: [],
        workgroup: elementGroup,
        code: `${placeOf}
fn main(index : i32) {
  if (index >= uniforms.elements) { return; }
  ${walk.code}
  let position = index / uniforms.inner;
  let place = places[position];
  let alone = ${adds ? 'position == 0 && place < 0' : 'false'};
  if (place < 0 && !alone) { return; }
  let own = live_place(place);
  var value = x[position * uniforms.position + part_0];
  ${
    adds
      ? `for (var p = uniforms.positions - 1; p > position && places[p] < 0; p--) {
    if (live_place(places[p]) == own) { value = value + x[p * uniforms.position + part_0]; }
  }`
      : ''
  }
  result[whole_offset(own) + part_1] = value;
}`,
      }))
      const result = device.zeros({ shape, dtype })
      device.release(
        device.dispatch(program, [x, places], result, groupsFor(walk.size), { integers: walk.values }),
      )
      return result
    }
  }
}

export function positionKernels(device: WebGpuDevice): KernelTable {
  return { gather_positions: gather(device), scatter_positions: scatter(device) }
}
