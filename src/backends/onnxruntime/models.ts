/** Graphs as sessions of ONNX Runtime: each becomes a model once, which holds the parameters that do not change. */
import { graphFlops } from '../../graph/cost.ts'
import { gradientName } from '../../graph/gradient-name.ts'
import type { Graph } from '../../graph/graph.ts'
import { scheduleStep } from '../../plan/plan.ts'
import { collectGarbage } from '../../run/collect.ts'
import { isSameParameter } from '../../run/parameters.ts'
import { requireProducts } from '../../run/precision.ts'
import type { Runner, RunRequest, StoredParameter } from '../../run/runner.ts'
import { punctualNodes } from './order.ts'
import { modelBytes, type OnnxModel } from './protobuf.ts'
import type { Runtime } from './runtime.ts'
import { Session, type SessionOptions } from './session.ts'
import { parameterInput, type TranslatedGraph, translate } from './translate.ts'
import { largeBytes, WeightFile } from './weight-file.ts'

/** Whose values are held, in which version. */
export interface HeldParameter {
  readonly stored: StoredParameter
  readonly version: number
}
type Held = ReadonlyMap<string, HeldParameter>

export interface Compiled {
  readonly session: Session
  /** Without the model, which is in the session. */
  readonly translated: Omit<TranslatedGraph, 'model'>
  /** The parameters that the model holds. */
  readonly held: Held
  readonly bytes: number
  /** Absent where its tensors are small. */
  readonly file?: WeightFile
}

/** Bytes of large tensors from which on they go through a file, and of garbage from which on it is collected. */
const large = 2 ** 24

/**
 * Operations from which on a step is worth more than one thread: below, threads that wait for each of some hundred short operators cost more than they give (measured with
 * 0.5 and 1.2 10^9 on 2 cores).
 */
const worthThreads = 1.5e9

export class Models {
  private readonly runtime: Runtime
  private readonly options: SessionOptions
  private readonly compiled = new Map<Graph, Compiled>()
  /** Parameters that were seen to change: models do not hold them. */
  private readonly changing = new Set<string>()
  /** Parameters whose values are in a file of a model only. */
  private readonly moved = new Map<StoredParameter, WeightFile>()
  /** Bytes of arrays that the host needs no more, and has not freed. */
  private givenUp = 0

  constructor(runtime: Runtime, options: SessionOptions) {
    this.runtime = runtime
    this.options = options
  }

  /** The model of a graph; made anew where a parameter that it holds has changed. Throws GraphError where `runner` lacks a product of it. */
  ready(graph: Graph, request: RunRequest, runner: Runner): Compiled {
    const known = this.compiled.get(graph)
    if (known !== undefined) {
      const changed = [...known.held].filter(([name, { stored, version }]) => {
        const now = request.parameter(name)
        return now.version !== version || !isSameParameter(stored, now)
      })
      if (changed.length === 0) return known
      for (const [name] of changed) this.changing.add(name)
      this.forget(graph)
    }
    requireProducts(graph, runner)
    const held = new Map<string, HeldParameter>()
    const schedule = scheduleStep(graph, request.sizes)
    const translated = translate(
      { ...graph, nodes: schedule.lifetimes.nodes },
      {
        sizes: request.sizes,
        punctual: punctualNodes(schedule),
        held: (name) => {
          // what has a gradient is about to change
          if (this.changing.has(name) || graph.outputs.has(gradientName(name))) return undefined
          const parameter = request.parameter(name)
          held.set(name, { stored: parameter, version: parameter.version })
          return parameter.data
        },
      },
    )
    const { model, ...rest } = translated
    const threads = graphFlops(graph, request.sizes) < worthThreads ? 1 : this.options.threads
    const compiled = { translated: rest, held, ...this.load(model, held, threads) }
    this.compiled.set(graph, compiled)
    return compiled
  }

  forget(graph: Graph): void {
    const compiled = this.compiled.get(graph)
    this.compiled.delete(graph)
    if (compiled === undefined) return
    compiled.session.release()
    const { file } = compiled
    if (file === undefined) return
    for (const [stored, its] of this.moved) {
      if (its !== file) continue
      // reading gives the values back to their owner
      if (stored.data.length > 0) this.moved.delete(stored)
    }
    file.close()
  }

  /** Counts bytes of an array that the host needs no more. */
  giveUp(bytes: number): void {
    this.givenUp += bytes
  }

  /** To be called where no array of the host is in use. */
  freeGivenUp(): void {
    if (this.givenUp < large) return
    this.givenUp = 0
    collectGarbage()
  }

  memory(): { readonly count: number; readonly bytes: number } {
    let bytes = 0
    for (const one of this.compiled.values()) bytes += one.bytes
    return { count: this.compiled.size, bytes }
  }

  dispose(): void {
    for (const graph of [...this.compiled.keys()]) this.forget(graph)
  }

  /** Large weights go through a file, where they stay: the host gives its copy up. */
  private load(model: OnnxModel, held: Held, threads: number): Pick<Compiled, 'session' | 'bytes' | 'file'> {
    const total = largeBytes(model)
    const file = total < large ? undefined : WeightFile.of(model)
    if (file === undefined) {
      const bytes = modelBytes(model)
      return { session: this.open(model, bytes, threads), bytes: bytes.byteLength }
    }
    const session = this.openFile(model, file, threads)
    for (const [name, { stored }] of held) {
      const tensor = parameterInput(name)
      if (stored.movedTo === undefined || !file.has(tensor)) continue
      stored.movedTo({ read: () => file.read(tensor), release: () => {} })
      this.moved.set(stored, file)
    }
    this.giveUp(total)
    return { session, bytes: total, file }
  }

  private openFile(model: OnnxModel, file: WeightFile, threads: number): Session {
    try {
      const session = this.open(model, file.path, threads)
      file.opened()
      return session
    } catch (error) {
      file.close()
      throw error
    }
  }

  private open({ inputs, outputs }: OnnxModel, model: Uint8Array | string, threads: number): Session {
    const options = { ...this.options, threads }
    const nameOf = ({ name }: { readonly name: string }): string => name
    return new Session(this.runtime, model, options, inputs.map(nameOf), outputs.map(nameOf))
  }
}
