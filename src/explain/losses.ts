/** How each loss term of a stage is weighted, what it is divided by, and which positions it reads. */
import type { LossTerm } from '../check/program.ts'
import type { Term } from '../check/tensor-term.ts'

export interface TermReport {
  readonly name: string
  /** A number, or a formula of progress, step and epoch. */
  readonly weight: string
  /** `example x token x unit`, with how many primitives divide by it. */
  readonly dividedBy: readonly {
    readonly axes: readonly string[]
    readonly withinExample: boolean
    readonly count: number
  }[]
  /** attended, masked, first_piece or any; none where the loss has no token axis. */
  readonly masks: readonly string[]
}

export function reportTerm({ name, term, weight }: LossTerm): TermReport {
  const dividedBy = new Map<string, { axes: readonly string[]; withinExample: boolean; count: number }>()
  const masks = new Set<string>()
  const seen = new Set<Term>()
  const visit = (t: Term): void => {
    if (seen.has(t)) return
    seen.add(t)
    const { operation } = t
    if (operation.op === 'reduction') {
      const axes = ['example', ...operation.per.filter((axis) => axis !== 'example')]
      const key = `${axes.join(' ')} ${operation.withinExample}`
      const known = dividedBy.get(key)
      dividedBy.set(key, { axes, withinExample: operation.withinExample, count: (known?.count ?? 0) + 1 })
      const read = t.inputs[0]?.axes.map((a) => a.axis) ?? []
      if (read.includes('token')) masks.add(operation.live)
      else if (read.includes("token'")) masks.add(operation.liveTwin)
      return
    }
    t.inputs.forEach(visit)
  }
  visit(term)
  return {
    name,
    weight: weight ? formula(weight) : 'not a plain factor',
    dividedBy: [...dividedBy.values()],
    masks: [...masks],
  }
}

/** A scalar term as a person would write it. */
export function formula(term: Term): string {
  const { operation, inputs } = term
  const [a, b] = inputs
  switch (operation.op) {
    case 'number':
      return String(Number(operation.value.toPrecision(6)))
    case 'schedule':
      return operation.name
    case 'binary':
      if (!a || !b) return '?'
      if (operation.name === 'min' || operation.name === 'max')
        return `${operation.name}(${formula(a)}, ${formula(b)})`
      return `(${formula(a)} ${operation.name} ${formula(b)})`
    case 'unary':
      return a ? (operation.name === 'negate' ? `-${formula(a)}` : `${operation.name}(${formula(a)})`) : '?'
    case 'compare':
      return a && b ? `${formula(a)} ${operation.name} ${formula(b)}` : '?'
    case 'select': {
      const c = inputs[2]
      return a && b && c ? `(if ${formula(a)} then ${formula(b)} else ${formula(c)})` : '?'
    }
    default:
      return '...'
  }
}
