/** The cheapest way to part a network: which of its vertices stay with the source. */

export interface Edge {
  readonly from: number
  readonly to: number
  /** What it costs to have `from` with the source and `to` not; may be infinite. */
  readonly cost: number
}

interface Arc {
  readonly to: number
  left: number
  readonly back: number
}

/**
 * The smallest set with the source of those that cost least (Ford and Fulkerson 1956; augmented along
 * shortest paths, level by level: Dinic 1970). Vertices are numbers below `vertices`. Some cut must be of
 * finite cost.
 */
export function minimumCut(
  vertices: number,
  edges: readonly Edge[],
  source: number,
  sink: number,
): ReadonlySet<number> {
  const arcs: Arc[][] = Array.from({ length: vertices }, () => [])
  const arcsOf = (vertex: number): Arc[] => arcs[vertex] ?? []
  for (const { from, to, cost } of edges) {
    arcsOf(from).push({ to, left: cost, back: arcsOf(to).length })
    arcsOf(to).push({ to: from, left: 0, back: arcsOf(from).length - 1 })
  }
  for (;;) {
    const levels = levelsFrom(source, vertices, arcsOf)
    if ((levels[sink] ?? -1) < 0) {
      return new Set(Array.from(levels.keys()).filter((vertex) => (levels[vertex] ?? -1) >= 0))
    }
    const next = new Int32Array(vertices)
    while (augment(source, sink, levels, next, arcsOf) > 0);
  }
}

/** Number of arcs from the source through arcs with capacity left; -1 if there is no path. */
function levelsFrom(source: number, vertices: number, arcsOf: (vertex: number) => readonly Arc[]) {
  const levels = new Int32Array(vertices).fill(-1)
  levels[source] = 0
  const queue = [source]
  for (const vertex of queue) {
    for (const { to, left } of arcsOf(vertex)) {
      if (left <= 0 || (levels[to] ?? 0) >= 0) continue
      levels[to] = (levels[vertex] ?? 0) + 1
      queue.push(to)
    }
  }
  return levels
}

/**
 * Sends flow along one path, in a loop, since graphs of deep models have long paths. Returns the amount; 0 if
 * there is no path left.
 */
function augment(
  source: number,
  sink: number,
  levels: Int32Array,
  next: Int32Array,
  arcsOf: (vertex: number) => Arc[],
): number {
  const path: Arc[] = []
  let at = source
  while (at !== sink) {
    const arc = arcsOf(at)[next[at] ?? 0]
    if (arc === undefined) {
      // A dead end: back, and never here again on these levels.
      const last = path.pop()
      if (last === undefined) return 0
      at = arcsOf(last.to)[last.back]?.to ?? source
      next[at] = (next[at] ?? 0) + 1
    } else if (arc.left > 0 && levels[arc.to] === (levels[at] ?? 0) + 1) {
      path.push(arc)
      at = arc.to
    } else {
      next[at] = (next[at] ?? 0) + 1
    }
  }
  const flow = Math.min(...path.map((arc) => arc.left))
  for (const arc of path) {
    arc.left -= flow
    const back = arcsOf(arc.to)[arc.back]
    if (back !== undefined) back.left += flow
  }
  return flow
}
