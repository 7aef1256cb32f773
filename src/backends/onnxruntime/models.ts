/**
 * Graphs as sessions of ONNX Runtime: each becomes a model once, which holds the parameters that do not
 * change.
 */

import { graphFlops } from '../../graph/cost.ts'
import { gradientName } from '../../graph/gradient-name.ts'
import type { Graph } from '../../graph/graph.ts'
import { modelBytes } from '../../onnx/protobuf.ts'
import { parameterInput } from '../../onnx/translate.ts'
import { scheduleStep } from '../../plan/plan.ts'
import { collectGarbage } from '../../run/collect.ts'
import { isSameParameter } from '../../run/parameters.ts'
import { requireProducts } from '../../run/precision.ts'
import type { Runner, RunRequest, StoredParameter } from '../../run/runner.ts'
import { CompiledNodes } from './compiled/nodes.ts'
import type { CompiledOperators } from './compiled/operators.ts'
import { runtimeFormat } from './model-format.ts'
import { punctualNodes } from './order.ts'
import type { Runtime } from './runtime.ts'
import { Session, type SessionOptions } from './session.ts'
import { type TranslatedGraph, translate } from './translate.ts'
import { largeBytes, WeightFile } from './weight-file.ts'

/** Whose values are held, in which version. */
export interface HeldParameter {
  readonly stored: StoredParameter
  readonly version: number
}
type Held = ReadonlyMap<string, HeldParameter>

/** All but the session. */
interface Prepared extends Omit<Compiled, 'session'> {
  readonly model: Uint8Array | string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
}

export interface Compiled {
  readonly session: Session
  /** Without the model, which is in the session. */
  readonly translated: Omit<TranslatedGraph, 'model'>
  /** The parameters that the model holds. */
  readonly held: Held
  readonly bytes: number
  /** Its compiled nodes. */
  readonly compiled?: CompiledNodes
  /** Absent where its tensors are small. */
  readonly file?: WeightFile
}

/**
 * Bytes of large tensors from which on they go through a file, and of garbage from which on it is collected.
 */
const large = 2 ** 24

/**
 * Operations from which on a step uses several threads. Below, threads that wait for each of some hundred
 * short operators cost more than they save. Measured on 2 cores: with 0.03 10^9 operations no gain, with 0.06
 * 10^9 a seventh if no other work kept the threads waiting, with 0.13 10^9 a fifth in any case.
 */
const worthThreads = 1e8

export class Models {
  private readonly runtime: Runtime
  private readonly options: SessionOptions
  private readonly operators: CompiledOperators | undefined
  private readonly compiled = new Map<Graph, Compiled>()
  /** Parameters that were seen to change: models do not hold them. */
  private readonly changing = new Set<string>()
  /** Parameters whose values are in a file of a model only. */
  private readonly moved = new Map<StoredParameter, WeightFile>()
  /** Bytes of arrays that the host needs no more, and has not freed. */
  private givenUp = 0

  constructor(runtime: Runtime, options: SessionOptions, operators: CompiledOperators | undefined) {
    this.runtime = runtime
    this.options = options
    this.operators = operators
  }

  /**
   * The model of a graph; rebuilt where a parameter that it holds has changed, or for sizes that a kernel
   * does not have. Throws GraphError where `runner` lacks a product of it.
   */
  ready(graph: Graph, request: RunRequest, runner: Runner): Compiled {
    const known = this.compiled.get(graph)
    if (known !== undefined) {
      const changed = [...known.held].filter(([name, { stored, version }]) => {
        const now = request.parameter(name)
        return now.version !== version || !isSameParameter(stored, now)
      })
      if (changed.length === 0 && known.compiled?.serves(request.sizes) !== false) return known
      for (const [name] of changed) this.changing.add(name)
      this.forget(graph)
    }
    requireProducts(graph, runner)
    const threads = graphFlops(graph, request.sizes) < worthThreads ? 1 : this.options.threads
    const { model, inputs, outputs, ...prepared } = this.prepare(graph, request, threads)
    this.freeGivenUp()
    const { file } = prepared
    try {
      const session = new Session(this.runtime, model, { ...this.options, threads }, inputs, outputs)
      file?.opened()
      const compiled = { ...prepared, session }
      this.compiled.set(graph, compiled)
      return compiled
    } catch (error) {
      if (file !== undefined) this.giveBack(file)
      throw error
    }
  }

  /** Values of a model that are in its file stay there. */
  forget(graph: Graph): void {
    const compiled = this.compiled.get(graph)
    this.compiled.delete(graph)
    compiled?.session.release()
    compiled?.compiled?.free()
    if (compiled?.file !== undefined) this.closeUnread(compiled.file)
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
    for (const file of new Set(this.moved.values())) this.giveBack(file)
  }

  /**
   * Prepares a model without its session. The session is made after the host has freed its copy of large
   * weights, which pass through a file and stay there.
   */
  private prepare(graph: Graph, request: RunRequest, threads: number): Prepared {
    const compiled = this.operators && new CompiledNodes(this.operators, this.runtime.memory, threads)
    const held = new Map<string, HeldParameter>()
    const schedule = scheduleStep(graph, request.sizes)
    const { model, ...translated } = translate(
      { ...graph, nodes: schedule.lifetimes.nodes },
      {
        sizes: request.sizes,
        ...(compiled && { compiled }),
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
    const nameOf = ({ name }: { readonly name: string }): string => name
    const names = { inputs: model.inputs.map(nameOf), outputs: model.outputs.map(nameOf) }
    const total = largeBytes(model)
    const file = total < large ? undefined : WeightFile.of(model)
    if (file === undefined) {
      const bytes = modelBytes(model, runtimeFormat)
      return {
        translated,
        held,
        ...names,
        ...(compiled && { compiled }),
        model: bytes,
        bytes: bytes.byteLength,
      }
    }
    for (const [name, { stored }] of held) this.move(stored, file, parameterInput(name))
    this.giveUp(total)
    return {
      translated,
      held,
      ...names,
      ...(compiled && { compiled }),
      model: file.path,
      bytes: total,
      file,
    }
  }

  private move(stored: StoredParameter, file: WeightFile, tensor: string): void {
    if (stored.movedTo === undefined || !file.has(tensor)) return
    const before = this.moved.get(stored)
    const leave = (old: WeightFile): void => {
      if (this.moved.get(stored) === old) this.moved.delete(stored)
      this.closeUnread(old)
    }
    stored.movedTo({ read: () => file.read(tensor), release: () => leave(file) })
    this.moved.set(stored, file)
    if (before !== undefined && before !== file) leave(before)
  }

  /** Closes a file that belongs to no model any more, unless values are there alone. */
  private closeUnread(file: WeightFile): void {
    if ([...this.compiled.values()].some((one) => one.file === file)) return
    if (![...this.moved.values()].includes(file)) file.close()
  }

  /** Closes a file whose values go to their owners first. */
  private giveBack(file: WeightFile): void {
    for (const [stored, its] of this.moved) {
      // reading is all it takes
      if (its === file && stored.data.length > 0) this.moved.delete(stored)
    }
    file.close()
  }
}
