import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { SpecReport } from '../../src/explain/report.ts'

/** The eighteen published parameter counts, as `distill explain --json` gives them. */
const root = new URL('../..', import.meta.url).pathname
const reports = new Map<string, SpecReport>()
function explain(spec: string): SpecReport {
  const known = reports.get(spec)
  if (known) return known
  const output = execFileSync(
    process.execPath,
    [join(root, 'dist/distill.js'), 'explain', join(root, spec), '--json'],
    {
      encoding: 'utf8',
      // No weights are allocated: BERT-base alone would not fit.
      env: { ...process.env, NODE_OPTIONS: '--max-old-space-size=200' },
    },
  )
  const report: SpecReport = JSON.parse(output)
  reports.set(spec, report)
  return report
}
const bert = 'test/fixtures/counts/bert-base.distill'
const albert = (e: number, sharing: string): string => `specs/albert-base-e${e}-${sharing}.distill`
const only = (report: SpecReport): number | undefined =>
  report.models[Object.values(report.students)[0]?.model ?? '']?.parameters

const counts: [string, number, () => number | undefined][] = [
  ['BERT-base', 109_482_240, () => explain(bert).models.bert_base?.parameters],
  ['BERT-base without pooler', 108_891_648, () => explain(bert).models.bert_base_unpooled?.parameters],
  ['BERT-base, masked LM', 109_514_298, () => explain(bert).teachers.M?.parameters.total],
  ['DistilBERT', 66_362_880, () => explain('specs/distilbert.distill').models.distilbert?.parameters],
  [
    'DistilBERT, masked LM',
    66_985_530,
    () => explain('specs/distilbert.distill').students.S?.parameters.total,
  ],
  ['DistilBERT, question answering', 66_364_418, () => explain(bert).students.Q?.parameters.total],
  ['TinyBERT-4', 14_350_248, () => explain('specs/tinybert-4.distill').models.tinybert_4?.parameters],
  [
    'TinyBERT-4, projection, 2 classes',
    14_591_258,
    () => explain('specs/tinybert-4.distill').students.S?.parameters.total,
  ],
  ['TinyBERT-6', 66_955_008, () => explain('specs/tinybert-6.distill').models.tinybert_6?.parameters],
  [
    'TinyBERT-6, projection, 2 classes',
    67_547_138,
    () => explain('specs/tinybert-6.distill').students.S?.parameters.total,
  ],
  ['ALBERT E=768, all shared', 31_114_752, () => only(explain(albert(768, 'all')))],
  ['ALBERT E=768, attention shared', 83_078_400, () => only(explain(albert(768, 'attention')))],
  ['ALBERT E=768, FFN shared', 57_117_696, () => only(explain(albert(768, 'ffn')))],
  ['ALBERT E=768, not shared', 109_081_344, () => only(explain(albert(768, 'none')))],
  ['ALBERT E=128, all shared', 11_683_584, () => only(explain(albert(128, 'all')))],
  ['ALBERT E=128, attention shared', 63_647_232, () => only(explain(albert(128, 'attention')))],
  ['ALBERT E=128, FFN shared', 37_686_528, () => only(explain(albert(128, 'ffn')))],
  ['ALBERT E=128, not shared', 89_650_176, () => only(explain(albert(128, 'none')))],
]

describe('the cost of a step', () => {
  it('is given as written, too, and passes never add to it', () => {
    for (const stage of Object.values(explain('specs/tinybert-4.distill').stages)) {
      expect(stage.unoptimized.flops_per_step).toBeGreaterThanOrEqual(stage.flops_per_step)
      expect(stage.unoptimized.peak_bytes).toBeGreaterThan(0)
    }
  })
})

describe('published parameter counts', () => {
  it('are eighteen', () => expect(counts).toHaveLength(18))
  it.each(counts)('%s has %i', (_, published, count) => expect(count()).toBe(published))
})
