/** From values to places on a chart: scales, their ticks, and the thinning of long series. */

/** A scale gives the place of a value. */
export type Scale = (value: number) => number

/** From `low..high` to `from..to`. A range without extent is in the middle. */
export function linear(low: number, high: number, from: number, to: number): Scale {
  if (high === low) return () => (from + to) / 2
  return (value) => from + ((value - low) / (high - low)) * (to - from)
}

/** Logarithmic. `low` is above 0, and smaller values are drawn there. */
export function logarithmic(low: number, high: number, from: number, to: number): Scale {
  const scale = linear(Math.log(low), Math.log(high), from, to)
  return (value) => scale(Math.log(Math.max(value, low)))
}

/** Round values in a range, about `most` of them. */
export function ticks(low: number, high: number, most = 5): number[] {
  const extent = high - low
  if (!(extent > 0)) return [low]
  const power = 10 ** Math.floor(Math.log10(extent / most))
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => extent / size <= most) ?? extent
  const first = Math.ceil(low / step - 1e-9)
  const last = Math.floor(high / step + 1e-9)
  return Array.from({ length: last - first + 1 }, (_, i) => rounded((first + i) * step))
}

/** 1, 2, 5, 10 ... in a range above 0; of a wide one powers of ten; of a narrow one round values. */
export function logTicks(low: number, high: number, most = 6): number[] {
  const powers = Array.from(
    { length: Math.floor(Math.log10(high)) - Math.floor(Math.log10(low)) + 1 },
    (_, i) => 10 ** (Math.floor(Math.log10(low)) + i),
  )
  const within = (values: readonly number[]): number[] =>
    values.map(rounded).filter((value) => value >= low * 0.999 && value <= high * 1.001)
  const fine = within(powers.flatMap((power) => [power, 2 * power, 5 * power]))
  if (fine.length < 2) return ticks(low, high, 4).filter((value) => value > 0)
  if (fine.length <= most) return fine
  const coarse = within(powers)
  return coarse.filter((_, i) => i % Math.ceil(coarse.length / most) === 0)
}

function rounded(value: number): number {
  return Number(value.toPrecision(10))
}

/** Items spread evenly over a series, with its first and its last. */
export function thinned<T>(items: readonly T[], most: number): T[] {
  if (items.length <= most) return [...items]
  const apart = (items.length - 1) / (most - 1)
  return Array.from({ length: most }, (_, i) => Math.round(i * apart)).flatMap((at) =>
    items.slice(at, at + 1),
  )
}

/** Places at least `gap` apart and not below `floor`, each as near as it can be to where it was. */
export function apart(places: readonly number[], gap: number, floor: number): number[] {
  const order = places.map((_, i) => i).sort((a, b) => (places[a] ?? 0) - (places[b] ?? 0))
  const moved = [...places]
  order.forEach((at, i) => {
    const before = order[i - 1]
    if (before !== undefined) moved[at] = Math.max(moved[at] ?? 0, (moved[before] ?? 0) + gap)
  })
  for (const [i, at] of [...order.entries()].reverse()) {
    const after = order[i + 1]
    moved[at] = Math.min(moved[at] ?? 0, after === undefined ? floor : (moved[after] ?? 0) - gap)
  }
  return moved
}

export function isFiniteNumber(value: number | null | undefined): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

/** The least and the greatest of the finite values, or undefined if there is none. */
export function extent(
  values: readonly (number | null | undefined)[],
): [low: number, high: number] | undefined {
  let found: [number, number] | undefined
  for (const value of values) {
    if (!isFiniteNumber(value)) continue
    found = found ? [Math.min(found[0], value), Math.max(found[1], value)] : [value, value]
  }
  return found
}
