/**
 * The indices of the largest of `count` numbers from `from` on, in falling order, the first of equal ones
 * first; -1 if there are too few numbers.
 */
export function largest(
  data: ArrayLike<number>,
  from: number,
  count: number,
  wanted: number,
  result: Float32Array | Int32Array,
  at: number,
): void {
  result.fill(-1, at, at + wanted)
  let kept = 0
  let least = Number.NEGATIVE_INFINITY
  for (let i = 0; i < count; i++) {
    const value = data[from + i] ?? Number.NEGATIVE_INFINITY
    if (kept === wanted && !(value > least)) continue
    let place = kept < wanted ? kept++ : kept - 1
    while (place > 0 && value > (data[from + (result[at + place - 1] ?? 0)] ?? 0)) {
      result[at + place] = result[at + place - 1] ?? -1
      place--
    }
    result[at + place] = i
    if (kept === wanted) least = data[from + (result[at + wanted - 1] ?? 0)] ?? 0
  }
}
