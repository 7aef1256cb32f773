/** Which edges of a picture are drawn. All are true; too many would hide the few that matter. */
import type { Box, Edge } from './boxes.ts'
import type { Picture } from './picture.ts'

/**
 * Of the batch only what a model begins with, and labels: masks and positions reach everything.
 */
export function drawnEdges(picture: Picture): Edge[] {
  const byId = new Map(picture.boxes.map((box) => [box.id, box]))
  return picture.edges.filter(({ from, to }) => {
    const [a, b] = [byId.get(from), byId.get(to)]
    return a !== undefined && b !== undefined && (a.kind !== 'batch' || readsBatch(b, picture))
  })
}

function readsBatch(box: Box, picture: Picture): boolean {
  if (box.kind === 'part')
    return picture.boxes.find((b) => b.kind === 'part' && b.owner === box.owner) === box
  return box.kind === 'meeting' && picture.edges.filter(({ to }) => to === box.id).length === 2
}
