/**
 * The first part of a check: models, teachers and students, maps and projections. All else of a spec is made
 * of them. An editor keeps them until something changes that they have read.
 */
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import type { Declaration } from '../syntax/ast.ts'
import { checkedInstance } from './build-program.ts'
import type { RecordedInputs } from './inputs.ts'
import { isComplete } from './instance-settings.ts'
import type { DeclaredModel, LayerMap, ModelInstance, Projection } from './program.ts'
import type { SpecChecker } from './spec-checker.ts'
import type { Instance, Value } from './values.ts'

export interface CheckedModels {
  readonly models: readonly DeclaredModel[]
  readonly instances: readonly ModelInstance[]
  readonly maps: readonly LayerMap[]
  readonly projections: readonly Projection[]
}

interface KeptParts {
  readonly inputs: RecordedInputs
  readonly checker: SpecChecker
  readonly models: CheckedModels
  readonly diagnostics: readonly Diagnostic[]
}

/** The models of a check, without an error in them. They hold for each spec that has the same inputs. */
export class KeptModels {
  readonly inputs: RecordedInputs
  /** The state in which the rest of a check begins. */
  readonly checker: SpecChecker
  readonly models: CheckedModels
  /** Warnings. */
  readonly diagnostics: readonly Diagnostic[]
  private readonly evaluations: number

  constructor({ inputs, checker, models, diagnostics }: KeptParts) {
    this.inputs = inputs
    this.checker = checker
    this.models = models
    this.diagnostics = diagnostics
    this.evaluations = checker.evaluations
  }

  /** Whether more was evaluated since: in models, all is evaluated once, where it is read. */
  get isChanged(): boolean {
    return this.checker.evaluations !== this.evaluations
  }
}

/** Undefined where evaluation exceeded its limit. */
export function checkModels(checker: SpecChecker): CheckedModels | undefined {
  // Models first: instances are made of them. Of settings and data, only what they read.
  valuesOf(checker, ['model'])
  const instances: Instance[] = []
  for (const value of valuesOf(checker, ['instance', 'copy'])) {
    if (value.kind !== 'instance') continue
    instances.push(value.instance)
    checker.instances.set(value.instance.name, value.instance)
  }
  for (const role of ['teacher', 'student'])
    for (const instance of instances) if (instance.role === role) instance.force()
  // A model whose teacher or student has no errors has none itself, and need not be evaluated a second time.
  const complete = new Map(instances.filter(isComplete).map((instance) => [instance.model, instance]))
  const bare = new Map<string, Instance>()
  for (const { name, value } of namedValuesOf(checker, ['model'])) {
    if (value.kind !== 'model') continue
    const instance = complete.get(value.model) ?? checker.bareInstance(value.model)
    bare.set(name, instance)
    instance.force()
    if (checker.fuel.out) return undefined
  }
  const maps = valuesOf(checker, ['map']).flatMap((value) => (value.kind === 'map' ? [value.map] : []))
  const projections = valuesOf(checker, ['projection']).flatMap((value) =>
    value.kind === 'projection' ? [value.projection] : [],
  )
  const checked = instances.map((instance) => checkedInstance(checker, instance))
  // Keyed by the name in this spec: two imported files may each declare a `small`.
  const models = [...bare].map(([name, model]) => {
    if (model.role === 'model') checkedInstance(checker, model)
    return { name, parameters: [...model.parameters.values()].filter(({ part }) => part === 'encoder') }
  })
  return checker.fuel.out ? undefined : { models, instances: checked, maps, projections }
}

/** The values of all names of these kinds that the spec can use, imported ones included, in order. */
export function valuesOf(checker: SpecChecker, kinds: readonly Declaration['kind'][]): Value[] {
  return namedValuesOf(checker, kinds).map(({ value }) => value)
}

function namedValuesOf(checker: SpecChecker, kinds: readonly Declaration['kind'][]) {
  return checker.inputs.entries(kinds).map((entry) => ({ name: entry.name, value: checker.valueOf(entry) }))
}
