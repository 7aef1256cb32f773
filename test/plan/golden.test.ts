/** The plan of every stage of every spec, as text; and what is said where it does not fit. */
import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { capabilitiesOf } from '../../src/backends/index.ts'
import { DiagnosticError } from '../../src/diagnostics/diagnostic.ts'
import { renderDiagnostics } from '../../src/diagnostics/render.ts'
import { compileStage } from '../../src/lower/stage.ts'
import { stageSizes } from '../../src/lower/stage-sizes.ts'
import { requireMemory } from '../../src/plan/memory-limit.ts'
import { planStep } from '../../src/plan/plan.ts'
import { printPlan } from '../../src/plan/print.ts'
import { programOf, sampledStages } from '../lower/spec-run.ts'

const root = new URL('../..', import.meta.url).pathname
const golden = join(root, 'test/golden/plan')
const specs = ['specs', 'test/reference', 'test/recipes'].flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((file) => file.endsWith('.distill'))
    .map((file) => `${folder}/${file}`),
)

/** As `distill compile` prints them here. */
const capabilities = await capabilitiesOf('wasm')

describe.each(specs)('%s', (path) => {
  it('has its plans', async () => {
    const program = programOf({ path })
    for (const stage of sampledStages(program)) {
      const { step, frozen, names } = compileStage(program, stage, { capabilities, hoist: true })
      const plans = [step, ...(frozen ? [frozen.graph] : [])].map((graph) => {
        const plan = planStep(graph, stageSizes(program, stage))
        // no more than a tenth is lost in gaps
        expect(plan.arena).toBeLessThanOrEqual(1.1 * plan.peak)
        return printPlan(plan, names)
      })
      const file = `${basename(path, '.distill')}.${stage.name}.txt`
      await expect(plans.join('\n')).toMatchFileSnapshot(join(golden, file))
    }
  })
})

describe('a stage that does not fit', () => {
  const program = programOf({ path: 'specs/tinybert-4.distill' })
  const refused = (name: string, limit: number): string => {
    const stage = program.stages.find((s) => s.name === name)
    if (stage === undefined) throw new Error(name)
    try {
      requireMemory(
        program,
        stage,
        compileStage(program, stage).step,
        (other) => stageSizes(program, stage, other),
        limit,
      )
    } catch (error) {
      if (error instanceof DiagnosticError)
        return renderDiagnostics(error.diagnostics, program.sources, { color: false })
      throw error
    }
    return ''
  }

  it('is refused with E1005 and what would fit', async () => {
    await expect(refused('general', 1.5 * 2 ** 30)).toMatchFileSnapshot(
      join(root, 'test/golden/diagnostics/memory-general.txt'),
    )
  })

  it('is refused without hope where the weights alone are too much', () => {
    expect(refused('general', 2 ** 28)).toContain('a smaller model is needed')
  })

  it('is let through where it fits', () => {
    expect(refused('general', 4 * 2 ** 30)).toBe('')
  })
})
