/** A picture is true: its parameters add up to those of `explain`, its arrows are edges of the graph, and no line crosses a box. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { capabilitiesOf } from '../../src/backends/index.ts'
import { ownerOf } from '../../src/check/trained.ts'
import { checkFile } from '../../src/disk/check-file.ts'
import { palette } from '../../src/draw/colors.ts'
import type { Rectangle } from '../../src/draw/geometry.ts'
import { type Layout, layOut } from '../../src/draw/layout.ts'
import { drawnEdges } from '../../src/draw/links.ts'
import { type Picture, pictureOf } from '../../src/draw/picture.ts'
import { routeLinks } from '../../src/draw/route.ts'
import { instanceParameters } from '../../src/explain/parameters.ts'
import { leafName } from '../../src/graph/leaf.ts'
import { elementCount } from '../../src/graph/type.ts'
import { compileStage } from '../../src/lower/stage.ts'
import { stageSizes } from '../../src/lower/stage-sizes.ts'
import { sampledStages } from '../lower/spec-run.ts'

const root = new URL('../..', import.meta.url).pathname
const capabilities = await capabilitiesOf('native')
const specs = ['specs', 'specs/tasks', 'test/recipes'].flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((file) => file.endsWith('.distill'))
    .map((file) => `${folder}/${file}`),
)

/** As `distill graph` draws it: after all passes, for a backend that has all fused operations. */
function programAndPictures(spec: string) {
  const { program } = checkFile(join(root, spec))
  if (!program) throw new Error(`${spec} does not check`)
  const pictures = sampledStages(program).map((stage) => {
    const graphs = compileStage(program, stage, { passes: { disabled: new Set() }, capabilities })
    return pictureOf(program, stage, graphs, stageSizes(program, stage))
  })
  return { program, pictures }
}

/** Pairs of boxes between which a value passes in the forward graph, found without the picture's own edges. */
function passes({ boxes, backward, graph }: Picture): ReadonlySet<string> {
  const boxOf = new Map(
    boxes.flatMap(({ id, members }) =>
      members.flatMap(({ nodes }) => nodes.map((node) => [node, id] as const)),
    ),
  )
  return new Set(
    graph.nodes
      .filter((node) => !backward.has(node))
      .flatMap((node) => node.inputs.map((input) => `${boxOf.get(input)} -> ${boxOf.get(node)}`)),
  )
}

/** What is wrong with the lines of a laid-out picture. */
function crossings(boxes: ReadonlyMap<string, Rectangle>, routes: Layout['routes']): string[] {
  const wrong: string[] = []
  for (const [{ from, to }, route] of routes) {
    for (const [i, a] of route.entries()) {
      const b = route[i + 1]
      if (!b) continue
      if (a.x !== b.x && a.y !== b.y && Math.abs(a.x - b.x) > 0.1 && Math.abs(a.y - b.y) > 0.1)
        wrong.push(`${from} -> ${to} is slanted`)
      for (const [id, { x, y, width, height }] of boxes) {
        // A line may touch the frame of its own boxes, and must stay away from all others.
        const margin = id === from || id === to ? -0.5 : 1
        const meets =
          Math.min(a.x, b.x) < x + width / 2 + margin &&
          Math.max(a.x, b.x) > x - width / 2 - margin &&
          Math.min(a.y, b.y) < y + height / 2 + margin &&
          Math.max(a.y, b.y) > y - height / 2 - margin
        if (meets) wrong.push(`${from} -> ${to} crosses ${id}`)
      }
    }
  }
  return wrong
}

