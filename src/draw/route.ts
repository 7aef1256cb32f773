/**
 * Ways for the edges of a picture: polylines of horizontal and vertical pieces that cross no box. Each is the
 * cheapest path on a grid of tracks in the gaps between rows and between columns (Dijkstra's algorithm, with
 * prices for length, bends, crossings and tracks that another edge has taken). Edges to one box may run
 * together.
 */
import type { Point, Rectangle } from './geometry.ts'

export interface Link {
  readonly from: string
  readonly to: string
}

/** Where tracks run: heights of the gaps between rows, abscissas of those between columns. */
export interface Tracks {
  readonly xs: readonly number[]
  readonly ys: readonly number[]
}

/** What an edge must keep from boxes that it does not end at. */
const clearance = 4

const price = { bend: 14, crossing: 12, taken: 4, together: 0.5, opposed: 40, beside: 4 } as const

/**
 * The way of each link, from the frame of its first box to that of its second. `obstacles`: what else must
 * not be crossed. Links without any way are absent.
 */
export function routeLinks<L extends Link>(
  links: readonly L[],
  boxes: ReadonlyMap<string, Rectangle>,
  obstacles: readonly Rectangle[],
  tracks: Tracks,
): ReadonlyMap<L, readonly Point[]> {
  const grid = new Grid([...boxes.values()], obstacles, tracks)
  const span = ({ from, to }: Link): number => {
    const [a, b] = [boxes.get(from), boxes.get(to)]
    return a && b ? Math.abs(a.x - b.x) + Math.abs(a.y - b.y) : 0
  }
  const routes = new Map<L, readonly Point[]>()
  for (const link of [...links].sort((a, b) => span(a) - span(b))) {
    const [a, b] = [boxes.get(link.from), boxes.get(link.to)]
    const route = a && b && grid.route(a, b, link.to)
    if (route) routes.set(link, route)
  }
  return routes
}

type Side = 'top' | 'bottom' | 'left' | 'right'

/** A place at the frame of a box, and the point of the grid in front of it. */
interface Port {
  readonly at: Point
  readonly column: number
  readonly row: number
  /** Whether an edge leaves it along a row of the grid. */
  readonly horizontal: boolean
}

class Grid {
  private readonly xs: readonly number[]
  private readonly ys: readonly number[]
  /** By grid point: whether the piece to the right of it, and the one above it, is free. */
  private readonly freeRight: Uint8Array
  private readonly freeUp: Uint8Array
  /** By grid point: the targets of the edges that take the piece to the right of it, and the one above. */
  private readonly takenRight = new Map<number, Set<string>>()
  private readonly takenUp = new Map<number, Set<string>>()
  /** Ports by their place: how many edges begin there, and how many end. */
  private readonly begun = new Map<string, number>()
  private readonly ended = new Map<string, number>()

  constructor(boxes: readonly Rectangle[], obstacles: readonly Rectangle[], tracks: Tracks) {
    const unique = (values: readonly number[]): number[] =>
      [...new Set(values.map((v) => Math.round(v * 10) / 10))].sort((a, b) => a - b)
    this.xs = unique([...tracks.xs, ...boxes.map(({ x }) => x)])
    this.ys = unique([...tracks.ys, ...boxes.flatMap(({ y, height }) => sideHeights(y, height))])
    const size = this.xs.length * this.ys.length
    this.freeRight = new Uint8Array(size).fill(1)
    this.freeUp = new Uint8Array(size).fill(1)
    for (const box of [...boxes, ...obstacles]) this.block(box)
  }

  private block({ x, y, width, height }: Rectangle): void {
    const [left, right] = [x - width / 2 - clearance, x + width / 2 + clearance]
    const [low, high] = [y - height / 2 - clearance, y + height / 2 + clearance]
    const inside = (v: number, from: number, to: number): boolean => v > from && v < to
    const meets = (a = Infinity, b = Infinity, from: number, to: number): boolean => a < to && b > from
    this.ys.forEach((row, r) => {
      this.xs.forEach((column, c) => {
        const point = r * this.xs.length + c
        if (inside(row, low, high) && meets(column, this.xs[c + 1], left, right)) this.freeRight[point] = 0
        if (inside(column, left, right) && meets(row, this.ys[r + 1], low, high)) this.freeUp[point] = 0
      })
    })
  }

