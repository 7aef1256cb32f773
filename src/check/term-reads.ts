/** What a term reads of a batch: its targets and its masks. */
import type { Span } from '../diagnostics/diagnostic.ts'
import type { Live, Term } from './program.ts'

/** Every term below `root`, itself last. */
export function reachable(root: Term): Term[] {
  const seen = new Set<Term>()
  const order: Term[] = []
  const stack: { term: Term; next: number }[] = [{ term: root, next: 0 }]
  seen.add(root)
  for (let top = stack.at(-1); top; top = stack.at(-1)) {
    const input = top.term.inputs[top.next++]
    if (input === undefined) {
      order.push(top.term)
      stack.pop()
    } else if (!seen.has(input)) {
      seen.add(input)
      stack.push({ term: input, next: 0 })
    }
  }
  return order
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
      'liveTwin' in operation ? operation.liveTwin : undefined,
    ]
    for (const mask of masks)
      if (mask !== undefined && mask !== 'attended' && !found.has(mask)) found.set(mask, span)
  }
  return found
}
