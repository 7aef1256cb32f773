import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-core/dist/register_all_gradients.js'
import { describe, expect, it } from 'vitest'
import { NativeBackend } from '../../src/backends/native/tfjs/backend.ts'
import { backendName } from '../../src/backends/native/tfjs/index.ts'
import { ownKernels } from '../../src/backends/native/tfjs/register.ts'
import { random } from '../lower/spec-run.ts'
import { type KernelCase, kernelCases } from './kernel-cases.ts'

function drawn(shape: readonly number[], from: number, seed: number): Float32Array {
  const size = shape.reduce((a, b) => a * b, 1)
  return Float32Array.from({ length: size }, (_, i) => from + (2 - from) * random(i + seed))
}

/** The result of a kernel by oneDNN, and what TensorFlow.js's plain backend makes of the same values. */
async function both(
  name: string,
  { inputs, attributes = {}, positive, types = {} }: KernelCase,
  values = (shape: readonly number[], seed: number) => drawn(shape, positive === undefined ? -2 : 0.1, seed),
): Promise<{ got: ArrayLike<number>; wanted: ArrayLike<number>; shapes: readonly (readonly number[])[] }> {
  const attrs = attributes as tf.NamedAttrMap
  const given = Object.entries(inputs).map(([key, shape], i) => ({
    key,
    shape,
    data: values(shape, 7919 * i),
  }))
  const on = async (backendOf: 'cpu' | typeof backendName): Promise<[ArrayLike<number>, number[]]> => {
    await tf.setBackend(backendOf)
    const tensors = given.map(({ key, shape, data }) => {
      const type = types[key]
      if (type === undefined) return tf.tensor(data.slice(), shape, 'float32')
      const whole = Int32Array.from(data, (x) => Math.abs(Math.trunc(x * 1000)) % (type === 'bool' ? 2 : 11))
      return tf.tensor(whole, shape, type)
    })
    const named = Object.fromEntries(given.map(({ key }, i) => [key, tensors[i] as tf.TensorInfo]))
    // A kernel of any number of inputs has them as an array.
    const made = '0' in named ? Object.assign([], named) : named
    const place = tf.backend()
    const result =
      place instanceof NativeBackend
        ? ownKernels[name]?.({ inputs: made, attributes: attrs, backend: place })
        : (tf.getKernel(name, 'cpu').kernelFunc({ inputs: made, backend: place, attrs }) as tf.TensorInfo)
    if (result === undefined) throw new Error(`${name} is left to the plain backend`)
    const copy = Array.from(place.readSync(result.dataId) as Float32Array)
    place.disposeData(result.dataId)
    tf.dispose(tensors)
    return [copy, result.shape]
  }
  const [got, shape] = await on(backendName)
  const [wanted, wantedShape] = await on('cpu')
  return { got, wanted, shapes: [shape, wantedShape] }
}

describe('kernels of its own', () => {
  it('have cases, all of them', () => {
    expect(Object.keys(kernelCases).sort()).toEqual(Object.keys(ownKernels).sort())
  })

  it.each(Object.keys(kernelCases))('%s agrees with the plain backend', async (name) => {
    for (const one of kernelCases[name] ?? []) {
      const { got, wanted, shapes } = await both(name, one)
      expect(shapes[0]).toEqual(shapes[1])
      expect(got.length).toBe(wanted.length)
      const far = Array.from(got, (x, i) => {
        const y = wanted[i] ?? 0
        return Math.abs(x - y) / Math.max(1, Math.abs(y))
      })
      expect(Math.max(...far)).toBeLessThanOrEqual(2e-5)
    }
  })

  it('keep NaN and infinities as the plain backend does', async () => {
    const odd = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -1.5, 1.5, 3]
    const values = (shape: readonly number[], seed: number): Float32Array =>
      drawn(shape, -2, seed).map(
        (x, i) => (seed === 0 ? odd[i % odd.length] : odd[(i >> 3) % odd.length]) ?? x,
      )
    // Sums of many products: what becomes of infinities among them is a matter of order.
    // The largest of a window of minus infinity alone is the lowest number here.
    // The plain backend multiplies all rows of UnsortedSegmentSum by 0 or 1, infinities too.
    const unequal =
      /^(UnsortedSegmentSum|FusedBatchNorm|MaxPool.*|Softplus|Softmax|Mean|Sum|Prod|PadV2|Concat|.*(MatMul|Conv|Avg).*)$/
    for (const [name, cases] of Object.entries(kernelCases)) {
      if (unequal.test(name)) continue
      for (const one of cases) {
        const { got, wanted } = await both(name, one, values)
        const kind = (list: ArrayLike<number>): string =>
          Array.from(list, (x) => (Number.isFinite(x) ? 'finite' : String(x))).join(' ')
        expect(kind(got) === kind(wanted) ? [] : [name, one]).toEqual([])
      }
    }
  })
})

