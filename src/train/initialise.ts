/**
 * Weights before the first step: random, copied, averaged, factorized or read from checkpoints, as `init` and
 * `weights` set. Random values are counter-based, keyed by seed and parameter name. So they do not depend on
 * order or on other parameters.
 */
import type { InitialValue, ModelInstance, Program, Projection } from '../check/program.ts'
import { parameterKey } from '../check/program.ts'
import type { ParameterReference } from '../check/tensor-term.ts'
import { checkpointsOf, loadCheckpointOf, requireCheckpoints } from './checkpoints.ts'
import { sourceModels } from './first-use.ts'
import { listed } from './format.ts'
import { type Factorized, keptEnergyNotes } from './kept-energy.ts'
import { normalValues, truncatedNormalValues } from './normal.ts'
import { initialSources } from './parameter-origins.ts'
import { elements, type ParameterStore, projectionKey, storedParameters } from './parameters.ts'
import { type Factors, truncatedSvd } from './svd.ts'
import type { LoadedWeights } from './weight-file.ts'

export interface InitialiseOptions {
  readonly seed: number
  /** Whether random values replace checkpoints. */
  readonly randomWeights?: boolean
}

type Parameter = ModelInstance['parameters'][number]

interface OpenedFile {
  readonly model: string
  readonly path: string
  readonly weights: LoadedWeights
}

export class Initialiser {
  /**
   * Notes to log: heads that a checkpoint lacks, how much of a factorized matrix is kept. Notes are only
   * added.
   */
  readonly notes: string[] = []
  private readonly program: Program
  private readonly store: ParameterStore
  private readonly options: InitialiseOptions
  private readonly files = new Map<string, OpenedFile>()
  private readonly factors = new Map<string, Factors>()
  /** Matrices factorized since the last note. */
  private readonly factorized: Factorized[] = []

  constructor(program: Program, store: ParameterStore, options: InitialiseOptions) {
    this.program = program
    this.store = store
    this.options = options
  }

  /**
   * The instances from which those of `names` are initialised, themselves included. Sources come before the
   * models that are made from them.
   */
  closure(names: Iterable<string>): string[] {
    const all = new Set<string>()
    const visit = (name: string): void => {
      const instance = this.program.instances.get(name)
      if (!instance || all.has(name)) return
      for (const source of sourceModels(instance)) visit(source)
      all.add(name)
    }
    for (const name of names) visit(name)
    return [...all]
  }

  /** Throws E0912 with every missing checkpoint. */
  requireFiles(names: Iterable<string>): void {
    if (this.options.randomWeights) return
    requireCheckpoints([...names].flatMap((name) => this.program.instances.get(name) ?? []))
  }

  /** Defines all parameters of an instance, and of its sources, with their initial values at this moment. */
  instance(name: string): void {
    const instance = this.named(name)
    for (const { key, parameter } of storedParameters(instance)) this.parameter(instance, key, parameter)
    this.noteFactorized()
  }

  /**
   * Defines the parameters of an instance that is initialised later. Values from other models are zero until
   * `refresh`. Files are read now, so that their errors are reported before the stage.
   */
  reserve(name: string): void {
    const instance = this.named(name)
    for (const { key, parameter } of storedParameters(instance)) {
      const { initial, shape } = parameter
      const waits = initialSources(initial).length > 0
      this.store.define(
        key,
        shape,
        waits ? new Float32Array(elements(shape)) : this.initial(instance, key, parameter),
      )
    }
  }

  /** Assigns the parameters of a defined instance their initial values at this moment. */
  refresh(name: string): void {
    const instance = this.named(name)
    this.factors.clear()
    for (const { key, parameter } of storedParameters(instance))
      if (initialSources(parameter.initial).length > 0)
        this.store.assign(key, this.initial(instance, key, parameter))
    this.noteFactorized()
  }

  /**
   * Notes unused tensors of files: heads of other tasks, poolers. One note for each file, once all models are
   * initialised.
   */
  noteUnused(): void {
    const byFile = new Map<string, { readonly models: string[]; readonly unused: readonly string[] }>()
    for (const { model, path, weights } of this.files.values()) {
      if (weights.unused.length === 0) continue
      const key = [path, ...weights.unused].join('\n')
      const entry = byFile.get(key) ?? { models: [], unused: weights.unused }
      entry.models.push(model)
      byFile.set(key, entry)
    }
    for (const [key, { models, unused }] of byFile) {
      const use = models.length === 1 ? 'does not use' : 'do not use'
      this.notes.push(`in ${key.split('\n', 1)[0]}, what ${models.join(' and ')} ${use}: ${listed(unused)}`)
    }
  }

  private named(name: string): ModelInstance {
    const instance = this.program.instances.get(name)
    if (!instance) throw new Error(`no instance ${name}`)
    return instance
  }

