/**
 * Columns and rows. Students are on the left, losses in the middle, teachers on the right, each model in the
 * order of its parts. States that a loss compares share a row, so that the layer map can be read across. If
 * maps cross, the first pairs share rows and the others do not.
 */

import type { Program } from '../check/program.ts'
import type { Box, Column, Draft, Edge } from './boxes.ts'

export function arrange(
  program: Program,
  drafts: readonly Draft[],
  edges: readonly Edge[],
): { columns: readonly Column[]; boxes: readonly Box[] } {
  const owners = [...new Set(drafts.filter((d) => d.kind === 'part').map((d) => d.owner))]
  const isTrained = (owner: string): boolean => drafts.some((d) => d.owner === owner && d.trained)
  const left = owners.filter(isTrained)
  const right = owners.filter((owner) => !isTrained(owner))
  const columnOf = (owner: string): Column => {
    const instance = program.instances.get(owner)
    const trained = isTrained(owner)
    const role = trained ? 'student' : 'teacher'
    const state = trained ? 'trained' : 'frozen'
    return { title: `${role} ${owner}`, model: `${instance?.model ?? ''}, ${state}`, owner, trained }
  }
  const columns: Column[] = [
    ...left.map(columnOf),
    { title: 'losses', model: '', owner: '', trained: false },
    ...right.map(columnOf),
  ]
  const rows = rowsOf(drafts, edges)
  const boxes = drafts.map((draft): Box => {
    const column = draft.kind === 'part' ? columns.findIndex((c) => c.owner === draft.owner) : left.length
    return { ...draft, column, row: rows.get(draft.id) ?? 0 }
  })
  return { columns, boxes }
}

/** Longest paths over sets of boxes that share a row. */
function rowsOf(drafts: readonly Draft[], edges: readonly Edge[]): ReadonlyMap<string, number> {
  const below = new Map<string, Set<string>>(drafts.map(({ id }) => [id, new Set<string>()]))
  const last = new Map<string, string>()
  const kinds = new Map(drafts.map((d) => [d.id, d.kind]))
  for (const { id, kind, owner } of drafts) {
    if (kind === 'part') {
      below.get(last.get(owner) ?? 'batch')?.add(id)
      last.set(owner, id)
    }
    if (kind === 'meeting') below.get('batch')?.add(id)
    if (kind !== 'total') below.get(id)?.add('total')
  }
  const row = new Map(drafts.map(({ id }) => [id, id]))
  const ranks = (): ReadonlyMap<string, number> | undefined => longestPaths(drafts, below, row)
  for (const { id, kind } of drafts) {
    if (kind !== 'meeting') continue
    const parts = edges.filter((e) => e.to === id && kinds.get(e.from) === 'part').map((e) => e.from)
    const chosen = new Map<string, string>()
    // It is placed beside the deepest part of each model.
    for (const part of parts) chosen.set(drafts.find((d) => d.id === part)?.owner ?? '', part)
    const partners = [...chosen.values()]
    const before = new Map(row)
    for (const partner of partners) unite(row, partner, id)
    if (ranks()) continue
    // Their rows would contradict others: beside one of them, or below all.
    restore(row, before)
    const [first] = partners
    if (first !== undefined) unite(row, first, id)
    if (ranks()) continue
    restore(row, before)
    for (const partner of partners) below.get(partner)?.add(id)
  }
  return ranks() ?? new Map(drafts.map(({ id }, i) => [id, i]))
}

function unite(row: Map<string, string>, a: string, b: string): void {
  const [from, to] = [row.get(a), row.get(b)]
  for (const [id, key] of row) if (key === from && to !== undefined) row.set(id, to)
}

function restore(row: Map<string, string>, before: ReadonlyMap<string, string>): void {
  for (const [id, key] of before) row.set(id, key)
}

/** The row of each box; undefined where they contradict each other. */
function longestPaths(
  drafts: readonly Draft[],
  below: ReadonlyMap<string, ReadonlySet<string>>,
  row: ReadonlyMap<string, string>,
): ReadonlyMap<string, number> | undefined {
  const successors = new Map<string, Set<string>>()
  for (const { id } of drafts) {
    const key = row.get(id) ?? id
    const list = successors.get(key) ?? new Set()
    for (const next of below.get(id) ?? []) {
      const to = row.get(next)
      if (to === key) return undefined
      if (to !== undefined) list.add(to)
    }
    successors.set(key, list)
  }
  const waiting = new Map<string, number>([...successors.keys()].map((key) => [key, 0]))
  for (const list of successors.values()) for (const to of list) waiting.set(to, (waiting.get(to) ?? 0) + 1)
  const ready = [...waiting].filter(([, n]) => n === 0).map(([key]) => key)
  const depth = new Map<string, number>(ready.map((key) => [key, 0]))
  let done = 0
  for (let key = ready.pop(); key !== undefined; key = ready.pop()) {
    done++
    for (const to of successors.get(key) ?? []) {
      depth.set(to, Math.max(depth.get(to) ?? 0, (depth.get(key) ?? 0) + 1))
      const left = (waiting.get(to) ?? 0) - 1
      waiting.set(to, left)
      if (left === 0) ready.push(to)
    }
  }
  if (done < successors.size) return undefined
  return new Map(drafts.map(({ id }) => [id, depth.get(row.get(id) ?? id) ?? 0]))
}
