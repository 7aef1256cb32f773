/**
 * Finds stages that learn from random weights. A model that is only read must have weights from a file or an
 * earlier stage of the run. So must one that initialises another model. Random parameters are found through
 * all their copies.
 */
import { existsSync } from 'node:fs'
import { headOutputs } from '../check/head-outputs.ts'
import { type ModelInstance, type Program, parameterKey, type Stage } from '../check/program.ts'
import type { ParameterReference, Term } from '../check/tensor-term.ts'
import { reachable } from '../check/term-reads.ts'
import { trainedOwners } from '../check/trained.ts'
import { type Diagnostic, DiagnosticError } from '../diagnostics/diagnostic.ts'
import { untrainedTeacher } from '../diagnostics/messages/stages.ts'
import { checkpointsOf, fittingCheckpoint } from './checkpoints.ts'
import { FirstUse } from './first-use.ts'
import { listed } from './format.ts'
import { initialSources, type Origin, parameterAt } from './parameter-origins.ts'

/**
 * E0511 for each untrained model that teaches in one of these stages, proposes words for its data, or
 * initialises another model. The stages run in order.
 */
export function untrainedTeachers(program: Program, stages: readonly Stage[]): readonly Diagnostic[] {
  const firstUse = new FirstUse(program, stages)
  const search = new Search(program, stages, firstUse)
  const found = new Map<string, Diagnostic>()
  for (const [index, stage] of stages.entries())
    for (const [name, paths] of readBy(program, stage)) {
      const instance = program.instances.get(name)
      const untrained = instance && search.untrained(instance, paths, index)
      if (untrained && !found.has(name)) found.set(name, untrained)
    }
  for (const [name, instance] of program.instances) {
    const index = firstUse.of(name)
    if (index === undefined || instance.copyOf || found.has(name)) continue
    for (const [source, wrong] of search.untrainedSources(instance, index))
      if (!found.has(source)) found.set(source, wrong)
  }
  return [...found.values()]
}

/**
 * Canonical paths of the parameters that a stage reads and does not train, by model. Models that it trains in
 * part are left out.
 */
function readBy(program: Program, stage: Stage): ReadonlyMap<string, ReadonlySet<string>> {
  const trained = trainedOwners(stage)
  const read = new Map<string, Set<string>>()
  for (const { operation } of reachable(stage.minimize, ...proposalsFor(program, stage))) {
    if (operation.op !== 'parameter') continue
    const { owner, path } = operation.parameter
    if (trained.has(owner)) continue
    const paths = read.get(owner) ?? new Set()
    read.set(owner, paths.add(path))
  }
  return read
}

/** The logits from which words for the data of a stage are drawn. */
function proposalsFor({ data, instances }: Program, stage: Stage): readonly Term[] {
  const proposals = data.get(stage.data ?? '')?.augment?.proposals
  const instance = instances.get(proposals?.instance ?? '')
  const output = instance && headOutputs(instance).find(({ head }) => head === proposals?.head)
  return output ? [instance.taps.get(output.path) ?? []].flat() : []
}

/** The reason why a parameter is random: nothing gives it a value, or its file has no such tensor. */
interface Drawn extends Origin {
  readonly file?: string
}

class Search {
  private readonly program: Program
  private readonly stages: readonly Stage[]
  private readonly firstUse: FirstUse
  /** The trained parameters of each stage. */
  private readonly trained: readonly ReadonlySet<string>[]
  /** Names of the tensors that a file has for a model, by both. */
  private readonly files = new Map<string, ReadonlySet<string> | undefined>()
  /** By key. Stages read the same parameters. */
  private readonly origins = new Map<string, Origin | undefined>()

  constructor(program: Program, stages: readonly Stage[], firstUse: FirstUse) {
    this.program = program
    this.stages = stages
    this.firstUse = firstUse
    this.trained = stages.map((stage) => new Set(stage.trained))
  }

  /**
   * The error of a model whose parameters `paths` are read in the stage at `index`, after the stages before
   * it.
   */
  untrained(instance: ModelInstance, paths: ReadonlySet<string>, index: number): Diagnostic | undefined {
    return this.error(instance, paths, this.drawnOf(instance, paths, index), index)
  }

  /**
   * The errors of the sources of a model that is initialised when the stage at `index` begins, by source. A
   * head that a source never learnt is initialised at random, as if a file lacked it, unless only heads are
   * taken.
   */
  untrainedSources(heir: ModelInstance, index: number): ReadonlyMap<string, Diagnostic> {
    const taken = new Map<string, Set<string>>()
    const read = this.readOf(heir)
    // A pooler that no loss reads may be initialised from an untrained one.
    const needed = heir.parameters.filter(({ canonical }) => read.size === 0 || read.has(canonical))
    for (const { initial } of needed)
      for (const { owner, path } of initialSources(initial))
        taken.set(owner, (taken.get(owner) ?? new Set()).add(path))
    const errors = new Map<string, Diagnostic>()
    for (const [owner, paths] of taken) {
      const source = this.program.instances.get(owner)
      if (source === undefined) continue
      const drawn = this.drawnOf(source, paths, index)
      const matrices = matricesOf(source, paths)
      const allowed = matrices.filter(({ path }) => drawn.has(path)).every(({ part }) => part === 'heads')
      if (allowed && matrices.some(({ path }) => !drawn.has(path))) continue
      const wrong = this.error(source, paths, drawn, index, heir)
      if (wrong) errors.set(owner, wrong)
    }
    return errors
  }