  /** Undefined where there is none. Takes its pieces, so that later edges avoid them. */
  route(from: Rectangle, to: Rectangle, target: string): readonly Point[] | undefined {
    const starts = this.ports(from)
    const goals = this.ports(to)
    const found = this.search(starts, goals, target)
    if (!found) return undefined
    const { start, goal, points } = found
    for (const [uses, { at }] of [
      [this.begun, start],
      [this.ended, goal],
    ] as const)
      uses.set(placeOf(at), (uses.get(placeOf(at)) ?? 0) + 1)
    for (const [i, point] of points.entries()) {
      const next = points[i + 1]
      if (next !== undefined) this.take(point, next, target)
    }
    return straightened([start.at, ...points.map((point) => this.pointOf(point)), goal.at])
  }

  private pointOf(point: number): Point {
    const columns = this.xs.length
    return { x: this.xs[point % columns] ?? 0, y: this.ys[Math.floor(point / columns)] ?? 0 }
  }

  private ports({ x, y, width, height }: Rectangle): Port[] {
    const sides: { readonly side: Side; readonly at: Point }[] = [
      { side: 'bottom', at: { x, y: y - height / 2 } },
      { side: 'top', at: { x, y: y + height / 2 } },
      ...sideHeights(y, height).flatMap((v) => [
        { side: 'left' as const, at: { x: x - width / 2, y: v } },
        { side: 'right' as const, at: { x: x + width / 2, y: v } },
      ]),
    ]
    return sides.flatMap(({ side, at }) => {
      const horizontal = side === 'left' || side === 'right'
      const forward = side === 'right' || side === 'top'
      const [along, across] = horizontal ? [this.xs, this.ys] : [this.ys, this.xs]
      const edge = (horizontal ? at.x : at.y) + (forward ? clearance : -clearance)
      const i = forward ? along.findIndex((v) => v >= edge) : along.findLastIndex((v) => v <= edge)
      const fixed = horizontal ? at.y : at.x
      const j = across.findIndex((v) => Math.abs(v - fixed) < 0.06)
      if (i < 0 || j < 0) return []
      return [{ at, column: horizontal ? i : j, row: horizontal ? j : i, horizontal }]
    })
  }

  /** Dijkstra's algorithm over points of the grid and the direction in which they are reached. */
  private search(
    starts: readonly Port[],
    goals: readonly Port[],
    target: string,
  ): { start: Port; goal: Port; points: readonly number[] } | undefined {
    const columns = this.xs.length
    const idOf = (point: number, horizontal: boolean): number => 2 * point + (horizontal ? 1 : 0)
    const costs = new Map<number, number>()
    const before = new Map<number, number>()
    const portOf = new Map<number, Port>()
    const queue = new Queue()
    const reach = (id: number, cost: number, previous: number | undefined, port?: Port): void => {
      if (cost >= (costs.get(id) ?? Infinity)) return
      costs.set(id, cost)
      if (previous === undefined) before.delete(id)
      else before.set(id, previous)
      if (port) portOf.set(id, port)
      queue.add(cost, id)
    }
    const { begun, ended } = this
    const stub = ({ at, column, row }: Port, same: typeof begun, opposed: typeof begun): number =>
      Math.abs(at.x - (this.xs[column] ?? 0)) +
      Math.abs(at.y - (this.ys[row] ?? 0)) +
      price.beside * (same.get(placeOf(at)) ?? 0) +
      price.opposed * (opposed.get(placeOf(at)) ?? 0)
    for (const port of starts) {
      const first = idOf(port.row * columns + port.column, port.horizontal)
      reach(first, stub(port, begun, ended), undefined, port)
    }
    const ends = new Map(goals.map((port) => [port.row * columns + port.column, port]))
    let best: { cost: number; id: number; port: Port } | undefined
    for (let top = queue.take(); top && top.cost < (best?.cost ?? Infinity); top = queue.take()) {
      const { cost, value: id } = top
      if (cost > (costs.get(id) ?? Infinity)) continue
      const [point, horizontal] = [id >> 1, (id & 1) === 1]
      const end = ends.get(point)
      if (end) {
        const whole = cost + stub(end, ended, begun) + (end.horizontal === horizontal ? 0 : price.bend)
        if (whole < (best?.cost ?? Infinity)) best = { cost: whole, id, port: end }
      }
      for (const next of this.neighbours(point)) {
        const along = Math.abs(next - point) === 1
        const cheapest = cost + this.priceOf(point, next, target) + (along === horizontal ? 0 : price.bend)
        reach(idOf(next, along), cheapest, id)
      }
    }
    if (!best) return undefined
    const ids = [best.id]
    for (let id = before.get(best.id); id !== undefined; id = before.get(id)) ids.unshift(id)
    const start = portOf.get(ids[0] ?? best.id)
    return start && { start, goal: best.port, points: ids.map((id) => id >> 1) }
  }

