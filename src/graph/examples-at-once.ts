/**
 * Examples of a batch of B x L that are computed at once, for so many tokens (plan/micro-batches.ts): all, or
 * even parts of about as many.
 */
export function examplesAtOnce(
  { B, L }: { readonly B: number; readonly L: number },
  tokens: number | undefined,
): number {
  if (tokens === undefined) return B
  return Math.ceil(B / Math.max(1, Math.round((B * L) / tokens)))
}
