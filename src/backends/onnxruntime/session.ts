/** A model that ONNX Runtime runs, with the names of its inputs and outputs written down once. */
import type { Block } from '../foreign/memory.ts'
import { withoutFusions } from './fusions.ts'
import { appendProvider } from './providers.ts'
import { type Runtime, silent } from './runtime.ts'
import type { WordArray } from './word-array.ts'

export interface SessionOptions {
  readonly threads: number
  /** An execution provider of ONNX Runtime: `cpu`, `webgpu` .. */
  readonly provider: string
  /** Domains of operators that are not the runtime's own. */
  readonly domains?: readonly number[]
  /** Whether the runtime rewrites the model in all of its ways, also in those that make ours slower. */
  readonly allFusions?: boolean
}

/** All of its rewrites. */
const allOptimizations = 99

export class Session {
  /** Names, in the order in which `run` takes values. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  private readonly runtime: Runtime
  private readonly session: number
  private readonly names: readonly Block[]
  private readonly inputNames: WordArray
  private readonly outputNames: WordArray
  private readonly inputValues: WordArray
  private readonly outputValues: WordArray

  /**
   * `model`: its bytes, or the path of its file. Throws the error of ONNX Runtime if it does not accept it.
   */
  constructor(
    runtime: Runtime,
    model: Uint8Array | string,
    options: SessionOptions,
    inputs: readonly string[],
    outputs: readonly string[],
  ) {
    this.runtime = runtime
    this.inputs = inputs
    this.outputs = outputs
    this.session = createSession(runtime, model, options)
    this.names = [...inputs, ...outputs].map((name) => runtime.text(name))
    const addresses = this.names.map(({ address }) => address)
    this.inputNames = runtime.words(inputs.length)
    this.inputNames.setAll(addresses.slice(0, inputs.length))
    this.outputNames = runtime.words(outputs.length)
    this.outputNames.setAll(addresses.slice(inputs.length))
    this.inputValues = runtime.words(inputs.length)
    this.outputValues = runtime.words(outputs.length)
  }

  /**
   * Runs with inputs and outputs in the order of the names. Outputs are values to be written, or 0 for those
   * that ONNX Runtime allocates; the caller releases these. Throws the error of ONNX Runtime.
   */
  run(inputs: readonly number[], outputs: readonly number[]): number[] {
    const { runtime } = this
    this.inputValues.setAll(inputs)
    this.outputValues.setAll(outputs)
    runtime.uninterrupted(() =>
      runtime.functions.run(
        this.session,
        0,
        this.inputNames.address,
        this.inputValues.address,
        inputs.length,
        this.outputNames.address,
        outputs.length,
        this.outputValues.address,
      ),
    )
    return outputs.map((_, place) => this.outputValues.get(place))
  }

  release(): void {
    this.runtime.functions.releaseSession(this.session)
    for (const words of [this.inputNames, this.outputNames, this.inputValues, this.outputValues]) words.free()
    for (const name of this.names) name.free()
  }
}

function createSession(runtime: Runtime, model: Uint8Array | string, wanted: SessionOptions): number {
  const { functions, environment } = runtime
  const options = runtime.made(functions.createSessionOptions)
  try {
    if (wanted.threads > 1) functions.disablePerSessionThreads(options)
    else functions.setIntraOpNumThreads(options, 1)
    functions.setInterOpNumThreads(options, 1)
    // The same speed, a gigabyte less, and steady where lengths differ from batch to batch.
    functions.disableMemPattern(options)
    functions.setSessionGraphOptimizationLevel(options, allOptimizations)
    functions.setSessionLogSeverityLevel(options, silent)
    if (wanted.allFusions !== true)
      functions.addSessionConfigEntry(options, 'optimization.disable_specified_optimizers', withoutFusions)
    for (const domain of wanted.domains ?? []) functions.addCustomOpDomain(options, domain)
    // what another provider lacks is done on the CPU
    if (wanted.provider !== 'cpu') appendProvider(runtime, options, wanted.provider)
    if (typeof model !== 'string')
      return runtime.uninterrupted(() =>
        runtime.made((session) =>
          functions.createSessionFromArray(
            environment,
            runtime.addressOf(model),
            model.byteLength,
            options,
            session,
          ),
        ),
      )
    const path = runtime.path(model)
    try {
      return runtime.uninterrupted(() =>
        runtime.made((session) => functions.createSession(environment, path.address, options, session)),
      )
    } finally {
      path.free()
    }
  } finally {
    functions.releaseSessionOptions(options)
  }
}
