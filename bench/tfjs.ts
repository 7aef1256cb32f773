/**
 * The backend of TensorFlow.js over oneDNN beside its `cpu` and `wasm`: one product, and training steps of small models, in one run. Prints a table in Markdown.
 *
 *     npx tsx bench/tfjs.ts [PART OF A CASE'S NAME [BACKEND WHOSE KERNELS ARE LISTED]]
 */

import { createRequire } from 'node:module'
import { cpus } from 'node:os'
import { dirname, join, sep } from 'node:path'
import '@tensorflow/tfjs-backend-cpu'
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm'
import * as tf from '@tensorflow/tfjs-core'
import { backendName } from '../src/backends/native/tfjs/index.ts'

const require = createRequire(import.meta.url)
// Not a module by its ending.
require('@tensorflow/tfjs-core/dist/register_all_gradients.js')
setWasmPaths(join(dirname(require.resolve('@tensorflow/tfjs-backend-wasm')), sep))
tf.enableProdMode()

/** Something to time; it is made anew on each backend, and runs once on a call. */
interface Case {
  readonly name: string
  readonly prepare: () => () => void
  /** Backends that lack a kernel for it, each with the reason. */
  readonly without?: { readonly [backend: string]: string }
}

function drawn(shape: number[], scale = 1): tf.Tensor {
  return tf.mul(tf.randomUniform(shape, -1, 1, 'float32', 7), scale)
}

function step(parameters: tf.Variable[], loss: () => tf.Tensor): () => void {
  const optimizer = tf.train.adam(1e-3)
  return () => {
    const value = optimizer.minimize(() => tf.reshape(loss(), []), true, parameters)
    value?.dataSync()
    value?.dispose()
  }
}

function product(): () => void {
  const a = tf.keep(drawn([1024, 1024]))
  const b = tf.keep(drawn([1024, 1024]))
  return () => {
    const c = tf.matMul(a, b)
    c.dataSync()
    c.dispose()
  }
}

function classes(count: number): tf.Tensor {
  return tf.keep(
    tf.oneHot(
      tf.tensor1d(
        Array.from({ length: count }, (_, i) => i % 10),
        'int32',
      ),
      10,
    ),
  )
}

function variable(shape: number[], scale = 0.05): tf.Variable {
  return tf.variable(drawn(shape, scale))
}

/** 256 examples of 784 numbers through two layers of 512 units to 10 classes. */
function perceptron(): () => void {
  const x = tf.keep(drawn([256, 784])) as tf.Tensor2D
  const y = classes(256)
  const sizes = [784, 512, 512, 10]
  const weights = sizes.slice(1).map((n, i) => variable([sizes[i] ?? 0, n]))
  const biases = sizes.slice(1).map((n) => tf.variable(tf.zeros([n])))
  return step([...weights, ...biases], () => {
    let value = x
    weights.forEach((weight, i) => {
      const next = tf.add(tf.matMul(value, weight as tf.Tensor2D), biases[i] as tf.Tensor) as tf.Tensor2D
      value = i + 1 < weights.length ? tf.relu(next) : next
    })
    return tf.losses.softmaxCrossEntropy(y, value)
  })
}

/** 64 pictures of 28 x 28 through two convolutions with pooling, of 32 and 64 channels, to 10 classes. */
function pictures(): () => void {
  const x = tf.keep(drawn([64, 28, 28, 1])) as tf.Tensor4D
  const y = classes(64)
  const first = variable([5, 5, 1, 32])
  const second = variable([5, 5, 32, 64])
  const last = variable([7 * 7 * 64, 10])
  const layer = (value: tf.Tensor4D, filter: tf.Variable): tf.Tensor4D =>
    tf.maxPool(tf.relu(tf.conv2d(value, filter as tf.Tensor4D, 1, 'same')), 2, 2, 'same')
  return step([first, second, last], () => {
    const value = tf.reshape(layer(layer(x, first), second), [64, 7 * 7 * 64])
    return tf.losses.softmaxCrossEntropy(y, tf.matMul(value as tf.Tensor2D, last as tf.Tensor2D))
  })
}

