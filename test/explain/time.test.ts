/** The time that a run is said to take: from the work of its stages and the speed of matrix products. */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { meanTokens } from '../../src/data/mean-tokens.ts'
import { filesOnDisk } from '../../src/disk/spec-files.ts'
import { printReport } from '../../src/explain/print.ts'
import { reportSpec } from '../../src/explain/report.ts'
import { durationText, estimateTime, stageWork, timeText } from '../../src/explain/time.ts'
import { programOf } from '../lower/spec-run.ts'

const report = (examples?: number) =>
  reportSpec(programOf({ path: 'specs/demo.distill' }), {
    files: filesOnDisk,
    passes: { disabled: new Set() },
    backend: { name: 'wasm', capabilities: new Set<string>() },
    ...(examples === undefined ? {} : { examples: () => examples }),
  })
const counted = report(20_000)
const { learn, distil } = counted.stages

describe('the work of a stage', () => {
  it('is that of all steps, less for short texts, and once that of a cached teacher', () => {
    if (!learn || !distil?.cache) throw new Error('the demo has changed')
    expect(stageWork(learn)).toBeCloseTo(1875 * learn.work.step, -3)
    expect(stageWork(learn, 24)).toBeCloseTo(1875 * learn.work.half, -3)
    const teacher = 20_000 * distil.work.cached
    expect(stageWork(distil)).toBeCloseTo(3750 * distil.work.step + teacher, -3)
    const computed = { ...distil, cache: { ...distil.cache, cheaper: 'computed' as const } }
    const every = 3750 * 32 * distil.work.cached
    expect(stageWork(computed)).toBeCloseTo(3750 * distil.work.step + every, -3)
    expect(stageWork({ ...learn, steps: null })).toBeNull()
  })
  it('is more than its operations: a small model takes longer for each', () => {
    if (!learn || !distil) throw new Error('the demo has changed')
    const perOperation = [learn, distil].map(({ work, flops_per_step: flops }) => work.step / flops)
    const [large = 0, small = 0] = perOperation
    expect(large).toBeGreaterThan(1.2)
    expect(small).toBeGreaterThan(2 * large)
  })
})

describe('the time', () => {
  const options = ['native (2 threads)', 1e11, () => undefined] as const
  it('is the sum over stages, and stands in the summary', () => {
    const time = estimateTime(counted, ...options)
    const work = Object.values(counted.stages).reduce((sum, stage) => sum + (stageWork(stage) ?? 0), 0)
    const seconds = Object.values(time.seconds).reduce<number>((sum, one) => sum + (one ?? 0), 0)
    expect(seconds).toBeCloseTo(work / 1e11, 3)
    expect(timeText(time, counted)).toBe('about 7 minutes on native (2 threads)')
    expect(printReport(counted, { show: new Set(), time })).toMatch(
      /^ {2}time {11}about 7 minutes on native/m,
    )
  })
  it('says what is not in it where data is not there', () => {
    const unknown = report()
    expect(timeText(estimateTime(unknown, ...options), unknown)).toMatch(
      /^about .*, without the stage whose data is not here$/,
    )
  })
  it.each([
    [3, 'a few seconds'],
    [42, 'about 42 seconds'],
    [240, 'about 4 minutes'],
    [5400, 'about 2 hours'],
    [86_400 * 41.3, 'about 41 days'],
  ])('of %d s is told without digits that an estimate does not have', (seconds, text) => {
    expect(durationText(seconds)).toBe(text)
  })
})

describe('mean tokens', () => {
  it('are those of a sample, and unknown where the files are missing', () => {
    const program = programOf({ path: 'specs/demo.distill' })
    const glosses = program.data.get('glosses')
    if (!glosses) throw new Error('the demo has changed')
    const { test: _, ...block } = glosses
    const folder = mkdtempSync(join(tmpdir(), 'tokens-'))
    const reference = (name: string) => ({ path: join(folder, name), span: glosses.span })
    writeFileSync(join(folder, 'train.tsv'), 'text\tlabel\na b c d\tnoun.act\na b c d e f g h\tnoun.act\n')
    expect(meanTokens({ ...block, train: [reference('train.tsv')] })).toBeCloseTo(2 + 1.25 * 6, 6)
    expect(meanTokens({ ...block, train: [reference('train.tsv')], pad: 'max_length' })).toBeUndefined()
    expect(meanTokens({ ...block, train: [reference('none.tsv')] })).toBeUndefined()
  })
})
