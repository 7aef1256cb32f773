/** Which edges of a picture are drawn. All are true; too many would hide the few that matter. */
import type { Box, Edge } from './boxes.ts'
import type { Picture } from './picture.ts'

/**
 * Of the batch only what a model begins with, and labels: masks and positions reach everything. The sum of
 * the losses runs down their column instead of from each of them to the bottom.
 */
export function drawnEdges(picture: Picture): Edge[] {
  const byId = new Map(picture.boxes.map((box) => [box.id, box]))
  const drawn = picture.edges.filter(({ from, to }) => {
    const [a, b] = [byId.get(from), byId.get(to)]
    return (
      a !== undefined &&
      b !== undefined &&
      b.kind !== 'total' &&
      (a.kind !== 'batch' || readsBatch(b, picture))
    )
  })
  const losses = picture.boxes.filter(({ kind }) => kind === 'meeting' || kind === 'total')
  const sum = losses.sort((a, b) => a.row - b.row)
  for (const [i, box] of sum.entries()) {
    const next = sum[i + 1]
    if (next) drawn.push({ from: box.id, to: next.id, gradient: true, types: ['f32[], summed'] })
  }
  return drawn
}

function readsBatch(box: Box, picture: Picture): boolean {
  if (box.kind === 'part')
    return picture.boxes.find((b) => b.kind === 'part' && b.owner === box.owner) === box
  return picture.edges.filter(({ to }) => to === box.id).length === 2
}
