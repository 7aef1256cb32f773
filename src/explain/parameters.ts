/**
 * Exact parameter counts: of each model as declared, and of each teacher and student by part. A weight shared
 * or tied counts once.
 */
import type { DeclaredModel, ModelInstance, Program, Projection } from '../check/program.ts'
import type { Term } from '../check/tensor-term.ts'

export interface InstanceParameters {
  /** The model itself, pooler included. */
  readonly encoder: number
  readonly heads: number
  /** Every projection that this model's states pass through; they are dropped at export. */
  readonly projections: number
  readonly total: number
}

const elements = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1)

export function countParameters(instance: DeclaredModel, part?: 'encoder' | 'heads'): number {
  return instance.parameters
    .filter((p) => p.path === p.canonical && (part === undefined || p.part === part))
    .reduce((sum, p) => sum + elements(p.shape), 0)
}

function countProjection(projection: Projection): number {
  return projection.parameters.reduce((sum, p) => sum + elements(p.shape), 0)
}

export function instanceParameters(program: Program, instance: ModelInstance): InstanceParameters {
  const encoder = countParameters(instance, 'encoder')
  const heads = countParameters(instance, 'heads')
  const projections = projectionsOf(program, instance).reduce((sum, p) => sum + countProjection(p), 0)
  return { encoder, heads, projections, total: encoder + heads + projections }
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
