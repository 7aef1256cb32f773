/** Sums over any axes, extremes over one. */
import type { Axis } from '../../../graph/graph.ts'
import type { Held, Kernel, KernelTable } from '../../../run/device.ts'
import { inputOf, type Operand } from '../../../run/site.ts'
import { axesOf, axisOf } from '../../tfjs/attributes.ts'
import { at, collapse, product, rowMajor } from '../../tfjs/layout.ts'
import type { WebGpuDevice } from '../device.ts'
import { heldAt } from '../inputs.ts'
import { elementGroup, groupsFor, nestCode } from '../nest.ts'
import { type Extreme, rowProgram } from '../rows.ts'

/** Elements that one invocation adds up; more are left to others, whose sums are added up after that. */
const share = 64

/**
 * Sums up to `share` elements of each group of a flat nest: [kept, summed], either of which may be strided.
 */
function partialSums(device: WebGpuDevice, kept: Dimensions, summed: Dimensions) {
  const shares = Math.ceil(summed.size / share)
  const outer = nestCode({ shape: kept.shape, strides: [kept.strides] }, 'kept')
  const inner = nestCode({ shape: summed.shape, strides: [summed.strides] }, 'summed')
  const size = shares * kept.size
  const integers = [size, kept.size, summed.size, ...outer.values, ...inner.values]
  return (x: Held): Held => {
    const program = device.program(`sum ${outer.key} ${inner.key}`, () => ({
      operands: ['x'],
      integers: ['elements', 'kept', 'summed', ...outer.names, ...inner.names],
      floats: [],
      workgroup: elementGroup,
      code: `fn main(index : i32) {
  if (index >= uniforms.elements) { return; }
  ${outer.code('index % uniforms.kept')}
  let first = (index / uniforms.kept) * ${share};
  var total = 0.0;
  for (var i = first; i < min(first + ${share}, uniforms.summed); i++) {
    ${inner.code('i')}
    total = total + x[kept_0 + summed_0];
  }
  result[index] = total;
}`,
    }))
    return device.dispatch(program, [x], { shape: [shares, kept.size], dtype: 'float32' }, groupsFor(size), {
      integers,
    })
  }
}

interface Dimensions {
  readonly shape: readonly number[]
  readonly strides: readonly number[]
  readonly size: number
}

function dimensionsOf(shape: readonly number[], strides: readonly number[]): Dimensions {
  const nest = collapse({ shape, strides: [strides] })
  return { shape: nest.shape, strides: nest.strides[0] ?? [], size: product(shape) }
}

/** The dimensions of an operand with the given axes. */
export function dimensionsAmong({ axes, shape }: Operand, wanted: (axis: Axis) => boolean): Dimensions {
  const strides = rowMajor(shape)
  const places = axes.flatMap((axis, d) => (wanted(axis) ? [d] : []))
  return dimensionsOf(
    places.map((d) => at(shape, d)),
    places.map((d) => at(strides, d)),
  )
}

/** Adds up a value of [kept, summed] elements at given strides, in as many rounds as it takes. */
export function summer(device: WebGpuDevice, kept: Dimensions, summed: Dimensions) {
  const rounds: ((x: Held) => Held)[] = []
  let left = summed
  let own = kept
  do {
    rounds.push(partialSums(device, own, left))
    const n = Math.ceil(left.size / share)
    own = dimensionsOf([kept.size], [1])
    left = dimensionsOf([n], [kept.size])
  } while (left.size > 1)
  return (x: Held, shape: readonly number[]): Held => {
    let value = device.alias(x, x.shape)
    for (const round of rounds) {
      const next = round(value)
      device.release(value)
      value = next
    }
    const result = device.alias(value, shape)
    device.release(value)
    return result
  }
}

const sum =
  (device: WebGpuDevice): Kernel =>
  (site) => {
    const input = inputOf(site, 0)
    const axes = axesOf(site, 'axes')
    const kept = dimensionsAmong(input, (axis) => !axes.includes(axis))
    const summed = dimensionsAmong(input, (axis) => axes.includes(axis))
    const { shape } = site.output
    if (input.size === 0) return () => device.zeros({ shape: [...shape], dtype: 'float32' })
    const [only] = axes
    // Neighbours are added up by a workgroup, what is far apart by invocations that are neighbours
    // themselves.
    if (axes.length === 1 && only !== undefined && input.axes.at(-1) === only && summed.size > share) {
      const run = rowProgram(device, site, 'sum', {
        axis: only,
        operands: { x: input },
        result: site.output,
        body: ({ at, each, store }) => `var total = 0.0;
  ${each(`total = total + ${at('x')};`)}
  total = sum_of(total);
  ${store('total')}`,
      })
      return ([x]) => run({ x })
    }
    const run = summer(device, kept, summed)
    return (inputs) => run(heldAt(site.op, inputs, 0), shape)
  }

function extreme(device: WebGpuDevice, name: 'least' | 'greatest'): Kernel {
  return (site) => {
    const input = inputOf(site, 0)
    const type = input.dtype === 'f32' ? 'f32' : 'i32'
    const chosen = name === 'least' ? 'min' : 'max'
    const better: Extreme = {
      type,
      code: `fn better(a : ${type}, b : ${type}) -> ${type} { return ${type === 'f32' ? name : chosen}(a, b); }`,
    }
    const run = rowProgram(
      device,
      site,
      name,
      {
        axis: axisOf(site, 'axis'),
        operands: { x: input },
        result: site.output,
        body: ({ at, each, store }) => `var k = 0;
  var best = ${at('x')};
  ${each(`best = better(best, ${at('x')});`)}
  best = best_of(best);
  ${store('best')}`,
      },
      better,
    )
    return ([x]) => run({ x })
  }
}

export function reduceKernels(device: WebGpuDevice): KernelTable {
  return { sum: sum(device), max: extreme(device, 'greatest'), min: extreme(device, 'least') }
}
