/** Dropout masks drawn on the GPU: the numbers of graph/philox.ts, to the bit. */
import { counterPlaces, philoxKey } from '../../../graph/philox.ts'
import type { Kernel, KernelTable } from '../../../run/device.ts'
import { numberOf, textOf } from '../../tfjs/attributes.ts'
import type { WebGpuDevice } from '../device.ts'
import { elementGroup, groupsFor } from '../nest.ts'

/** Philox4x32-10: a counter of four words and a key of two give four words. */
const philox = `
fn upper(a : u32, b : u32) -> u32 {
  let a0 = a & 0xffffu; let a1 = a >> 16u;
  let b0 = b & 0xffffu; let b1 = b >> 16u;
  let middle = a1 * b0 + ((a0 * b0) >> 16u);
  let carry = a0 * b1 + (middle & 0xffffu);
  return a1 * b1 + (middle >> 16u) + (carry >> 16u);
}
fn philox(counter : vec4<u32>, key : vec2<u32>) -> vec4<u32> {
  var c = counter;
  var k = key;
  for (var round = 0; round < 10; round++) {
    c = vec4<u32>(
      upper(0xcd9e8d57u, c.z) ^ c.y ^ k.x, 0xcd9e8d57u * c.z,
      upper(0xd2511f53u, c.x) ^ c.w ^ k.y, 0xd2511f53u * c.x,
    );
    k = k + vec2<u32>(0x9e3779b9u, 0xbb67ae85u);
  }
  return c;
}`

/** What an axis adds to the words of the counter, where `i` is the index along it. */
const parts: { readonly [axis: string]: string } = {
  example: 'sample = samples[i];',
  token: 'tokens = tokens + i;',
  "token'": 'tokens = tokens + i * 65536;',
  head: 'high = high | (i << 24u);',
}

/**
 * A position counts as its example and its token; alone in a row, it has the bits that its token would have
 * among its neighbours.
 */
const positionPart = (alone: boolean): string => `
    let live = select(places[i], -1 - places[i], places[i] < 0);
    sample = samples[live / uniforms.tokens];
    let token = live % uniforms.tokens;
    ${alone ? 'lane = token & 7; high = high | (token >> 3u);' : 'tokens = tokens + token;'}`

function dropoutMask(device: WebGpuDevice): Kernel {
  return (site) => {
    const { axes, shape } = site.output
    const { leading, sizes, length, alone } = counterPlaces(axes, shape)
    const blocks = Math.ceil(length / 8)
    const lines = site.output.size / Math.max(1, length)
    const [rate, text] = [numberOf(site, 'rate'), textOf(site, 'site')]
    const positioned = axes.includes('position')
    return ([samples, places], { random }) => {
      if (samples === undefined) throw new Error('dropout_mask: an input is missing')
      const program = device.program(`dropout ${leading} ${alone} ${positioned}`, () => ({
        operands: ['samples', ...(positioned ? ['places'] : [])],
        integers: [
          ...['tasks', 'blocks', 'length', 'tokens', 'step', 'key0', 'key1', 'threshold'],
          ...leading.map((_, d) => `n${d}`),
        ],
        floats: ['keep'],
        workgroup: elementGroup,
        code: `${philox}
fn main(index : i32) {
  if (index >= uniforms.tasks) { return; }
  let line = index / uniforms.blocks;
  let block = index % uniforms.blocks;
  var rest = line;
  var sample = 0;
  var tokens = 0;
  var high = 0;
  var lane = 0;
  ${leading
    .map((axis, d) => ({ axis, d }))
    .reverse()
    .map(({ axis, d }) => {
      const part = axis === 'position' ? positionPart(alone) : parts[axis]
      return `{ let i = rest % uniforms.n${d}; rest = rest / uniforms.n${d}; ${part} }`
    })
    .join('\n  ')}
  let words = philox(
    vec4<u32>(u32(uniforms.step), u32(sample), u32(tokens), u32(high | block)),
    vec2<u32>(u32(uniforms.key0), u32(uniforms.key1)),
  );
  let count = min(uniforms.length - block * 8, 8);
  for (var k = 0; k < count; k++) {
    let i = u32(lane + k);
    let bits = i32((words[i >> 1u] >> ((i & 1u) << 4u)) & 0xffffu);
    result[line * uniforms.length + block * 8 + k] = select(uniforms.keep, 0.0, bits < uniforms.threshold);
  }
}`,
      }))
      const [key0, key1] = philoxKey(random.seed, random.stage, text)
      const tasks = lines * blocks
      const integers = [
        ...[tasks, blocks, length, site.sizes.L, random.step | 0, key0 | 0, key1 | 0],
        ...[Math.round(rate * 65536), ...sizes],
      ]
      const operands = positioned && places !== undefined ? [samples, places] : [samples]
      return device.dispatch(program, operands, { shape: [...shape], dtype: 'float32' }, groupsFor(tasks), {
        integers,
        floats: [1 / (1 - rate)],
      })
    }
  }
}

export function dropoutKernels(device: WebGpuDevice): KernelTable {
  return { dropout_mask: dropoutMask(device) }
}
