import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createRunner } from '../../src/backends/index.ts'
import type { Graph } from '../../src/graph/graph.ts'
import { divergenceOps, fusedOps } from '../../src/graph/ops/fused.ts'
import { ops } from '../../src/graph/ops/index.ts'
import { parseGraph } from '../../src/graph/parse.ts'
import { printGraph } from '../../src/graph/print.ts'
import { verify } from '../../src/graph/verify.ts'
import { compileStage } from '../../src/lower/stage.ts'
import { byteMasks, type Pass } from '../../src/optimize/pass.ts'
import { eliminateCommonSubexpressions } from '../../src/optimize/passes/eliminate-common-subexpressions.ts'
import { eliminateDeadNodes } from '../../src/optimize/passes/eliminate-dead-nodes.ts'
import { foldConstants } from '../../src/optimize/passes/fold-constants.ts'
import { fuseBiasActivation } from '../../src/optimize/passes/fuse-bias-activation.ts'
import { fuseDivergence } from '../../src/optimize/passes/fuse-divergence.ts'
import { fuseResidualLayerNorm } from '../../src/optimize/passes/fuse-residual-layer-norm.ts'
import { narrowDropoutMasks } from '../../src/optimize/passes/narrow-dropout-masks.ts'
import { reassociateLowRank } from '../../src/optimize/passes/reassociate-low-rank.ts'
import { stepInputs } from '../../src/train/step-inputs.ts'
import { batchOf, prepare, programOf } from '../lower/spec-run.ts'
import { evaluated } from '../ops/trial.ts'
import { generate, stream } from '../ops/typed.ts'
import { standingOf } from '../required.ts'
import { passContext } from './context.ts'

/** Before: NAME.graph, as written by hand. After: NAME.after.graph, written by the pass and read by people. */
const folder = new URL('.', import.meta.url).pathname
const cases: readonly (readonly [Pass, string])[] = [
  [foldConstants, 'arithmetic'],
  [foldConstants, 'selections'],
  [foldConstants, 'kept'],
  [eliminateCommonSubexpressions, 'exchanged'],
  [eliminateCommonSubexpressions, 'detours'],
  [eliminateCommonSubexpressions, 'dropouts'],
  [reassociateLowRank, 'narrow'],
  [reassociateLowRank, 'wide'],
  [reassociateLowRank, 'composed'],
  [fuseBiasActivation, 'frozen'],
  [fuseBiasActivation, 'trained'],
  [fuseBiasActivation, 'read-elsewhere'],
  [fuseBiasActivation, 'other-activation'],
  [fuseResidualLayerNorm, 'frozen'],
  [fuseResidualLayerNorm, 'trained'],
  [fuseResidualLayerNorm, 'read-elsewhere'],
  [fuseResidualLayerNorm, 'other-types'],
  [fuseDivergence, 'temperature'],
  [fuseDivergence, 'plain'],
  [fuseDivergence, 'two-temperatures'],
  [fuseDivergence, 'shares-are-read'],
  [narrowDropoutMasks, 'trained'],
  [narrowDropoutMasks, 'factors-are-read'],
]
const unchanged = new Set([
  'kept',
  'dropouts',
  'wide',
  'read-elsewhere',
  'other-activation',
  'other-types',
  'factors-are-read',
  'two-temperatures',
  'shares-are-read',
])
const every: ReadonlySet<string> = new Set([...fusedOps, ...divergenceOps, byteMasks])
const read = (pass: Pass, name: string): Graph =>
  parseGraph(readFileSync(join(folder, pass.name, `${name}.graph`), 'utf8'), ops)

function values(graph: Graph) {
  const uniform = stream(5)
  return new Map(
    graph.nodes
      .filter((node) => node.op === 'input' || node.op === 'parameter')
      .map((node) => [
        String(node.attributes.name),
        generate(
          node.type,
          () => (node.type.dtype === 'f32' ? uniform() - 0.5 : Math.floor(uniform() * 2)),
          uniform,
        ),
      ]),
  )
}

describe.each(cases)('$name', (pass, name) => {
  it(`on ${name}`, async () => {
    const before = read(pass, name)
    const after = pass.run(before, passContext([], every))
    verify(after, ops)
    expect(after === before).toBe(unchanged.has(name))
    expect(pass.run(after, passContext([], every))).toBe(after)
    if (!unchanged.has(name)) {
      await expect(printGraph(after)).toMatchFileSnapshot(join(folder, pass.name, `${name}.after.graph`))
    }
  })

  it(`keeps the values of ${name}`, () => {
    const before = read(pass, name)
    const given = values(before)
    const [a, b] = [evaluated(before, given), evaluated(pass.run(before, passContext([], every)), given)]
    expect([...b.keys()]).toEqual([...a.keys()])
    for (const [output, { data }] of a) {
      const other = b.get(output)?.data ?? new Float64Array()
      expect(other.length).toBe(data.length)
      data.forEach((x, i) => {
        if (Number.isFinite(x))
          expect(Math.abs((other[i] ?? Number.NaN) - x)).toBeLessThan(1e-12 * (1 + Math.abs(x)))
      })
    }
  })
})

