/** gather-masked-rows and remove-padding: what they make of graphs, and that no loss, gradient or dropout mask changes. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { wasmRunner } from '../../src/backends/wasm/index.ts'
import type { Graph, Node } from '../../src/graph/graph.ts'
import { ops } from '../../src/graph/ops/index.ts'
import { parseGraph } from '../../src/graph/parse.ts'
import { printGraph } from '../../src/graph/print.ts'
import { hasAxis } from '../../src/graph/type.ts'
import { verify } from '../../src/graph/verify.ts'
import { compileStage } from '../../src/lower/stage.ts'
import type { Pass } from '../../src/optimize/pass.ts'
import { gatherMaskedRows } from '../../src/optimize/passes/gather-masked-rows.ts'
import { removePadding } from '../../src/optimize/passes/remove-padding.ts'
import type { Runner } from '../../src/run/runner.ts'
import { programOf } from '../lower/spec-run.ts'
import { passContext } from './context.ts'
import { batches, valuesOf } from './row-batch.ts'

const folder = new URL('.', import.meta.url).pathname
const root = new URL('../..', import.meta.url).pathname
const cases: readonly (readonly [Pass, string])[] = [
  [gatherMaskedRows, 'head'],
  [gatherMaskedRows, 'first-pieces'],
  [gatherMaskedRows, 'also-attended'],
  [gatherMaskedRows, 'no-product'],
  [removePadding, 'layer'],
  [removePadding, 'where-any'],
  [removePadding, 'quotient'],
]
const unchanged = new Set(['also-attended', 'no-product', 'where-any', 'quotient'])
const read = (pass: Pass, name: string): Graph =>
  parseGraph(readFileSync(join(folder, pass.name, `${name}.graph`), 'utf8'), ops)

function requireClose(
  wanted: ReturnType<typeof valuesOf>,
  given: ReturnType<typeof valuesOf>,
  tolerance: number,
): void {
  expect([...given.keys()]).toEqual([...wanted.keys()])
  // Some gradients are nothing but rounding: that of a bias of keys, which a softmax does not see.
  const size = 1 + Math.hypot(...[...wanted.values()].map(({ data }) => Math.hypot(...data)))
  for (const [output, { data }] of wanted) {
    const other = given.get(output)?.data ?? []
    expect(data.every(Number.isFinite), output).toBe(true)
    const apart = Math.hypot(...Array.from(data, (x, i) => x - (other[i] ?? Number.NaN)))
    expect(apart, output).toBeLessThanOrEqual(tolerance * size)
  }
}

describe.each(cases)('$name', (pass, name) => {
  const before = read(pass, name)
  const after = pass.run(before, passContext())

  it(`on ${name}`, async () => {
    verify(after, ops)
    expect(after === before).toBe(unchanged.has(name))
    expect(pass.run(after, passContext())).toBe(after)
    if (!unchanged.has(name))
      await expect(printGraph(after)).toMatchFileSnapshot(join(folder, pass.name, `${name}.after.graph`))
  })

  it.each(batches)(`keeps losses and gradients of ${name}, lengths $lengths`, (batch) => {
    requireClose(valuesOf(before, before, batch), valuesOf(after, before, batch), 1e-9)
  })
})

describe('on wasm', () => {
  let runner: Runner
  beforeAll(async () => {
    runner = await wasmRunner()
  })
  afterAll(() => runner.dispose())

  it.each(cases.filter(([, name]) => !unchanged.has(name)))('$name', (pass, name) => {
    const before = read(pass, name)
    const after = pass.run(before, passContext())
    for (const batch of batches)
      requireClose(valuesOf(before, before, batch), valuesOf(after, before, batch, runner), 1e-5)
  })
})

it('a batch without any masked token has a loss of 0 and no gradient', () => {
  const before = read(gatherMaskedRows, 'head')
  const after = gatherMaskedRows.run(before, passContext())
  for (const [output, { data }] of valuesOf(after, before, { lengths: [4, 2], masked: false }))
    expect(
      data.every((value) => value === 0),
      output,
    ).toBe(true)
})

it('have no graph that no test reads', () => {
  for (const pass of [gatherMaskedRows, removePadding]) {
    const known = cases.flatMap(([of, name]) =>
      of === pass ? [`${name}.graph`, ...(unchanged.has(name) ? [] : [`${name}.after.graph`])] : [],
    )
    expect(readdirSync(join(folder, pass.name)).sort()).toEqual(known.sort())
  }
})

/** Products with a weight, and of gradients into one, that work on whole rows. */
function wholeProducts(graph: Graph): Node[] {
  return graph.nodes.filter(
    (node) =>
      (node.op === 'linear' || node.op === 'contract') &&
      [node, ...node.inputs].some(({ type }) => hasAxis(type, 'token')) &&
      (node.op === 'linear' ||
        node.inputs.some(({ op }) => op === 'parameter') ||
        node.type.dimensions.every(({ axis }) => axis === 'row' || axis === 'column')),
  )
}

describe('a step whose terms are all where attended', () => {
  it.each([
    'specs/demo.distill',
    'specs/distilbert.distill',
    'specs/albert-base-e128-all.distill',
    'test/recipes/pkd.distill',
    'test/recipes/minilm.distill',
    'test/recipes/preln.distill',
  ])('%s has no product with a weight on padding', (path) => {
    const program = programOf({ path: join(root, path) })
    for (const stage of program.stages) {
      const { step, written } = compileStage(program, stage)
      expect(wholeProducts(written).length).toBeGreaterThan(0)
      expect(wholeProducts(step)).toEqual([])
    }
  })

  it('runs the vocabulary projection of a masked LM on masked rows', () => {
    const program = programOf({ path: join(root, 'specs/albert-base-e128-all.distill') })
    const [stage] = program.stages
    if (!stage) throw new Error('no stage')
    const { step } = compileStage(program, stage, {
      passes: { disabled: new Set(['chunk-vocabulary-loss']) },
    })
    const projections = step.nodes.filter(
      ({ op, attributes, type }) =>
        op === 'linear' && attributes.out === 'class' && type.dimensions.some(({ size }) => size === 30_000),
    )
    expect(projections.map(({ type }) => type.dimensions)).toEqual([
      [
        { axis: 'position', size: 'M' },
        { axis: 'class', size: 30000 },
      ],
    ])
  })
})

describe('what is kept, and why', () => {
  const notes = (path: string, stageName: string): readonly string[] => {
    const program = programOf({ path: join(root, path) })
    const stage = program.stages.find(({ name }) => name === stageName)
    if (!stage) throw new Error(`no stage ${stageName}`)
    return compileStage(program, stage).applied.find(({ name }) => name === 'remove-padding')?.notes ?? []
  }

  it('names the terms that read padding', () => {
    expect(notes('specs/tinybert-4.distill', 'general').at(-1)).toBe('padding kept: terms attn, hidn read it')
    const said: string[] = []
    removePadding.run(read(removePadding, 'where-any'), passContext(said))
    expect(said).toEqual(['padding kept: term hidn reads it'])
  })

  it('says nothing where none is kept', () => {
    expect(notes('specs/tinybert-4.distill', 'prediction')).toEqual(['96 products on attended tokens only'])
  })
})
