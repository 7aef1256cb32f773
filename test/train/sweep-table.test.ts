import { describe, expect, it } from 'vitest'
import { combinationsOf } from '../../src/check/combinations.ts'
import type { MetricName } from '../../src/check/metric-names.ts'
import type { RunReport } from '../../src/train/report-file.ts'
import { combinationFolder, sweptBy } from '../../src/train/sweep-folder.ts'
import { formatSweep, summarizeSweep } from '../../src/train/sweep-table.ts'

function report(values: Partial<Record<MetricName, number>>): RunReport {
  const entries = Object.entries(values) as [MetricName, number][]
  const model = { model: 'small', parameters: 10, bytes: 40 }
  const score = (name: string) => ({ model: name, data: 'd', split: 'test', values: new Map(entries) })
  return {
    baselines: [],
    trained: ['S'],
    models: [
      { name: 'T', ...model, score: score('T') },
      { name: 'S', ...model, score: score('S') },
    ],
  }
}

describe('the table of a sweep', () => {
  const summaries = summarizeSweep([
    {
      combination: { rate: '1e-4', task: 'a' },
      reports: [report({ accuracy: 0.9, perplexity: 12 }), report({ accuracy: 0.92, perplexity: 14 })],
      stopped: [],
    },
    {
      combination: { rate: '3e-4', task: 'a' },
      reports: [report({ accuracy: 0.95, perplexity: 30 })],
      stopped: [{ seed: 1, why: 'term hard became NaN' }],
    },
    { combination: { rate: '3e-4', task: 'b' }, reports: [], stopped: [] },
  ])

  it('has means and deviations of trained models, the best marked by what each metric counts as better', () => {
    expect(formatSweep(summaries)).toBe(
      [
        '  rate  task     S accuracy    S perplexity',
        '  1e-4  a     91.0 +- 1.4    13.00 +- 1.4 *',
        '  3e-4  a            95.0 *         30.00',
        '  3e-4  b               ...             ...',
        '  * the best',
        '  rate = 3e-4, task = a, seed 1: term hard became NaN',
      ].join('\n'),
    )
  })

  it('becomes several where it would be too wide', () => {
    const [first, second] = formatSweep(summaries, 40).split('\n\n')
    expect(first).toMatch(/^ {2}rate {2}task +S accuracy\n/)
    expect(second).toMatch(/^ {2}rate {2}task +S perplexity\n/)
  })
})

describe('the runs of a sweep', () => {
  it('are all combinations, the last setting changing fastest', () => {
    const swept = [
      { name: 'rate', values: ['1', '2'] },
      { name: 'task', values: ['a', 'b'] },
    ]
    expect(combinationsOf(swept).map(combinationFolder)).toEqual([
      'rate=1,task=a',
      'rate=1,task=b',
      'rate=2,task=a',
      'rate=2,task=b',
    ])
    expect(combinationsOf([])).toEqual([{}])
  })

  it('have folders whose names any file system takes, and no two the same', () => {
    const folders = ['a/b', 'a b', '..', '', 'x'.repeat(300)].map((task) => combinationFolder({ task }))
    for (const folder of folders) expect(folder).toMatch(/^task=[\w.+%-]{0,40}~[0-9a-f]{4}$/)
    expect(new Set(folders).size).toBe(folders.length)
    expect(combinationFolder({ share: '15%', rate: '-1.5e-4' })).toBe('share=15%,rate=-1.5e-4')
  })

  it('take what the command line sweeps, and leave out what it fixes', () => {
    const declared = [
      { name: 'rate', values: ['1', '2'] },
      { name: 'task', values: ['a'] },
    ]
    const asked = [{ name: 'task', values: ['b', 'c'] }]
    expect(sweptBy(declared, asked, { rate: '1' })).toEqual(asked)
    expect(sweptBy(declared, [], {})).toEqual(declared)
  })
})
