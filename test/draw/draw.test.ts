import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { capabilitiesOf } from '../../src/backends/index.ts'
import type { Program } from '../../src/check/program.ts'
import { checkFile } from '../../src/disk/check-file.ts'
import { filesOnDisk } from '../../src/disk/spec-files.ts'
import { palette } from '../../src/draw/colors.ts'
import { printDot } from '../../src/draw/dot.ts'
import { printHtml } from '../../src/draw/html.ts'
import { type Picture, pictureOf } from '../../src/draw/picture.ts'
import { renderSvg } from '../../src/draw/svg.ts'
import { reportSpec } from '../../src/explain/report.ts'
import { printType } from '../../src/graph/type.ts'
import { compileStage } from '../../src/lower/stage.ts'
import { sampledStages } from '../lower/spec-run.ts'
import { wellFormed } from './well-formed.ts'

const root = new URL('../..', import.meta.url).pathname
const sizes = { B: 32, L: 64 }
const capabilities = await capabilitiesOf('wasm')

function programOf(spec: string): Program {
  const { program } = checkFile(spec)
  if (!program) throw new Error(`${spec} does not check`)
  return program
}
function pictures(spec: string): Picture[] {
  const program = programOf(spec)
  // As written, so that these pictures say nothing about the compiler's passes.
  return sampledStages(program).map((stage) =>
    pictureOf(program, stage, compileStage(program, stage, { passes: 'none' }), sizes),
  )
}
const specs = ['specs', 'test/recipes'].flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((file) => file.endsWith('.distill'))
    .map((file) => `${folder}/${file}`),
)

describe.each(specs)('%s', (spec) => {
  const all = pictures(spec)

  it('puts every node into exactly one box', () => {
    for (const { graph, boxes } of all) {
      const placed = boxes.flatMap((box) => box.members.flatMap(({ nodes }) => nodes))
      expect(placed.length).toBe(graph.nodes.length)
      expect(new Set(placed)).toEqual(new Set(graph.nodes))
    }
  })

  it('gives a cell to one part at most, and lets a model run downwards', () => {
    for (const { boxes, edges } of all) {
      const parts = boxes.filter(({ kind }) => kind === 'part')
      expect(new Set(parts.map(({ column, row }) => `${column} ${row}`)).size).toBe(parts.length)
      const byId = new Map(boxes.map((box) => [box.id, box]))
      for (const { from, to } of edges) {
        const [a, b] = [byId.get(from), byId.get(to)]
        if (a?.kind === 'part' && b?.kind === 'part' && a.owner === b.owner) expect(a.row).toBeLessThan(b.row)
      }
    }
  })

  it('counts the work of all nodes', () => {
    for (const { graph, boxes, backward } of all) {
      const computed = graph.nodes.filter((node) => node.inputs.length > 0)
      expect(boxes.reduce((sum, box) => sum + box.forward.ops + box.backward.ops, 0)).toBe(computed.length)
      expect(boxes.reduce((sum, box) => sum + box.backward.ops, 0)).toBe(
        computed.filter((n) => backward.has(n)).length,
      )
    }
  })

  it('becomes an SVG that is well-formed and shows each box', async () => {
    for (const picture of all) {
      const svg = await renderSvg(picture)
      expect(wellFormed(svg)).toBe(true)
      expect(svg.match(/<g [^>]*class="node"/g)?.length ?? 0).toBeGreaterThanOrEqual(picture.boxes.length)
      for (const { title, kind } of picture.boxes) if (kind === 'part') expect(svg).toContain(`>${title}`)
      for (const { title } of picture.columns.filter(({ owner }) => owner !== ''))
        expect(svg).toContain(`${title}: `)
    }
  })
})

describe('the check of XML', () => {
  it('refuses what is not well-formed', () => {
    for (const wrong of ['<a><b></a></b>', '<a>', '<a x=1></a>', '<a>1 & 2</a>', '<a>1 < 2</a>'])
      expect(wellFormed(wrong)).toBe(false)
    expect(wellFormed('<a x="1"><b/>1 &lt; 2</a>')).toBe(true)
  })
})

