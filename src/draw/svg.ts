/**
 * A picture as SVG: laid out by Graphviz (compiled to WebAssembly, nothing outside this process), in the
 * colours its reader prefers.
 */
import { darkStyle, palette } from './colors.ts'
import { printDot } from './dot.ts'
import type { Picture } from './picture.ts'

export async function renderSvg(picture: Picture): Promise<string> {
  return (await drawSvg(picture)).replace(/(<svg\b[^>]*>)/, `$1\n<style>${darkStyle()}</style>`)
}

/** The same in dark colours alone, for a page that chooses between two files. */
export async function darkSvg(picture: Picture): Promise<string> {
  const dark = new Map<string, string>(Object.values(palette).map((one) => [one.light, one.dark]))
  return (await drawSvg(picture)).replace(/#[0-9a-f]{6}/g, (colour) => dark.get(colour) ?? colour)
}

/** The same in light colours alone. */
export async function drawSvg(picture: Picture): Promise<string> {
  const { instance } = await import('@viz-js/viz')
  const viz = await instance()
  const svg = viz.renderString(printDot(picture), { format: 'svg', engine: 'nop2' })
  return svg
    .replace(/<!--[\s\S]*?-->\s*/g, '')
    .replace(/<!DOCTYPE[\s\S]*?>\s*/, '')
    .replaceAll(
      'font-family="Helvetica,sans-Serif"',
      'font-family="Helvetica,Arial,Liberation Sans,sans-serif"',
    )
}
