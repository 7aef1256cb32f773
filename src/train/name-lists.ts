/** Compares lists of names of the same numbers, and finds the first difference. */

/**
 * Files and specs spell labels differently: `NOT_ENTAILMENT` is `not entailment`. If normalizing would make
 * two labels equal, the names stay as they are.
 */
function spelled(names: readonly string[]): readonly string[] {
  const plain = names.map((name) => name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, ''))
  return new Set(plain).size === names.length && !plain.includes('') ? plain : names
}

/** Labels that are numbers, as in columns of many data sets, only state an order. */
function areNumbers(names: readonly string[]): boolean {
  return names.every((name) => /^[+-]?\d+$/.test(name))
}

function isRising(names: readonly string[]): boolean {
  return names.every((name, k) => k === 0 || Number(name) > Number(names[k - 1]))
}

/** The first class that two lists of labels name differently; undefined if they agree. */
export function firstUnlike(found: readonly string[], labels: readonly string[]): number | undefined {
  if (found.length === labels.length && areNumbers(labels) && !areNumbers(found) && isRising(labels))
    return undefined
  return firstDifference(alike(found, labels), alike(labels, found))
}

/** Whether they are the same labels in another order. */
export function inOtherOrder(found: readonly string[], labels: readonly string[]): boolean {
  return alike(found, labels).toSorted().join('\n') === alike(labels, found).toSorted().join('\n')
}

/** The names in a spelling in which both lists can be compared. */
function alike(names: readonly string[], others: readonly string[]): readonly string[] {
  const both = spelled(names) !== names && spelled(others) !== others
  return both ? spelled(names) : names
}

function firstDifference(a: readonly string[], b: readonly string[]): number | undefined {
  const length = Math.max(a.length, b.length)
  for (let k = 0; k < length; k++) if (a[k] !== b[k]) return k
  return undefined
}

const placeholder = /^[[<]unused_?\d+[\]>]$/

/**
 * The first id whose piece in the data differs from that of the weights. The weights may have more pieces,
 * and reserved rows (`[unused7]`) match any piece.
 */
export function unlikePiece(found: readonly string[], pieces: readonly string[]): number | undefined {
  const at = pieces.findIndex((piece, id) => piece !== found[id] && !placeholder.test(found[id] ?? ''))
  return at < 0 ? undefined : at
}