  /**
   * Canonical paths of the parameters of a model that any stage reads; none for a model that only initialises
   * others.
   */
  private readOf({ name }: ModelInstance): ReadonlySet<string> {
    const terms = this.stages.flatMap((stage) => [stage.minimize, ...proposalsFor(this.program, stage)])
    const paths = new Set<string>()
    for (const { operation } of reachable(...terms))
      if (operation.op === 'parameter' && operation.parameter.owner === name)
        paths.add(operation.parameter.path)
    return paths
  }

  private drawnOf(
    { name: owner }: ModelInstance,
    paths: ReadonlySet<string>,
    before: number,
  ): ReadonlyMap<string, Drawn> {
    const drawn = new Map<string, Drawn>()
    for (const path of paths) {
      const found = this.drawn({ owner, path }, before)
      if (found) drawn.set(path, found)
    }
    return drawn
  }

  private error(
    instance: ModelInstance,
    paths: ReadonlySet<string>,
    drawn: ReadonlyMap<string, Drawn>,
    index: number,
    heir?: ModelInstance,
  ): Diagnostic | undefined {
    const { name: owner, span, model } = instance
    const [first] = drawn.values()
    const stage = this.stages[index]
    if (first === undefined || stage === undefined) return undefined
    const parts = [...new Set([...drawn.keys()].map((path) => path.split('.', 1)[0] ?? ''))]
    const matrices = matricesOf(instance, paths)
    const whole =
      matrices.every(({ path }) => drawn.has(path)) &&
      (heir === undefined || matrices.some(({ part }) => part === 'encoder'))
    return untrainedTeacher({
      what: whole ? owner : listed(parts.map((part) => `${owner}.${part}`)),
      model,
      owner,
      stage: stage.name,
      span,
      stageSpan: stage.span,
      ...(first.file === undefined ? {} : { file: first.file }),
      ...this.laterStage(first),
      ...(heir ? { heir: { name: heir.name, span: heir.span } } : {}),
    })
  }

  /** Undefined if a value is given or trained. `before`: the number of stages that have run. */
  private drawn(reference: ParameterReference, before: number): Drawn | undefined {
    const origin = this.originAt(reference)
    if (origin === undefined) return undefined
    const { instance, parameter } = origin
    const key = parameterKey({ owner: instance.name, path: parameter.path })
    if (this.trained.slice(0, before).some((keys) => keys.has(key))) return undefined
    const { initial, kind } = parameter
    if (instance.copyOf) {
      const copied = this.firstUse.copiedAfter(instance)
      const original = { owner: instance.copyOf.instance, path: parameter.path }
      // A copy that is taken later does not exist yet. The checker refuses a loss that reads it (E0717).
      return copied !== undefined && copied >= before ? origin : this.drawn(original, (copied ?? -1) + 1)
    }
    if (initial.kind === 'normal' || initial.kind === 'truncated_normal') return origin
    if (initial.kind === 'checkpoint') {
      const given = !isMatrix(kind) || this.holds(instance, parameter.path, initial.path)
      return given ? undefined : { ...origin, file: initial.path }
    }
    for (const source of initialSources(initial)) {
      const found = this.drawn(source, this.firstUse.of(instance.name) ?? before)
      if (found) return found
    }
    return undefined
  }

  private originAt(reference: ParameterReference): Origin | undefined {
    const key = parameterKey(reference)
    if (!this.origins.has(key)) this.origins.set(key, parameterAt(this.program, reference))
    return this.origins.get(key)
  }

  /** A stage of the spec that trains the parameter, but does not run, or runs later. */
  private laterStage({ instance, parameter }: Drawn): {
    readonly trainedIn?: string
    readonly runs?: boolean
  } {
    const owner = instance.copyOf?.instance ?? instance.name
    const key = parameterKey({ owner, path: parameter.path })
    const stage = this.program.stages.find(({ trained }) => trained.includes(key))
    return stage === undefined ? {} : { trainedIn: stage.name, runs: this.stages.includes(stage) }
  }

  /**
   * Whether the file has the parameter. An unreadable file, or one of another model, counts as having it:
   * loading reports its error.
   */
  private holds(instance: ModelInstance, path: string, file: string): boolean {
    const id = `${instance.name} ${file}`
    if (!this.files.has(id)) this.files.set(id, tensorsFor(this.program, instance, file))
    return this.files.get(id)?.has(path) ?? true
  }
}

/**
 * Scales and biases start at 1 and 0, and may stay so in training. Only a random matrix shows that nothing
 * was trained.
 */
function isMatrix(kind: Origin['parameter']['kind']): boolean {
  return kind === 'linear' || kind === 'lookup'
}

function matricesOf({ parameters }: ModelInstance, paths: ReadonlySet<string>): ModelInstance['parameters'] {
  return parameters.filter(({ path, kind }) => paths.has(path) && isMatrix(kind))
}

function tensorsFor(
  program: Program,
  instance: ModelInstance,
  file: string,
): ReadonlySet<string> | undefined {
  const checkpoint = checkpointsOf(instance).find(({ path }) => path === file)
  if (checkpoint === undefined || !existsSync(file)) return undefined
  try {
    return new Set(fittingCheckpoint(program, checkpoint).found.keys())
  } catch (error) {
    if (error instanceof DiagnosticError) return undefined
    throw error
  }
}