describe('the backend', () => {
  it('holds nothing after a model has been trained, and is as good at it as the plain backend', async () => {
    const losses: number[][] = []
    for (const name of [backendName, 'cpu']) {
      await tf.setBackend(name)
      const before = tf.backend().numDataIds()
      losses.push(trained())
      expect(tf.backend().numDataIds()).toBe(before)
    }
    const [ours = [], plain = []] = losses
    expect(ours[9]).toBeLessThan((ours[0] ?? 0) / 2)
    ours.forEach((loss, i) => {
      expect(loss).toBeCloseTo(plain[i] ?? 0, 4)
    })
  })

  it('lets a process end that has computed by threads', () => {
    const { status, signal, stdout } = program(`
      const started = await tf.setBackend('${backendName}')
      const ones = tf.ones([256, 256])
      console.log(started, tf.matMul(ones, ones).dataSync()[0])`)
    expect([status, signal, stdout]).toEqual([0, null, 'true 256\n'])
  })

  it('says in one line what is missing, and TensorFlow.js goes on without it', () => {
    const { stdout, stderr } = program(
      `
      console.log(await tf.setBackend('${backendName}'))
      await tf.ready()
      console.log(tf.getBackend())`,
      { DISTILL_DNNL: '/nowhere/libdnnl.so' },
    )
    expect(stdout).toBe('false\ncpu\n')
    const [first, second, ...rest] = stderr.trim().split('\n')
    expect(first).toBe(`Initialization of backend ${backendName} failed`)
    expect(second).toMatch(
      /^E1120: backend native does not start: DISTILL_DNNL names \/nowhere\/libdnnl\.so, which cannot be loaded; to help: .*install/,
    )
    expect(rest.join('\n')).not.toMatch(/\bat .*:\d+/)
  })
})

/** Runs a program that has imported TensorFlow.js as `tf`, and the backend. */
function program(
  text: string,
  environment: { readonly [name: string]: string } = {},
): SpawnSyncReturns<string> {
  const backend = new URL('../../src/backends/native/tfjs/index.ts', import.meta.url).pathname
  const whole = `import * as tf from '@tensorflow/tfjs-core'\nimport '${backend}'\n${text}`
  return spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', whole], {
    encoding: 'utf8',
    env: { ...process.env, ...environment },
  })
}

/** Losses of ten steps of a small network, from the same weights on every backend. */
function trained(): number[] {
  return tf.tidy(() => {
    const x = tf.tensor2d(drawn([64, 40], -2, 1), [64, 40])
    const y = tf.tensor2d(drawn([64, 10], -2, 2), [64, 10])
    const first = tf.variable(tf.mul(tf.tensor2d(drawn([40, 80], -2, 3), [40, 80]), 0.1))
    const bias = tf.variable(tf.zeros([80]))
    const second = tf.variable(tf.mul(tf.tensor2d(drawn([80, 10], -2, 4), [80, 10]), 0.1))
    const optimizer = tf.train.adam(0.02)
    const losses: number[] = []
    for (let step = 0; step < 10; step++) {
      const loss = optimizer.minimize(
        () => {
          const hidden = tf.relu(tf.add(tf.matMul(x, first), bias))
          return tf.reshape(tf.losses.meanSquaredError(y, tf.matMul(hidden, second)), [])
        },
        true,
        [first, bias, second],
      )
      losses.push(loss?.dataSync()[0] ?? Number.NaN)
    }
    optimizer.dispose()
    for (const variable of [first, bias, second]) variable.dispose()
    return losses
  })
}
