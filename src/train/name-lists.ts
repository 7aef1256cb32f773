/** Lists of names that stand for the same numbers: do they agree, and where do they part? */

/**
 * Files and specs spell labels in their own ways: `NOT_ENTAILMENT` is `not entailment`. Where that would make
 * two of them one, nothing is changed.
 */
function spelled(names: readonly string[]): readonly string[] {
  const plain = names.map((name) => name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, ''))
  return new Set(plain).size === names.length && !plain.includes('') ? plain : names
}

/** Labels that are numbers, as columns of data sets often have them, say no more than the order. */
function areNumbers(names: readonly string[]): boolean {
  return names.every((name) => /^[+-]?\d+$/.test(name))
}

function isRising(names: readonly string[]): boolean {
  return names.every((name, k) => k === 0 || Number(name) > Number(names[k - 1]))
}

/** The first class that two lists of labels name differently; undefined where they agree. */
export function firstUnlike(found: readonly string[], labels: readonly string[]): number | undefined {
  if (found.length === labels.length && areNumbers(labels) && !areNumbers(found) && isRising(labels))
    return undefined
  return firstDifference(alike(found, labels), alike(labels, found))
}

/** Are they the same labels, in another order? */
export function inOtherOrder(found: readonly string[], labels: readonly string[]): boolean {
  return alike(found, labels).toSorted().join('\n') === alike(labels, found).toSorted().join('\n')
}

/** Names in the spelling that both lists can be compared in. */
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
 * The first id under which data has another piece than the weights were trained with. The weights may know
 * more pieces; rows that were kept free for pieces of one's own (`[unused7]`) may have any.
 */
export function unlikePiece(found: readonly string[], pieces: readonly string[]): number | undefined {
  const at = pieces.findIndex((piece, id) => piece !== found[id] && !placeholder.test(found[id] ?? ''))
  return at < 0 ? undefined : at
}
