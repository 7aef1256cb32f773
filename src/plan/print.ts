/**
 * A plan as text: memory over time, the arena at its peak, and the buffers, those of equal layers on one
 * line. It is printed only: a plan is made from a graph, never read back.
 */
import type { Node } from '../graph/graph.ts'
import { printType } from '../graph/type.ts'
import type { Buffer } from './buffers.ts'
import { buffersAt, type Plan } from './plan.ts'

/** Number of stretches of time that are shown. */
const stretches = 24
/** Characters of a full bar. */
const barLength = 40
/** Number of kinds of value that are listed; the smallest ones are summed up. */
const listed = 40

/**
 * `names`: names of some nodes (`S.layer[3].output`). They show to which part of the models a stretch of time
 * belongs.
 */
export function printPlan(plan: Plan, names: ReadonlyMap<Node, string> = new Map()): string {
  const { graph, sizes, buffers, over, lifetimes, peak, peakAt, arena, parameters } = plan
  const { nodes } = lifetimes
  const at = nodes[peakAt]
  const inPlace = over.filter((index) => index !== undefined).length
  const own = new Set(buffers.map(({ nodes: [first] }) => first))
  const shared = [...plan.bufferOf.keys()].filter((node, _) => !own.has(node)).length - inPlace
  const gaps = peak === 0 ? 0 : (100 * (arena - peak)) / peak
  return [
    `plan ${graph.name} {  // ${sizes.B} x ${sizes.L}: B examples x L tokens`,
    `  nodes       ${nodes.length}${isOwnOrder(plan) ? '' : ', with nodes that free memory moved forward'}`,
    `  parameters  ${bytesText(parameters)}`,
    `  peak        ${bytesText(peak)}, at node ${peakAt}: ${at === undefined ? '-' : value(at)}`,
    `  arena       ${bytesText(arena)}${gaps === 0 ? '' : `, ${gaps.toFixed(1)}% of the peak lost in gaps`}`,
    `  buffers     ${buffers.length}; ${graph.donates ? `${inPlace} results written over an input` : 'no result is written over an input (donate-buffers is off)'}, ${shared} share their input's memory`,
    ...overTime(plan, names),
    ...atPeak(plan),
    ...writtenOver(plan),
    ...kinds(plan),
    '}',
    '',
  ].join('\n')
}

function isOwnOrder({ graph, lifetimes }: Plan): boolean {
  return graph.nodes.every((node, i) => lifetimes.nodes[i] === node)
}

/** Most bytes in each of equal stretches of the order. */
function overTime({ live, lifetimes, peak }: Plan, names: ReadonlyMap<Node, string>): string[] {
  const { nodes } = lifetimes
  const length = Math.max(1, Math.ceil(nodes.length / stretches))
  const lines: string[] = []
  for (let start = 0; start < nodes.length; start += length) {
    const end = Math.min(start + length, nodes.length)
    const most = Math.max(...live.slice(start, end))
    const bar = peak === 0 ? '' : '#'.repeat(Math.round((barLength * most) / peak))
    const place = nodes.slice(start, end).map((node) => names.get(node))
    const name = place.findLast((one) => one !== undefined) ?? ''
    lines.push(
      `    ${String(start).padStart(5)} ..${String(end - 1).padStart(5)}  ${bytesText(most).padStart(10)}  ${bar.padEnd(name === '' ? 0 : barLength)}${name === '' ? '' : `  ${name}`}`,
    )
  }
  return ['', '  memory held over time, and the value computed last', ...lines]
}

