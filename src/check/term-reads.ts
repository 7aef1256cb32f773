/** The terms below a term, and the targets and masks of a batch that it reads. */
import type { Span } from '../diagnostics/diagnostic.ts'
import type { Live, Term } from './tensor-term.ts'

/** The roots and all terms below them, each behind its inputs. In a loop, because terms are nested deeply. */
export function reachable(...roots: readonly Term[]): Term[] {
  return reachableWhere(() => true, roots)
}

/**
 * Of the roots and the terms below them, those that `enters` accepts and that are reached through accepted
 * terms only.
 */
export function reachableWhere(enters: (term: Term) => boolean, roots: readonly Term[]): Term[] {
  const seen = new Set<Term>()
  const order: Term[] = []
  const stack: { term: Term; next: number }[] = []
  const enter = (term: Term) => {
    if (seen.has(term) || !enters(term)) return
    seen.add(term)
    stack.push({ term, next: 0 })
  }
  for (const root of roots) {
    enter(root)
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const input = top.term.inputs[top.next++]
      if (input !== undefined) enter(input)
      else {
        order.push(top.term)
        stack.pop()
      }
    }
  }
  return order
}

/**
 * Whether a term depends only on numbers and on progress, step and epoch. Such terms are weights, not losses.
 */
export function isWeight({ facts }: Term): boolean {
  return facts.weight
}

/** Whether a weight changes during a stage. */
export function isScheduled({ facts }: Term): boolean {
  return facts.weight && facts.readsSchedule
}

export function targetsOf(root: Term): ReadonlyMap<string, Span> {
  const found = new Map<string, Span>()
  for (const { operation, span } of reachable(root)) {
    if (operation.op !== 'input' || !operation.name.startsWith('batch.')) continue
    const name = operation.name.slice('batch.'.length)
    if (!found.has(name)) found.set(name, span)
  }
  return found
}

export function masksOf(root: Term): ReadonlyMap<Live, Span> {
  const found = new Map<Live, Span>()
  for (const { operation, span } of reachable(root)) {
    const masks = [
      'live' in operation ? operation.live : undefined,
      'livePrimed' in operation ? operation.livePrimed : undefined,
    ]
    for (const mask of masks)
      if (mask !== undefined && mask !== 'attended' && !found.has(mask)) found.set(mask, span)
  }
  return found
}
