/** What becomes of every stage of every spec, from its losses as written to the plan of its step: as tables, and for a few stages whole. */
import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { capabilitiesOf } from '../../src/backends/index.ts'
import { differentiate } from '../../src/differentiate/differentiate.ts'
import type { Graph } from '../../src/graph/graph.ts'
import { ops } from '../../src/graph/ops/index.ts'
import { parseGraph } from '../../src/graph/parse.ts'
import { printGraph } from '../../src/graph/print.ts'
import { verify } from '../../src/graph/verify.ts'
import { compileStage } from '../../src/lower/stage.ts'
import { stageSizes } from '../../src/lower/stage-sizes.ts'
import { planStep } from '../../src/plan/plan.ts'
import { printPlan } from '../../src/plan/print.ts'
import { programOf, sampledStages } from '../lower/spec-run.ts'
import { stageTable } from './stage-table.ts'
import { wholeStages } from './whole-stages.ts'

const root = new URL('../..', import.meta.url).pathname
const golden = join(root, 'test/golden')
const specs = ['specs', 'test/reference', 'test/recipes'].flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((file) => file.endsWith('.distill'))
    .map((file) => `${folder}/${file}`),
)

/** As `distill compile` prints them here. */
const capabilities = await capabilitiesOf('wasm')

/** What must hold of every graph: it verifies, and its text is the whole of it. */
function textOf(graph: Graph): string {
  verify(graph, ops)
  const printed = printGraph(graph)
  expect(printGraph(parseGraph(printed, ops))).toBe(printed)
  return printed
}

describe.each(specs)('%s', (path) => {
  it('has its stages', async () => {
    const program = programOf({ path })
    const tables: string[] = []
    for (const stage of sampledStages(program)) {
      const { written, forward, step, frozen, names, applied } = compileStage(program, stage, {
        capabilities,
        hoist: true,
      })
      const sizes = stageSizes(program, stage)
      tables.push(
        stageTable({
          name: stage.name,
          sizes,
          written,
          forward,
          gradient: differentiate(forward, 'total', stage.trained, ops),
          fused: applied.findLast(({ phase }) => phase === 'step')?.graph ?? step,
          planned: step,
          frozen: frozen?.graph,
        }),
      )
      const run = [step, ...(frozen ? [frozen.graph] : [])]
      const plans = run.map((graph) => planStep(graph, sizes))
      // no more than a tenth is lost in gaps
      for (const { arena, peak } of plans) expect(arena).toBeLessThanOrEqual(1.1 * peak)
      expect(names.size).toBeGreaterThan(0)
      const texts = {
        graph: textOf(written),
        gradient: textOf(differentiate(written, 'total', stage.trained, ops)),
        optimized: run.map(textOf).join('\n'),
        plan: plans.map((plan) => printPlan(plan, names)).join('\n'),
      }
      const name = `${basename(path, '.distill')}.${stage.name}`
      if (!wholeStages.includes(name)) continue
      for (const [folder, text] of Object.entries(texts))
        await expect(text).toMatchFileSnapshot(join(golden, folder, `${name}.txt`))
    }
    await expect(tables.join('\n')).toMatchFileSnapshot(
      join(golden, 'stages', `${basename(path, '.distill')}.txt`),
    )
  })
})
