/** `--memory`: what is computed again to keep to it, what `explain` says of that, and what is said where a machine has less than a stage needs. */
import { describe, expect, it } from 'vitest'
import { DiagnosticError } from '../../src/diagnostics/diagnostic.ts'
import { renderDiagnostics } from '../../src/diagnostics/render.ts'
import { filesOnDisk } from '../../src/disk/spec-files.ts'
import { printReport } from '../../src/explain/print.ts'
import { reportSpec } from '../../src/explain/report.ts'
import { requireStagesFit } from '../../src/library/memory.ts'
import { compileStage } from '../../src/lower/stage.ts'
import { stageSizes } from '../../src/lower/stage-sizes.ts'
import { stageMemory } from '../../src/plan/memory.ts'
import { programOf } from '../lower/spec-run.ts'

const program = programOf({ path: `${new URL('../..', import.meta.url).pathname}test/recipes/pkd.distill` })
const [stage] = program.stages
if (stage === undefined) throw new Error('no stage')
const plain = compileStage(program, stage, { hoist: true })
const { values, total } = stageMemory(stage, plain.step, stageSizes(program, stage), plain.frozen?.graph)
const half = total - values / 2

function refused(options: Parameters<typeof requireStagesFit>[2], machine?: number): string {
  try {
    requireStagesFit(program, program.stages, options, machine === undefined ? {} : { machine })
  } catch (error) {
    if (error instanceof DiagnosticError)
      return renderDiagnostics(error.diagnostics, program.sources, { color: false })
    throw error
  }
  return ''
}

describe('--memory', () => {
  it('lets a stage through that fits when values are computed again', () => {
    expect(refused({ memory: total })).toBe('')
    expect(refused({ memory: half })).toBe('')
  })

  it('is what the planned peak of each stage stands beside', () => {
    const planned = requireStagesFit(program, program.stages, {}, { machine: 2 * total })
    expect(planned.available).toBe(2 * total)
    expect(planned.peaks.get(stage.name)).toBe(total)
    expect(requireStagesFit(program, program.stages, { memory: half }).available).toBe(half)
  })

  it('refuses one that still needs more, and says what else would help', () => {
    const said = refused({ memory: total - 0.8 * values })
    expect(said).toContain('E1005')
    expect(said).toMatch(/`microbatch = \d` needs [\d.]+ [KM]iB and trains the same/)
    expect(refused({ memory: half, passes: { disabled: new Set(['recompute']) } })).toContain('E1005')
  })

  it('is what helps on a machine that has less', () => {
    const said = refused({}, half)
    expect(said).toMatch(/--memory \d+MiB needs [\d.]+ [KM]iB and trains the same, with \d+\.\d% more\s+work/)
    expect(refused({}, total)).toBe('')
  })

  it('explain says what is computed again, and what that costs', () => {
    const backend = { name: 'reference', capabilities: new Set<string>() }
    const report = reportSpec(program, {
      files: filesOnDisk,
      passes: { disabled: new Set() },
      backend,
      memory: half,
    })
    const own = report.stages[stage.name]
    const line = own?.optimizations.find(({ name }) => name === 'recompute')
    expect(line?.changed).toBe(true)
    expect(line?.notes[0]).toMatch(
      /^\d+ values recomputed, \d+\.\d% more work: [\d.]+ [KM]iB of values became [\d.]+ [KM]iB$/,
    )
    expect(own?.peak_bytes).toBeLessThanOrEqual(half)
    expect(printReport(report)).toMatch(/recompute .*\n +\d+ values recomputed/)
  })
})
