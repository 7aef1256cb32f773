/** Where a projection is used, by whom it is shared, and which stages train it. */
import type { Program, Projection, Stage } from '../check/program.ts'
import { parameterKey } from '../check/program.ts'
import type { Term } from '../check/tensor-term.ts'

export interface ProjectionReport {
  readonly from: number
  readonly to: number
  readonly kind: Projection['activation']
  readonly parameters: number
  /** 1 where all uses share one, else one for each index. */
  readonly matrices: number
  readonly uses: readonly ProjectionUse[]
}
export interface ProjectionUse {
  readonly stage: string
  /** Of the stage, those that it is part of. */
  readonly terms: readonly string[]
  /** How many tensors pass through it there. */
  readonly times: number
  readonly trained: boolean
}

export function reportProjection(projection: Projection, program: Program): ProjectionReport {
  const { from, to, activation: kind, parameters, indices } = projection
  return {
    from,
    to,
    kind,
    parameters: parameters.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0),
    matrices: indices?.length ?? 1,
    uses: program.stages.flatMap((stage) => useIn(stage, projection) ?? []),
  }
}

function useIn(stage: Stage, { name, parameters }: Projection): ProjectionUse | undefined {
  if (!stage.projections.includes(name)) return undefined
  const uses = new Set<Term>()
  const terms = stage.terms.filter(({ term }) => {
    const found = usesIn(term, name)
    for (const use of found) uses.add(use)
    return found.length > 0
  })
  const trained = new Set(stage.trained)
  return {
    stage: stage.name,
    terms: terms.map((term) => term.name),
    times: uses.size,
    trained: parameters.some(({ path }) => trained.has(parameterKey({ owner: name, path }))),
  }
}

/** The linear maps by a matrix of the projection that a loss reads. */
function usesIn(loss: Term, name: string): Term[] {
  const found: Term[] = []
  const seen = new Set<Term>()
  const visit = (term: Term): void => {
    if (seen.has(term)) return
    seen.add(term)
    const weight = term.inputs[1]?.operation
    if (term.operation.op === 'linear' && weight?.op === 'parameter' && weight.parameter.owner === name)
      found.push(term)
    term.inputs.forEach(visit)
  }
  visit(loss)
  return found
}
