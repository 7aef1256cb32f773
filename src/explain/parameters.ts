/**
 * Exact parameter counts: of each model as declared, and of each teacher and student by part. A weight shared
 * or tied counts once.
 */
import { unknownClasses } from '../check/data.ts'
import {
  type DeclaredModel,
  type ModelInstance,
  type Program,
  type Projection,
  parameterKey,
} from '../check/program.ts'
import type { Term } from '../check/tensor-term.ts'
import { reachable } from '../check/term-reads.ts'

export interface InstanceParameters {
  /** The model itself, pooler included. */
  readonly encoder: number
  readonly heads: number
  /** Every projection that this model's states pass through; they are dropped at export. */
  readonly projections: number
  /** Without those of `per_class`. */
  readonly total: number
  /** Parameters of each class of heads whose number of classes only absent training files have. */
  readonly per_class: number
}

const elements = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1)

export function countParameters(
  { parameters }: DeclaredModel,
  counts: (parameter: DeclaredModel['parameters'][number]) => boolean = () => true,
): number {
  return parameters
    .filter((p) => p.path === p.canonical && counts(p))
    .reduce((sum, p) => sum + elements(p.shape), 0)
}

function countProjection(projection: Projection): number {
  return projection.parameters.reduce((sum, p) => sum + elements(p.shape), 0)
}

export function instanceParameters(program: Program, instance: ModelInstance): InstanceParameters {
  const open = openParameters(instance)
  const encoder = countParameters(instance, ({ part, path }) => part === 'encoder' && !open.has(path))
  const heads = countParameters(instance, ({ part, path }) => part === 'heads' && !open.has(path))
  const perClass = countParameters(instance, ({ path }) => open.has(path)) / unknownClasses
  const projections = projectionsOf(program, instance).reduce((sum, p) => sum + countProjection(p), 0)
  return { encoder, heads, projections, total: encoder + heads + projections, per_class: perClass }
}

/** The keys of parameters of all models with an axis of classes whose number is not known. */
export function openKeys({ instances }: Program): ReadonlySet<string> {
  const keys = [...instances.values()].flatMap((instance) =>
    [...openParameters(instance)].map((path) => parameterKey({ owner: instance.name, path })),
  )
  return new Set(keys)
}

/** Those of one model, by their paths. */
function openParameters({ taps }: ModelInstance): ReadonlySet<string> {
  const open = reachable(...taps.values()).filter(
    ({ operation, axes }) => operation.op === 'linear' && axes.some(({ identity }) => identity?.unknown),
  )
  return new Set(
    open.flatMap(({ inputs: [, ...weights] }) =>
      weights.flatMap(({ operation }) => (operation.op === 'parameter' ? [operation.parameter.path] : [])),
    ),
  )
}

/** The projections that states of this instance pass through in some stage. */
function projectionsOf(program: Program, instance: ModelInstance): Projection[] {
  const passed = new Set<string>()
  const owners = new Map<Term, ReadonlySet<string>>()
  const ownersOf = (term: Term): ReadonlySet<string> => {
    const known = owners.get(term)
    if (known) return known
    const found = new Set<string>()
    if (term.operation.op === 'parameter') found.add(term.operation.parameter.owner)
    for (const input of term.inputs) for (const owner of ownersOf(input)) found.add(owner)
    owners.set(term, found)
    return found
  }
  const visit = (term: Term, seen: Set<Term>): void => {
    if (seen.has(term)) return
    seen.add(term)
    const [x, weight] = term.inputs
    if (term.operation.op === 'linear' && x && weight?.operation.op === 'parameter') {
      const { owner } = weight.operation.parameter
      if (program.projections.has(owner) && ownersOf(x).has(instance.name)) passed.add(owner)
    }
    for (const input of term.inputs) visit(input, seen)
  }
  for (const stage of program.stages) visit(stage.minimize, new Set())
  return [...program.projections.values()].filter((p) => passed.has(p.name))
}
