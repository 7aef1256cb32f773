/**
 * A picture as one page without network, fonts or libraries. A box shows its operations beside the picture.
 * Each operation shows its shape, its cost and its line of the spec.
 */
import type { Sources } from '../diagnostics/diagnostic.ts'
import { html, Markup, scriptData } from '../diagnostics/markup.ts'
import { SourceText } from '../diagnostics/source-text.ts'
import { nodeFlops } from '../graph/cost.ts'
import type { Node } from '../graph/graph.ts'
import { elementCount, printType } from '../graph/type.ts'
import { linesOf } from './box-text.ts'
import { inheritedColours, pageColours } from './colors.ts'
import { boxName } from './dot.ts'
import { pageScript } from './page-script.ts'
import { pageStyle } from './page-style.ts'
import type { Picture } from './picture.ts'
import { drawSvg } from './svg.ts'

/** One operation on the page. Short names: there are thousands. */
interface PageNode {
  readonly op: string
  readonly type: string
  readonly flops: number
  readonly bytes: number
  /** Positions of its inputs. */
  readonly inputs: readonly number[]
  /** Its binding, or the name of a leaf. */
  readonly name?: string
  readonly attributes?: string
  readonly backward?: true
  /** File and line, from 1. */
  readonly at?: readonly [string, number]
}

/** The page. `sources`: the texts of the spec, from the checked program. */
export async function printHtml(picture: Picture, sources: Sources): Promise<string> {
  const svg = new Markup((await drawSvg(picture)).replace(/^[\s\S]*?(?=<svg)/, ''))
  const title = `${picture.spec}, stage ${picture.stage}`
  const style = new Markup(`${pageColours()}${inheritedColours()}${pageStyle}`)
  const page = html`<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>${style}</style>
<header><h1>${title}</h1><input id="search" type="search" aria-label="search" placeholder="search operations, names, lines ( / )">
<span class="tools"><button id="smaller" aria-label="zoom out">\u2212</button><button id="larger" aria-label="zoom in">+</button><button id="fit" aria-label="fit: show all">fit</button><button id="theme" aria-label="light or dark">\u25d0</button></span></header>
<main><div id="view"><div id="stage">${svg}</div></div><section id="side" aria-label="details" tabindex="-1"></section></main>
<script type="application/json" id="data">${scriptData(pageData(picture, sources))}</script>
<script>${new Markup(pageScript)}</script>
</html>
`
  return `<!doctype html>\n${page}`
}

function pageData(picture: Picture, sources: Sources): object {
  const { graph, sizes, names, backward } = picture
  const positions = new Map(graph.nodes.map((node, i) => [node, i]))
  const texts = new Map<string, SourceText>()
  const used = new Map<string, string>()
  const place = (node: Node): readonly [string, number] | undefined => {
    const { source } = node
    const text = source && sources.get(source.file)
    if (!source || text === undefined) return undefined
    const lines = texts.get(source.file) ?? new SourceText(text)
    texts.set(source.file, lines)
    used.set(source.file, text)
    return [source.file, lines.positionOf(source.start).line]
  }
  const nodes = graph.nodes.map((node): PageNode => {
    const name =
      names.get(node) ?? (typeof node.attributes.name === 'string' ? node.attributes.name : undefined)
    const { name: _name, dimensions: _dimensions, dtype: _dtype, ...attributes } = node.attributes
    const at = place(node)
    return {
      op: node.op,
      type: printType(node.type),
      flops: nodeFlops(node, sizes),
      bytes: elementCount(node.type, sizes) * (node.type.dtype === 'bool' ? 1 : 4),
      inputs: node.inputs.map((input) => positions.get(input) ?? -1),
      ...(name === undefined ? {} : { name }),
      ...(Object.keys(attributes).length > 0 ? { attributes: JSON.stringify(attributes) } : {}),
      ...(backward.has(node) ? { backward: true } : {}),
      ...(at ? { at } : {}),
    }
  })
  return {
    sizes,
    boxes: picture.boxes.map((box, i) => ({
      id: boxName(i),
      lines: linesOf(box, picture),
      column: box.kind === 'part' ? (picture.columns[box.column]?.title ?? '') : '',
      members: box.members.map((m) => ({
        title: m.title,
        nodes: m.nodes.map((n) => positions.get(n) ?? -1),
      })),
    })),
    nodes,
    outputs: Object.fromEntries([...graph.outputs].map(([name, node]) => [name, positions.get(node) ?? -1])),
    sources: Object.fromEntries([...used].map(([file, text]) => [file, text.split('\n')])),
  }
}
