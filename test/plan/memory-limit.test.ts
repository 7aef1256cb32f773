/** What is said of a stage that does not fit into memory. */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { DiagnosticError } from '../../src/diagnostics/diagnostic.ts'
import { renderDiagnostics } from '../../src/diagnostics/render.ts'
import { compileStage } from '../../src/lower/stage.ts'
import { stageSizes } from '../../src/lower/stage-sizes.ts'
import { requireMemory } from '../../src/plan/memory-limit.ts'
import { programOf } from '../lower/spec-run.ts'

const root = new URL('../..', import.meta.url).pathname

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
