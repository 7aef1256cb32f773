/**
 * A picture as SVG: laid out by Graphviz (compiled to WebAssembly, nothing outside this process), in the
 * colours its reader prefers.
 */
import { darkStyle } from './colors.ts'
import { printDot } from './dot.ts'
import type { Picture } from './picture.ts'

export async function renderSvg(picture: Picture): Promise<string> {
  const { instance } = await import('@viz-js/viz')
  const viz = await instance()
  const svg = viz.renderString(printDot(picture), { format: 'svg', engine: 'nop' })
  return svg
    .replace(/<!--[\s\S]*?-->\s*/g, '')
    .replace(/<!DOCTYPE[\s\S]*?>\s*/, '')
    .replaceAll(
      'font-family="Helvetica,sans-Serif"',
      'font-family="Helvetica,Arial,Liberation Sans,sans-serif"',
    )
    .replace(/(<svg\b[^>]*>)/, `$1\n<style>${darkStyle()}</style>`)
}
