/** The terms below a term, and what of a batch and of models they read. */
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

/** @param terms a root and all terms below it, each behind its inputs */
export function targetsIn(terms: readonly Term[]): ReadonlyMap<string, Span> {
  const found = new Map<string, Span>()
  for (const { operation, span } of terms) {
    if (operation.op !== 'input' || !operation.name.startsWith('batch.')) continue
    const name = operation.name.slice('batch.'.length)
    if (!found.has(name)) found.set(name, span)
  }
  return found
}

export function masksIn(terms: readonly Term[]): ReadonlyMap<Live, Span> {
  const found = new Map<Live, Span>()
  const note = (mask: Live | undefined, span: Span): void => {
    if (mask !== undefined && mask !== 'attended' && !found.has(mask)) found.set(mask, span)
  }
  for (const { operation, span } of terms) {
    if ('live' in operation) note(operation.live, span)
    if ('livePrimed' in operation) note(operation.livePrimed, span)
  }
  return found
}

/** Owners of the parameters that are read, with or without a gradient. */
export function ownersIn(terms: readonly Term[]): Set<string> {
  const owners = new Set<string>()
  for (const { operation } of terms) if (operation.op === 'parameter') owners.add(operation.parameter.owner)
  return owners
}
