/** How wide standard output is and whether it takes colours: a pipe or file has 80 columns and none. */
import { type Painter, painter } from '../diagnostics/paint.ts'

export function standardOutput(): { readonly columns: number; readonly paint: Painter } {
  const { isTTY, columns = 80 } = process.stdout
  const coloured = isTTY === true && !process.env.NO_COLOR
  return { columns: isTTY === true ? Math.max(40, columns) : 80, paint: painter(coloured) }
}