  private neighbours(point: number): number[] {
    const columns = this.xs.length
    const column = point % columns
    return [
      ...(column + 1 < columns && this.freeRight[point] ? [point + 1] : []),
      ...(column > 0 && this.freeRight[point - 1] ? [point - 1] : []),
      ...(point + columns < this.freeUp.length && this.freeUp[point] ? [point + columns] : []),
      ...(point >= columns && this.freeUp[point - columns] ? [point - columns] : []),
    ]
  }

  /** Of a piece of the grid, for an edge to this target. */
  private priceOf(from: number, to: number, target: string): number {
    const low = Math.min(from, to)
    const across = Math.abs(to - from) === 1
    const [a, b] = [this.pointOf(from), this.pointOf(to)]
    const length = Math.abs(a.x - b.x) + Math.abs(a.y - b.y)
    const others = (across ? this.takenRight : this.takenUp).get(low)
    const crossed = (across ? this.takenUp : this.takenRight).get(to)
    const crossing = crossed && !crossed.has(target) ? price.crossing : 0
    if (!others) return length + crossing
    return length * (others.size === 1 && others.has(target) ? price.together : price.taken) + crossing
  }

  private take(from: number, to: number, target: string): void {
    const taken = Math.abs(to - from) === 1 ? this.takenRight : this.takenUp
    const low = Math.min(from, to)
    taken.set(low, (taken.get(low) ?? new Set()).add(target))
  }
}

const placeOf = ({ x, y }: Point): string => `${x.toFixed(1)} ${y.toFixed(1)}`

/** Where edges leave a box at its sides. */
function sideHeights(y: number, height: number): number[] {
  return [y - height / 4, y, y + height / 4]
}

/** Without points in the middle of a straight piece. */
function straightened(points: readonly Point[]): Point[] {
  const kept: Point[] = []
  for (const point of points) {
    const [a, b] = [kept.at(-2), kept.at(-1)]
    if (b && Math.abs(b.x - point.x) < 0.06 && Math.abs(b.y - point.y) < 0.06) continue
    const straight = a && b && (sameLine(a.x, b.x, point.x) || sameLine(a.y, b.y, point.y))
    if (straight) kept.pop()
    kept.push(point)
  }
  return kept
}

const sameLine = (a: number, b: number, c: number): boolean =>
  Math.abs(a - b) < 0.06 && Math.abs(b - c) < 0.06

/** A binary heap, cheapest first. */
class Queue {
  private readonly costs: number[] = []
  private readonly values: number[] = []

  add(cost: number, value: number): void {
    let at = this.costs.length
    this.costs.push(cost)
    this.values.push(value)
    for (let up = (at - 1) >> 1; at > 0 && (this.costs[up] ?? 0) > cost; up = (at - 1) >> 1) {
      this.swap(at, up)
      at = up
    }
  }

  take(): { readonly cost: number; readonly value: number } | undefined {
    const [cost, value] = [this.costs[0], this.values[0]]
    if (cost === undefined || value === undefined) return undefined
    this.swap(0, this.costs.length - 1)
    this.costs.pop()
    this.values.pop()
    for (let at = 0; ; ) {
      const [left, right] = [2 * at + 1, 2 * at + 2]
      const costAt = (i: number): number => this.costs[i] ?? Infinity
      const least = costAt(right) < costAt(left) ? right : left
      if (costAt(least) >= costAt(at)) break
      this.swap(at, least)
      at = least
    }
    return { cost, value }
  }

  private swap(a: number, b: number): void {
    for (const list of [this.costs, this.values]) {
      const [x = 0, y = 0] = [list[a], list[b]]
      list[a] = y
      list[b] = x
    }
  }
}