/** 16 texts of 64 tokens from 5,000, an attention layer of 4 heads and a feed-forward layer, 128 units wide, and the mean to 10 classes. */
function attention(): () => void {
  const [texts, length, units, heads] = [16, 64, 128, 4]
  const ids = tf.keep(
    tf.tensor1d(
      Array.from({ length: texts * length }, (_, i) => (i * 7919) % 5000),
      'int32',
    ),
  )
  const y = classes(texts)
  const table = variable([5000, units])
  const [query, key, value, out] = [0, 1, 2, 3].map(() => variable([units, units])) as [
    tf.Variable,
    tf.Variable,
    tf.Variable,
    tf.Variable,
  ]
  const [wide, narrow, last] = [variable([units, 512]), variable([512, units]), variable([units, 10])]
  const by = (x: tf.Tensor, weight: tf.Variable): tf.Tensor =>
    tf.matMul(x as tf.Tensor2D, weight as tf.Tensor2D)
  const split = (x: tf.Tensor): tf.Tensor =>
    tf.transpose(tf.reshape(x, [texts, length, heads, units / heads]), [0, 2, 1, 3])
  return step([table, query, key, value, out, wide, narrow, last], () => {
    const x = tf.gather(table, ids)
    const scores = tf.matMul(split(by(x, query)), split(by(x, key)), false, true)
    const shares = tf.softmax(tf.mul(scores, 1 / Math.sqrt(units / heads)))
    const mixed = tf.transpose(tf.matMul(shares, split(by(x, value))), [0, 2, 1, 3])
    const attended = tf.add(x, by(tf.reshape(mixed, [texts * length, units]), out))
    const fed = tf.add(attended, by(tf.relu(by(attended, wide)), narrow))
    const mean = tf.mean(tf.reshape(fed, [texts, length, units]), 1)
    return tf.losses.softmaxCrossEntropy(y, by(mean, last))
  })
}

const cases: readonly Case[] = [
  { name: 'a product, 1024 x 1024 x 1024', prepare: product },
  { name: 'a step of a perceptron', prepare: perceptron },
  { name: 'a step with convolutions', prepare: pictures, without: { wasm: 'lacks Conv2DBackpropFilter' } },
  { name: 'a step with attention', prepare: attention, without: { wasm: 'lacks UnsortedSegmentSum' } },
]
const backends = ['cpu', 'wasm', backendName]

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN

/** Milliseconds: the median of several calls after two; fewer of what takes long. */
function timed(run: () => void): number {
  const once = (): number => {
    const start = performance.now()
    run()
    return performance.now() - start
  }
  once()
  const second = once()
  return median(Array.from({ length: second > 1000 ? 1 : 9 }, once))
}

const [only, profiled] = process.argv.slice(2)
const lines: string[] = []
for (const { name, prepare, without = {} } of cases) {
  if (only !== undefined && !name.includes(only)) continue
  const cells: string[] = []
  const times: number[] = []
  for (const backend of backends) {
    const reason = without[backend]
    if (reason !== undefined) {
      cells.push(reason)
      continue
    }
    await tf.setBackend(backend)
    const run = prepare()
    const time = timed(run)
    times.push(time)
    cells.push(`${time.toFixed(time < 10 ? 1 : 0)} ms`)
    if (profiled === backend) await kernelsOf(run)
  }
  const ours = times.at(-1) ?? Number.NaN
  lines.push(`| ${name} | ${cells.join(' | ')} | ${((times[0] ?? 0) / ours).toFixed(0)} |`)
}
process.stdout.write(
  [
    `${cpus()[0]?.model ?? ''}, ${cpus().length} cores, Node ${process.version}`,
    '',
    `| | ${backends.join(' | ')} | times as fast as cpu |`,
    `|---|${'---|'.repeat(backends.length + 1)}`,
    ...lines,
    '',
  ].join('\n'),
)

/** Where the time of a run goes, by kernel, on standard error. */
async function kernelsOf(run: () => void): Promise<void> {
  const { kernels } = await tf.profile(run)
  const sums = new Map<string, number>()
  for (const { name, kernelTimeMs } of kernels)
    sums.set(name, (sums.get(name) ?? 0) + Number(await kernelTimeMs))
  for (const [name, time] of [...sums].sort((a, b) => b[1] - a[1]).slice(0, 12))
    process.stderr.write(`  ${name} ${time.toFixed(2)} ms\n`)
}
