/** What the thread does: sessions of ONNX Runtime, and the weights, moments and gradients that stay with them between steps. */
import { createRequire } from 'node:module'
import type { Env, InferenceSession, Tensor } from 'onnxruntime-common'
import { collectGarbage } from '../../run/collect.ts'
import { gradientScale } from '../../run/update-rule.ts'
import { hostUpdate } from '../wasm/host-update.ts'
import { withoutFusions } from './fusions.ts'
import { MaskDrawer } from './masks.ts'
import type { Answers, FeedData, Fetched, Kind, Requests, ThreadOptions } from './protocol.ts'

/** Bytes of garbage from which on it is collected at once: it takes some milliseconds. */
const worthCollecting = 2 ** 26

interface Runtime {
  readonly InferenceSession: typeof InferenceSession
  readonly Tensor: typeof Tensor
  readonly env: Env
  readonly listSupportedBackends: () => Answers['providers']
}

interface Value {
  readonly data: Float32Array
  readonly dims: readonly number[]
}

export class Engine {
  private readonly runtime: Runtime
  private readonly own: ThreadOptions
  private readonly masks: MaskDrawer
  private readonly sessions = new Map<number, InferenceSession>()
  private readonly values = new Map<string, Value>()
  private readonly sums = new Map<string, Float32Array>()

  private constructor(runtime: Runtime, own: ThreadOptions, masks: MaskDrawer) {
    this.runtime = runtime
    this.own = own
    this.masks = masks
  }

  /** Rejects where the package, or its library, cannot be loaded. */
  static async start(options: ThreadOptions): Promise<Engine> {
    const runtime: Runtime = createRequire(import.meta.url)('onnxruntime-node')
    // what it would print is thrown too
    runtime.env.logLevel = 'fatal'
    return new Engine(runtime, options, await MaskDrawer.start())
  }

  readonly does: { readonly [kind in Kind]: (request: Requests[kind]) => Promise<Answers[kind]> } = {
    load: async ({ session, model }) => {
      const { InferenceSession } = this.runtime
      const options = this.options()
      const made =
        typeof model === 'string'
          ? await InferenceSession.create(model, options)
          : await InferenceSession.create(model, options)
      this.sessions.set(session, made)
      return undefined
    },
    free: async ({ session }) => {
      await this.sessions.get(session)?.release()
      this.sessions.delete(session)
      return undefined
    },
    run: (request) => this.run(request),
    assign: async ({ values }) => {
      for (const { name, data, dims } of values) this.values.set(name, { data, dims })
      return undefined
    },
    norm: async ({ names }) => Math.sqrt(names.reduce((sum, name) => sum + squares(this.sum(name)), 0)),
    gradient: async ({ name }) => this.sum(name).slice(),
    update: async ({ updates }) => {
      for (const { name, slots, rule } of updates) {
        const update = hostUpdate()
        if (rule.kind !== 'adaptive' || update === undefined) throw new Error(`no update for ${name}`)
        const gradient = this.sum(name)
        const scale = gradientScale(rule, () => Math.sqrt(squares(gradient)))
        const [first = '', second = ''] = slots
        update(this.value(name), gradient, this.value(first), this.value(second), rule, scale)
      }
      this.forgetSums()
      return undefined
    },
    discard: async () => {
      this.forgetSums()
      return undefined
    },
    read: async ({ name }) => this.value(name).slice(),
    release: async ({ name }) => {
      this.values.delete(name)
      return undefined
    },
    memory: async () => {
      let bytes = 0
      for (const { data } of this.values.values()) bytes += data.byteLength
      for (const data of this.sums.values()) bytes += data.byteLength
      return { values: this.values.size + this.sums.size, bytes }
    },
    providers: async () =>
      this.runtime.listSupportedBackends().map(({ name, bundled }) => ({ name, bundled })),
  }

  private options(): InferenceSession.SessionOptions {
    const { threads, provider } = this.own
    return {
      // what another provider lacks is done on the CPU
      executionProviders: provider === 'cpu' ? ['cpu'] : [provider, 'cpu'],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      // The same speed, a gigabyte less, and steady where lengths differ from batch to batch.
      enableMemPattern: false,
      graphOptimizationLevel: 'all',
      logSeverityLevel: 4,
      extra: { optimization: { disable_specified_optimizers: withoutFusions } },
    }
  }

  private async run(request: Requests['run']): Promise<Answers['run']> {
    const { feeds, resident, masks, random, gradients } = request
    const session = this.sessions.get(request.session)
    if (session === undefined) throw new Error(`no session ${request.session}`)
    const inputs: { [name: string]: Tensor } = {}
    const tensor = (
      type: 'float32' | 'int32' | 'int64' | 'bool' | 'uint8',
      data: FeedData,
      dims: readonly number[],
    ) => new this.runtime.Tensor(type, data, dims)
    for (const [name, { type, data, dims }] of Object.entries(feeds)) inputs[name] = tensor(type, data, dims)
    for (const [input, name] of Object.entries(resident)) {
      const value = this.values.get(name)
      if (value === undefined) throw new Error(`no value ${name}`)
      inputs[input] = tensor('float32', value.data, value.dims)
    }
    const drawn = this.masks.draw(masks, random)
    masks.forEach(({ name, shape }, i) => {
      const mask = drawn[i] ?? new Float32Array(0)
      inputs[name] = tensor(mask instanceof Uint8Array ? 'uint8' : 'float32', mask, shape)
    })
    const outputs = await session.run(inputs).finally(() => this.masks.release())
    const answer: { [output: string]: Fetched } = {}
    for (const [name, { data, dims }] of Object.entries(outputs)) {
      const parameter = gradients[name]
      if (parameter !== undefined && data instanceof Float32Array) this.add(parameter, data)
      else if (data instanceof Float32Array || data instanceof Int32Array || data instanceof Uint8Array)
        // ONNX Runtime's own array cannot be moved to another thread
        answer[name] = { data: data.slice(), dims: [...dims] }
    }
    return answer
  }

  private add(name: string, gradient: Float32Array): void {
    const sum = this.sums.get(name)
    if (sum === undefined) this.sums.set(name, gradient)
    else for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + (gradient[i] as number)
  }

  /** Each run gives new arrays: those of the last one are not to stand beside them. */
  private forgetSums(): void {
    let bytes = 0
    for (const { byteLength } of this.sums.values()) bytes += byteLength
    this.sums.clear()
    if (bytes >= worthCollecting) collectGarbage()
  }

  private sum(name: string): Float32Array {
    const sum = this.sums.get(name)
    if (sum === undefined) throw new Error(`no gradient of ${name} was summed`)
    return sum
  }

  private value(name: string): Float32Array {
    const value = this.values.get(name)
    if (value === undefined) throw new Error(`no value ${name}`)
    return value.data
  }
}

/** In float64; four sums at a time, so that an addition does not wait for the one before it. */
function squares(x: Float32Array): number {
  let [a, b, c, d] = [0, 0, 0, 0]
  const even = x.length - (x.length % 4)
  for (let i = 0; i < even; i += 4) {
    a += (x[i] as number) ** 2
    b += (x[i + 1] as number) ** 2
    c += (x[i + 2] as number) ** 2
    d += (x[i + 3] as number) ** 2
  }
  for (let i = even; i < x.length; i++) a += (x[i] as number) ** 2
  return a + b + (c + d)
}
