/**
 * Which positions of a text a loss reads: those that it sums over, and those that operations inside it mix (a
 * softmax over tokens, a product over them).
 */
import type { Program } from '../check/program.ts'
import type { AxisName, Live, Term } from '../check/tensor-term.ts'

/** An operation of a loss that sees several positions at once. */
export interface MixedPositions {
  readonly mask: Live
  /** token or token' */
  readonly over: AxisName
  /** As it is written: `kl`, `softmax`, `dot`, `size` ... */
  readonly by: string
}

/** What models say, for losses to read: what is below belongs to a model, and is not the loss's. */
export function modelTerms({ instances }: Program): ReadonlySet<Term> {
  return new Set([...instances.values()].flatMap(({ taps }) => [...taps.values()]))
}

/** Each different one once, in the order of the loss. */
export function mixedPositions(loss: Term, ofModels: ReadonlySet<Term>): MixedPositions[] {
  const found = new Map<string, MixedPositions>()
  const seen = new Set<Term>()
  const visit = (term: Term): void => {
    if (seen.has(term) || ofModels.has(term)) return
    seen.add(term)
    const mixed = mixedBy(term)
    if (mixed) found.set(`${mixed.mask} ${mixed.over} ${mixed.by}`, mixed)
    term.inputs.forEach(visit)
  }
  visit(loss)
  return [...found.values()]
}

function mixedBy({ operation }: Term): MixedPositions | undefined {
  switch (operation.op) {
    case 'length':
      return { mask: operation.live, over: 'token', by: 'size' }
    case 'apply':
      return operation.live && { mask: operation.live, over: operation.primed, by: '@' }
    case 'reduce':
      return operation.live && { mask: operation.live, over: operation.over, by: operation.how }
    case 'cross_entropy_labels':
      return operation.live && { mask: operation.live, over: operation.over, by: 'cross_entropy' }
    case 'softmax':
    case 'log_softmax':
    case 'normalize':
    case 'dot':
    case 'kl':
    case 'cross_entropy':
    case 'cosine_distance':
      return operation.live && { mask: operation.live, over: operation.over, by: operation.op }
    default:
      return undefined
  }
}

/**
 * `attended`; `any (classes)` where the positions are what is chosen from, `any (softmax)` where something
 * else mixes them. Each mask once.
 */
export function masksText(summed: readonly string[], mixed: readonly MixedPositions[]): string {
  const told = new Map(summed.map((mask) => [mask, mask]))
  for (const { mask, by } of mixed) {
    const role = by === 'kl' || by === 'cross_entropy' ? 'classes' : by
    if (!told.has(mask)) told.set(mask, `${mask} (${role})`)
  }
  return [...told.values()].join(', ') || '-'
}