  private noteFactorized(): void {
    this.notes.push(...keptEnergyNotes(this.factorized.splice(0)))
  }

  /**
   * Defines the parameters of a projection. Its deviation is that of the family, 0.02. PyTorch's default for
   * a Linear would depend on its size.
   */
  projection({ name, parameters }: Projection): void {
    for (const { path, shape, kind } of parameters) {
      const key = projectionKey(name, path)
      if (this.store.has(key)) continue
      const size = elements(shape)
      const data =
        kind === 'bias'
          ? new Float32Array(size)
          : normalValues(size, 0.02, { seed: this.options.seed, name: key })
      this.store.define(key, shape, data)
    }
  }

  private parameter(instance: ModelInstance, key: string, parameter: Parameter): void {
    if (this.store.has(key)) return
    this.store.define(key, parameter.shape, this.initial(instance, key, parameter))
  }

  /** Values of a parameter of another instance, which is defined first if necessary. */
  private values(reference: ParameterReference): Float32Array {
    const instance = this.program.instances.get(reference.owner)
    const bound = instance?.parameters.find(({ path }) => path === reference.path)
    const parameter = instance?.parameters.find(({ path }) => path === bound?.canonical)
    if (!instance || !parameter) throw new Error(`no parameter ${parameterKey(reference)}`)
    const key = parameterKey({ owner: instance.name, path: parameter.path })
    this.parameter(instance, key, parameter)
    return this.store.get(key).data
  }

  private initial(instance: ModelInstance, key: string, parameter: Parameter): Float32Array {
    const { initial, shape } = parameter
    const size = elements(shape)
    const { seed } = this.options
    switch (initial.kind) {
      case 'zeros':
        return new Float32Array(size)
      case 'ones':
        return new Float32Array(size).fill(1)
      case 'normal':
        return normalValues(size, initial.deviation, { seed, name: key })
      case 'truncated_normal':
        return truncatedNormalValues(size, initial.deviation, { seed, name: key })
      case 'copy':
        return this.values(initial.from).slice()
      case 'mean':
        return mean(initial.from.map((reference) => this.values(reference)))
      case 'svd':
        return this.factor(key, initial, shape)
      case 'checkpoint': {
        if (this.options.randomWeights) return this.drawn(instance, key, parameter)
        const loaded = this.loaded(instance, initial.path)
        return loaded.values.get(parameter.canonical) ?? this.drawn(instance, key, parameter)
      }
    }
  }

  /** The initial values of a parameter that no checkpoint gives: the usual ones of its family. */
  private drawn(instance: ModelInstance, key: string, { shape, kind }: Parameter): Float32Array {
    const size = elements(shape)
    if (kind === 'bias') return new Float32Array(size)
    if (kind === 'scale') return new Float32Array(size).fill(1)
    const deviation = instance.settings.get('std') ?? 0.02
    return normalValues(size, deviation, { seed: this.options.seed, name: key })
  }

  private loaded(instance: ModelInstance, path: string): LoadedWeights {
    const id = `${instance.name} ${path}`
    const known = this.files.get(id)
    if (known) return known.weights
    const checkpoint = checkpointsOf(instance).find((one) => one.path === path)
    if (!checkpoint) throw new Error(`${instance.name} does not start from ${path}`)
    const loaded = loadCheckpointOf(this.program, checkpoint)
    const [head] = loaded.absent
    if (head !== undefined) {
      const heads = [...new Set(loaded.absent.map((one) => one.split('.')[0]))].join(', ')
      this.notes.push(`${instance.name}.${heads} is not in ${path}: it starts untrained`)
    }
    this.files.set(id, { model: instance.name, path, weights: loaded })
    return loaded
  }

  private factor(
    key: string,
    initial: Extract<InitialValue, { kind: 'svd' }>,
    shape: readonly number[],
  ): Float32Array {
    const of = parameterKey(initial.of)
    const id = `${of} ${initial.rank}`
    let factors = this.factors.get(id)
    if (!factors) {
      const whole = this.values(initial.of)
      const rows = initial.side === 'left' ? (shape[0] ?? 0) : whole.length / (shape[1] ?? 1)
      factors = truncatedSvd(whole, rows, whole.length / rows, initial.rank)
      this.factors.set(id, factors)
    }
    if (initial.side === 'left') {
      const path = key.replace(/\.left$/, '')
      this.factorized.push({ path, of, rank: initial.rank, kept: factors.kept })
    }
    return factors[initial.side].slice()
  }
}

function mean(values: readonly Float32Array[]): Float32Array {
  const size = values[0]?.length ?? 0
  const result = new Float32Array(size)
  for (let i = 0; i < size; i++) {
    let sum = 0
    for (const one of values) sum += one[i] ?? 0
    result[i] = sum / values.length
  }
  return result
}