it('has no graph that no test reads', () => {
  const files = readdirSync(folder, { recursive: true }).map(String)
  const known = cases.flatMap(([pass, name]) => [
    `${pass.name}/${name}.graph`,
    ...(unchanged.has(name) ? [] : [`${pass.name}/${name}.after.graph`]),
  ])
  const own = new Set(cases.map(([pass]) => pass.name))
  const found = files.filter(
    (file) => file.endsWith('.graph') && [...own].some((name) => file.startsWith(`${name}/`)),
  )
  expect(found.sort()).toEqual(known.sort())
})

describe('eliminate-dead-nodes', () => {
  const place = join(folder, eliminateDeadNodes.name)

  it('drops what no output needs', () => {
    const whole = parseGraph(readFileSync(join(place, 'unused.graph'), 'utf8'), ops)
    const outputs = new Map([...whole.outputs].filter(([name]) => name === 'used'))
    const after = eliminateDeadNodes.run({ ...whole, outputs }, passContext())
    verify(after, ops)
    expect(after.nodes.map((node) => node.op)).toEqual(['input', 'tanh', 'square'])
    expect(eliminateDeadNodes.run(after, passContext())).toBe(after)
  })

  it('drops what models have and no loss reads', async () => {
    const program = programOf({ path: join(place, 'hidden.distill') })
    const [stage] = program.stages
    if (!stage) throw new Error('no stage')
    const layersOf = (disabled: readonly string[]) => {
      const { step } = compileStage(program, stage, {
        keepUnread: true,
        passes: { disabled: new Set(disabled) },
      })
      const named = step.nodes.flatMap(
        (node) => /^T\.layer\[(\d+)\]/.exec(String(node.attributes.name))?.[1] ?? [],
      )
      return { step, deepest: Math.max(...named.map(Number)) }
    }
    const whole = layersOf(['eliminate-dead-nodes'])
    expect(whole.deepest).toBe(12)
    expect([...whole.step.outputs.keys()].filter((name) => name.startsWith('unread T.'))).not.toEqual([])
    const dropped = layersOf([])
    expect(dropped.deepest).toBe(9)
    expect(printGraph(dropped.step)).toBe(printGraph(compileStage(program, stage).step))
    // They are computed, and given to nobody.
    for (const backend of ['wasm', 'onnxruntime'] as const) {
      if (backend === 'onnxruntime' && (await standingOf(backend)).kind === 'skipped') continue
      const runner = await createRunner(backend)
      const prepared = prepare(program, stage, runner)
      const batch = batchOf([5, 3], { vocabulary: 120, classes: 3 })
      const run = (step: Graph) =>
        runner.run(step, {
          ...stepInputs(batch, [1, 1, 1, 1], { progress: 0, step: 0, epoch: 0 }),
          parameter: prepared.store.get,
          random: { seed: 0, stage: '', step: 0 },
        })
      const [all, read] = [run(whole.step), run(dropped.step)]
      expect([...all.keys()]).toEqual([...read.keys()])
      expect(all.get('total')).toEqual(read.get('total'))
      runner.dispose()
    }
  })

  it.each(['hidden', 'scores'])('a teacher of 12 layers, of which a loss reads %s[9]', async (tap) => {
    const spec = join(place, `${tap}.distill`)
    expect(existsSync(spec)).toBe(true)
    const program = programOf({ path: spec })
    const [stage] = program.stages
    if (!stage) throw new Error('no stage')
    // Whole rows: other passes have goldens of their own.
    const disabled = new Set(['gather-masked-rows', 'remove-padding'])
    const { forward } = compileStage(program, stage, { passes: { disabled } })
    const layers = new Map<number, Set<string>>()
    for (const node of forward.nodes) {
      const [, layer, rest] = /^T\.layer\[(\d+)\]\.(.*)\.\w+$/.exec(String(node.attributes.name)) ?? []
      if (layer === undefined || rest === undefined) continue
      layers.set(Number(layer), (layers.get(Number(layer)) ?? new Set()).add(rest))
    }
    expect([...layers.keys()].sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect([...(layers.get(9) ?? [])].sort()).toEqual(
      tap === 'hidden' ? [...(layers.get(8) ?? [])].sort() : ['attention.key', 'attention.query'],
    )
    await expect(printGraph(forward)).toMatchFileSnapshot(join(place, `${tap}.forward.txt`))
  })
})
