/** A way as a spline of Graphviz: straight pieces with round corners, and its ends for arrows. */
import type { Point } from './geometry.ts'

/** Of a corner, and of an arrow, in points. */
const radius = 5
const arrow = 6

/** @param tail whether there is a sign at its beginning, too */
export function splineOf(route: readonly Point[], tail: boolean): string {
  const [first, second] = route
  const [before, last] = route.slice(-2)
  if (!first || !second || !before || !last) return ''
  const start = tail ? towards(first, second, arrow) : first
  const end = towards(last, before, arrow)
  const points = [start, ...route.slice(1, -1), end]
  const curve: Point[] = [start]
  const line = (to: Point): void => {
    const from = curve.at(-1) ?? to
    curve.push(between(from, to, 1 / 3), between(from, to, 2 / 3), to)
  }
  for (const [i, corner] of points.slice(1, -1).entries()) {
    const [a = corner, b = corner] = [points[i], points[i + 2]]
    const half = Math.min(radius, distance(a, corner) / 2, distance(corner, b) / 2)
    const [into, out] = [towards(corner, a, half), towards(corner, b, half)]
    line(into)
    curve.push(between(into, corner, 0.55), between(out, corner, 0.55), out)
  }
  line(end)
  const ends = [...(tail ? [`s,${text(first)}`] : []), `e,${text(last)}`]
  return [...ends, ...curve.map(text)].join(' ')
}

const distance = (a: Point, b: Point): number => Math.hypot(a.x - b.x, a.y - b.y)
const between = (a: Point, b: Point, share: number): Point => ({
  x: a.x + (b.x - a.x) * share,
  y: a.y + (b.y - a.y) * share,
})
/** From a point so far towards another, at most half the way. */
const towards = (a: Point, b: Point, far: number): Point => {
  const whole = distance(a, b)
  return whole === 0 ? a : between(a, b, Math.min(far / whole, 0.5))
}
const text = ({ x, y }: Point): string => `${Number(x.toFixed(1))},${Number(y.toFixed(1))}`