describe('tinybert-4 and demo', () => {
  it.each(['specs/tinybert-4.distill', 'specs/demo.distill'])('%s as DOT', async (spec) => {
    for (const picture of pictures(spec)) {
      const file = `${basename(spec, '.distill')}.${picture.stage}.dot`
      await expect(printDot(picture)).toMatchFileSnapshot(join(root, 'test/golden/draw', file))
    }
  })

  it('the layer map can be read across: what is compared stands in one row', () => {
    const picture = pictures('specs/tinybert-4.distill').find(({ stage }) => stage === 'intermediate')
    const at = (owner: string, title: string) =>
      picture?.boxes.find((b) => b.owner === owner && b.title === title)?.row
    for (const [s, t] of [
      [1, 3],
      [2, 6],
      [3, 9],
      [4, 12],
    ])
      expect(at('S', `layer ${s}`)).toBe(at('T', `layer ${t}`))
    const titles = picture?.boxes.filter((b) => b.owner === 'T').map((b) => b.title)
    expect(titles).toEqual([
      'embedding',
      'layers 1–2',
      'layer 3',
      'layers 4–5',
      'layer 6',
      'layers 7–8',
      'layer 9',
      'layers 10–11',
      'layer 12',
      'not computed',
    ])
    const meetings = picture?.boxes.filter(({ kind }) => kind === 'meeting').map((b) => b.comparisons)
    expect(meetings?.[1]).toEqual([{ term: 'hidn', projection: 'W' }, { term: 'attn' }])
  })

  it('gradients flow through the student and never into the teacher', () => {
    for (const { boxes, edges, stage } of pictures('specs/tinybert-4.distill')) {
      const owner = new Map(boxes.map((box) => [box.id, box.owner]))
      const flowing = new Set(edges.filter((e) => e.gradient).flatMap((e) => owner.get(e.from) ?? []))
      expect([stage, flowing.has('S'), flowing.has('T'), flowing.has('G')]).toEqual([
        stage,
        true,
        false,
        false,
      ])
      for (const box of boxes) if (box.owner === 'T' || box.owner === 'G') expect(box.backward.ops).toBe(0)
    }
  })

  it('equal layers of a student whose logits alone are compared are one box', () => {
    const picture = pictures('specs/tinybert-4.distill').find(({ stage }) => stage === 'prediction')
    const layers = picture?.boxes.filter(({ title }) => title.startsWith('layer'))
    expect(layers?.map(({ owner, title, members }) => [owner, title, members.length])).toEqual([
      ['T', 'layers 1–12', 12],
      ['S', 'layers 1–4', 4],
    ])
  })

  it('as a page: every node with its type and its line, nothing from elsewhere', async () => {
    for (const spec of ['specs/tinybert-4.distill', 'specs/demo.distill']) {
      const { sources } = programOf(spec)
      for (const picture of pictures(spec)) {
        const page = await printHtml(picture, sources)
        const json = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(page)?.[1] ?? ''
        const data: {
          nodes: { op: string; type: string; at?: [string, number] }[]
          sources: Record<string, string[]>
        } = JSON.parse(json)
        expect(data.nodes.map(({ op, type }) => [op, type])).toEqual(
          picture.graph.nodes.map((node) => [node.op, printType(node.type)]),
        )
        const located = data.nodes.filter(({ at }) => at && data.sources[at[0]]?.[at[1] - 1] !== undefined)
        expect(located.length).toBeGreaterThan(
          0.9 * data.nodes.filter(({ op }) => op !== 'constant' && op !== 'input').length,
        )
        const rest = page.replace(json, '').replaceAll(/ xmlns(:xlink)?="[^"]*"/g, '')
        expect(rest).not.toMatch(
          /https?:|\/\/[\w.]+\.\w+\/|\bsrc=|\bhref=|@import|url\(|fetch\(|XMLHttpRequest|import\(/,
        )
      }
    }
  })

  it('an SVG has the other colour of each of its colours for readers that prefer dark', async () => {
    for (const picture of pictures('specs/demo.distill')) {
      const svg = await renderSvg(picture)
      const [, style = ''] = /<style>([\s\S]*?)<\/style>/.exec(svg) ?? []
      expect(style).toContain('prefers-color-scheme: dark')
      const known = new Set(Object.values(palette).map(({ light }): string => light))
      const used = new Set(
        [...svg.replace(style, '').matchAll(/(?:fill|stroke)="(#\w+)"/g)].map((m) => m[1] ?? ''),
      )
      for (const colour of used) expect(known).toContain(colour)
    }
  })
})

describe('work by part', () => {
  it.each(specs)('%s: adds up to the whole step, the teacher only forward', (spec) => {
    const report = reportSpec(programOf(spec), {
      files: filesOnDisk,
      passes: { disabled: new Set() },
      backend: { name: 'wasm', capabilities },
    })
    for (const [name, stage] of Object.entries(report.stages)) {
      const { flops_by_part: work } = stage
      const sum = Object.values(work).reduce((a, b) => a + b, 0)
      expect(Math.abs(sum - stage.flops_per_step)).toBeLessThanOrEqual(1e-9 * stage.flops_per_step)
      const forward = work.teacher_forward + work.student_forward
      expect([name, forward > 0 && forward <= stage.forward_flops_per_step]).toEqual([name, true])
      expect([name, work.teacher_backward]).toEqual([name, 0])
    }
  })
})
