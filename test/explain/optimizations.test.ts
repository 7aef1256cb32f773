/** The table of optimizations: what it is made of, and that it is told from what passes report alone. */
import { describe, expect, it } from 'vitest'
import { painter } from '../../src/diagnostics/paint.ts'
import { filesOnDisk } from '../../src/disk/spec-files.ts'
import { printOptimizations } from '../../src/explain/print-optimizations.ts'
import { type ReportOptions, reportSpec, type StageReport } from '../../src/explain/report.ts'
import { fusedOps } from '../../src/graph/ops/fused.ts'
import { programOf } from '../lower/spec-run.ts'

const every: ReportOptions = {
  files: filesOnDisk,
  passes: { disabled: new Set() },
  backend: { name: 'wasm', capabilities: new Set(fusedOps) },
}
const stageOf = (path: string, name: string, options = every): StageReport => {
  const stage = reportSpec(programOf({ path }), options).stages[name]
  if (stage === undefined) throw new Error(`no stage ${name}`)
  return stage
}

describe('the cost after each pass', () => {
  it('begins with the spec as written and ends with the step that runs', () => {
    const stage = stageOf('test/recipes/pkd.distill', 'distil')
    const none = stageOf('test/recipes/pkd.distill', 'distil', { ...every, passes: 'none' })
    const { flops_per_step, peak_bytes } = none
    expect(stage.unoptimized).toEqual({ flops_per_step, peak_bytes })
    const last = stage.optimizations.at(-1)
    expect([last?.flops_per_step, last?.peak_bytes]).toEqual([stage.flops_per_step, stage.peak_bytes])
    expect(none.optimizations).toEqual([])
    expect(none.left_out).toEqual(['all'])
  })

  it('is that of the graph before where a pass changed nothing', () => {
    const { unoptimized, optimizations } = stageOf('specs/tinybert-4.distill', 'prediction')
    let before = unoptimized
    for (const { changed, flops_per_step, peak_bytes } of optimizations) {
      if (!changed) expect({ flops_per_step, peak_bytes }).toEqual(before)
      before = { flops_per_step, peak_bytes }
    }
  })

  it('does without what is left out', () => {
    const disabled = new Set(['fold-constants'])
    const stage = stageOf('test/recipes/pkd.distill', 'distil', { ...every, passes: { disabled } })
    expect(stage.left_out).toEqual(['fold-constants'])
    expect(stage.optimizations.map(({ name }) => name)).not.toContain('fold-constants')
    expect(printOptimizations(stage, 'wasm', painter(false), 96).at(-1)).toBe('left out: fold-constants')
  })
})

describe('parts that no loss reads', () => {
  it('are named, equal layers as one, models of other stages not at all', () => {
    const { unread } = stageOf('test/passes/eliminate-dead-nodes/scores.distill', 'distil')
    expect(unread).toContain('T.layer[10..12]')
    expect(unread).toContain('T.layer[9].attention.value')
    expect(unread).not.toContain('T.layer[8].attention.value')
    expect(stageOf('specs/tinybert-4.distill', 'general').unread.map((path) => path.split('.')[0])).toEqual([
      'G',
      'G',
      'S',
      'S',
    ])
  })
})

describe('the table', () => {
  const cost = { flops_per_step: 4e11, peak_bytes: 2 ** 30 }
  const pass = { phase: 'step', changed: true, ...cost, notes: [] } as const
  const table = (optimizations: StageReport['optimizations']) =>
    printOptimizations(
      {
        ...stageOf('test/recipes/pkd.distill', 'distil'),
        unoptimized: cost,
        optimizations,
        left_out: [],
      },
      'wasm',
      painter(false),
      96,
    )

  it('says what is the same by =, each remark in a line of its own, and who could not act', () => {
    expect(
      table([
        { ...pass, name: 'first', notes: ['48 products became 16', 'one kept: term a reads it'] },
        { ...pass, name: 'second', flops_per_step: 2e11 },
        { ...pass, name: 'first', flops_per_step: 2e11, peak_bytes: 2 ** 29 },
        { ...pass, name: 'unable', changed: false, notes: ['padding kept: term hidn reads it'] },
        { ...pass, name: 'silent', changed: false },
      ]),
    ).toEqual([
      'optimizations for wasm  FLOPs       peak',
      'as written              400 G    1.0 GiB',
      'first                       =          =  48 products became 16',
      '                                          one kept: term a reads it',
      'second                  200 G          =',
      'first, again                =  512.0 MiB',
      'unable                  padding kept: term hidn reads it',
      'nothing to do: silent',
    ])
  })
})