describe.each(specs)('%s', (spec) => {
  const { program, pictures } = programAndPictures(spec)

  it('has the parameters of explain: each model adds up, and each projection is counted once', () => {
    for (const { stage, boxes, columns, graph, sizes } of pictures) {
      for (const { owner } of columns) {
        const instance = program.instances.get(owner)
        if (!instance) continue
        const { encoder, heads } = instanceParameters(program, instance)
        const drawn = boxes.filter((box) => box.kind === 'part' && box.owner === owner)
        expect([stage, owner, drawn.reduce((sum, box) => sum + box.parameters, 0)]).toEqual([
          stage,
          owner,
          encoder + heads,
        ])
      }
      const projections = graph.nodes.filter(
        (node) => node.op === 'parameter' && program.projections.has(ownerOf(leafName(node) ?? '')),
      )
      const counted = boxes
        .filter(({ kind }) => kind !== 'part')
        .reduce((sum, box) => sum + box.parameters, 0)
      expect([stage, counted]).toEqual([
        stage,
        projections.reduce((sum, { type }) => sum + elementCount(type, sizes), 0),
      ])
    }
  })

  it('has no arrow without an edge in the graph', () => {
    for (const picture of pictures) {
      const known = passes(picture)
      const arrows = drawnEdges(picture).map(({ from, to }) => `${from} -> ${to}`)
      expect(arrows.length).toBeGreaterThan(0)
      expect(arrows.filter((arrow) => !known.has(arrow))).toEqual([])
    }
  })

  it('draws each of its edges, and none of them across a box', () => {
    for (const picture of pictures) {
      const { boxes, routes } = layOut(picture)
      expect(routes.size).toBe(drawnEdges(picture).length)
      expect(crossings(boxes, routes)).toEqual([])
    }
  })
})

describe('ALBERT', () => {
  const { pictures } = programAndPictures('specs/albert-base-e128-all.distill')
  const [picture] = pictures
  const partOf = (title: string) => picture?.boxes.find((box) => box.kind === 'part' && box.title === title)

  it('has no edge between its heads and the pooler that are not there', () => {
    const titles = new Map(picture?.boxes.map(({ id, kind, title }) => [id, kind === 'part' ? title : kind]))
    const edges = picture?.edges.map(({ from, to }) => `${titles.get(from)} -> ${titles.get(to)}`)
    expect(edges).toContain('layer 12 -> mlm')
    expect(edges).toContain('layer 12 -> pooler')
    expect(edges).toContain('pooler -> order')
    expect(edges).not.toContain('mlm -> pooler')
  })

  it('does the backward pass of a shared layer in the box of that layer', () => {
    for (const title of ['layers 1\u201311', 'layer 12']) {
      const box = partOf(title)
      const ratio = (box?.backward.flops ?? 0) / (box?.forward.flops ?? 1)
      expect(ratio).toBeGreaterThan(1.8)
      expect(ratio).toBeLessThan(2.2)
    }
    expect(partOf('layer 12')?.parameters).toBe(0)
    expect(partOf('layer 12')?.shares).toBe(true)
  })
})

describe('a route', () => {
  const box = (x: number, y: number): Rectangle => ({ x, y, width: 40, height: 20 })
  it('goes around what is between two boxes, and is absent where there is no way', () => {
    const boxes = new Map([
      ['a', box(0, 100)],
      ['b', box(0, 50)],
      ['c', box(0, 0)],
    ])
    const link = { from: 'a', to: 'c' }
    const tracks = { xs: [-40, 40], ys: [25, 75] }
    const route = routeLinks([link], boxes, [], tracks).get(link)
    expect(route?.every(({ x, y }) => Math.abs(x) > 20 || Math.abs(y - 50) > 10)).toBe(true)
    expect(route?.length).toBeGreaterThan(2)
    const wall = { x: 0, y: 50, width: 200, height: 10 }
    expect(routeLinks([link], boxes, [wall], tracks).size).toBe(0)
  })
})

describe('colours', () => {
  const luminance = (hex: string): number => {
    const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
      const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255
      return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const contrast = (a: string, b: string): number => {
    const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x)
    return (high + 0.05) / (low + 0.05)
  }
  it.each(['light', 'dark'] as const)(
    'have a contrast of 4.5 at least for texts and 3 for lines: %s',
    (which) => {
      for (const below of ['page', 'lane', 'student', 'teacher', 'loss', 'batch'] as const) {
        for (const text of ['ink', 'muted'] as const)
          expect(contrast(palette[text][which], palette[below][which])).toBeGreaterThanOrEqual(4.5)
      }
      for (const line of ['line', 'lossLine'] as const)
        for (const below of ['page', 'lane'] as const)
          expect(contrast(palette[line][which], palette[below][which])).toBeGreaterThanOrEqual(3)
    },
  )
})