/** The arena at its fullest, in order of addresses: neighbours of one kind are one line. */
function atPeak(plan: Plan): string[] {
  const here = plan.buffers
    .map((buffer, i) => ({ buffer, offset: plan.offsets[i] ?? 0 }))
    .filter(({ buffer }) => buffer.first <= plan.peakAt && plan.peakAt <= buffer.last && buffer.bytes > 0)
    .sort((a, b) => a.offset - b.offset)
  const runs: { kind: string; offset: number; count: number; bytes: number }[] = []
  const small = plan.peak / 1000
  for (const { buffer, offset } of here) {
    const kind = buffer.bytes < small ? 'small values' : kindOf(buffer)
    const last = runs.at(-1)
    if (last?.kind === kind) {
      last.count++
      last.bytes += buffer.bytes
    } else runs.push({ kind, offset, count: 1, bytes: buffer.bytes })
  }
  const shown = runs.slice(0, 100)
  const rest = runs.slice(100)
  return [
    '',
    `  arena at node ${plan.peakAt}: ${buffersAt(plan, plan.peakAt).length} buffers by offset`,
    ...shown.map(
      ({ kind, offset, count, bytes }) =>
        `    ${String(offset).padStart(12)}  ${bytesText(bytes).padStart(10)}  ${count === 1 ? '' : `${count} x `}${kind}`,
    ),
    ...(rest.length === 0
      ? []
      : [
          `    ${' '.repeat(12)}  ${bytesText(rest.reduce((sum, { bytes }) => sum + bytes, 0)).padStart(10)}  ${rest.reduce((sum, { count }) => sum + count, 0)} more`,
        ]),
  ]
}

function writtenOver({ over, lifetimes }: Plan): string[] {
  const counts = new Map<string, number>()
  for (const [i, index] of over.entries()) {
    const node = lifetimes.nodes[i]
    const input = index === undefined ? undefined : node?.inputs[index]
    if (node === undefined || input === undefined) continue
    const text = `${value(node)} over ${input.op}`
    counts.set(text, (counts.get(text) ?? 0) + 1)
  }
  if (counts.size === 0) return []
  const lines = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
  return [
    '',
    '  written over an input without later readers',
    ...lines.slice(0, 60).map(([text, count]) => `    ${`${count} x`.padStart(6)} ${text}`),
    ...(lines.length > 60 ? [`    ${lines.length - 60} more kinds`] : []),
  ]
}

interface Kind {
  readonly text: string
  count: number
  readonly bytes: number
  steps: number
  longest: number
}

/** All buffers by the value that they are made for: how many, how large, how long they live. */
function kinds({ buffers }: Plan): string[] {
  const all = new Map<string, Kind>()
  for (const buffer of buffers) {
    const text = kindOf(buffer)
    const kind = all.get(text) ?? { text, count: 0, bytes: buffer.bytes, steps: 0, longest: 0 }
    const life = buffer.last - buffer.first + 1
    kind.count++
    kind.steps += life
    kind.longest = Math.max(kind.longest, life)
    all.set(text, kind)
  }
  const sorted = [...all.values()].sort(
    (a, b) => b.count * b.bytes - a.count * a.bytes || (a.text < b.text ? -1 : 1),
  )
  const rest = sorted.slice(listed)
  const restBytes = rest.reduce((sum, { count, bytes }) => sum + count * bytes, 0)
  const restCount = rest.reduce((sum, { count }) => sum + count, 0)
  return [
    '',
    '  buffers      each   lives: mean, longest (nodes)',
    ...sorted
      .slice(0, listed)
      .map(
        ({ text, count, bytes, steps, longest }) =>
          `    ${String(count).padStart(4)} x ${bytesText(bytes).padStart(10)}  ${String(Math.round(steps / count)).padStart(5)} ${String(longest).padStart(5)}  ${text}`,
      ),
    ...(rest.length === 0
      ? []
      : [
          `    ${String(restCount).padStart(4)} others, ${bytesText(restBytes)} in all, of ${rest.length} kinds`,
        ]),
  ]
}

function kindOf({ nodes: [node] }: Buffer): string {
  return node === undefined ? '' : value(node)
}

function value(node: Node): string {
  return `${node.op} ${printType(node.type)}`
}

export function bytesText(n: number): string {
  if (n >= 2 ** 30) return `${(n / 2 ** 30).toFixed(2)} GiB`
  if (n >= 2 ** 20) return `${(n / 2 ** 20).toFixed(1)} MiB`
  return n >= 2 ** 10 ? `${(n / 2 ** 10).toFixed(1)} KiB` : `${n} bytes`
}
