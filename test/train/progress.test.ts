import { describe, expect, it } from 'vitest'
import type { MetricName } from '../../src/check/metric-names.ts'
import { formatBytes, formatDuration, formatLoss } from '../../src/train/format.ts'
import type { StepDone } from '../../src/train/observer.ts'
import { ProgressDisplay } from '../../src/train/progress.ts'
import { formatReport, type ModelReport } from '../../src/train/report.ts'
import { formatSeeds, summarizeSeeds } from '../../src/train/seeds.ts'

const stageBegins = {
  stage: 'intermediate',
  number: 2,
  count: 3,
  total: 24_740,
  stepsPerEpoch: 1237,
  step: 0,
  memory: { peak: 974.1 * 2 ** 20, available: 23.5 * 2 ** 30 },
}
const stepAt = (step: number, terms: [string, number][]): StepDone => ({
  stage: 'intermediate',
  step,
  total: 24_740,
  stepsPerEpoch: 1237,
  terms: new Map(terms),
  loss: 0.143,
  norm: 0.7,
  rate: 5e-5,
  liveTokens: 320,
  paddedTokens: 366,
})
const score = {
  model: 'T',
  data: 'labelled',
  split: 'validation',
  values: new Map<MetricName, number>([['accuracy', 0.924]]),
}

function show(terminal: boolean, columns: number, terms: [string, number][]): string {
  let text = ''
  let now = 0
  const display = new ProgressDisplay({
    write: (part) => {
      text += part
    },
    terminal,
    columns,
    clock: () => now,
  })
  display.teacher(score)
  display.stageBegins(stageBegins)
  for (let step = 3400; step < 3640; step++) {
    now += 89
    display.step(stepAt(step, terms))
  }
  display.scored({ stage: 'intermediate', step: 3640, score: { ...score, model: 'S' }, isBest: true })
  display.stageEnds({
    stage: 'intermediate',
    number: 2,
    count: 3,
    steps: 24_740,
    seconds: 7800,
    terms: Object.fromEntries(terms),
    best: { metric: 'accuracy', value: 0.92, model: 'S', step: 3640 },
    early: false,
  })
  display.end()
  return text
}

/** What a terminal shows in the end: up-and-erase sequences carried out. */
function screen(text: string): string {
  const lines = ['']
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the control sequences of a terminal
  for (const part of text.split(/(\n|\r|\u001b\[\d*[AJ])/)) {
    const up = /\[(\d+)A$/.exec(part)?.[1]
    if (part === '\n') lines.push('')
    else if (up) lines.splice(lines.length - Number(up))
    else if (part.endsWith('J') && part.startsWith('\u001b')) lines[lines.length - 1] = ''
    else if (part !== '\r') lines[lines.length - 1] += part
  }
  return lines.join('\n')
}

const terms: [string, number][] = [
  ['hidn', 0.102],
  ['attn', 0.0412],
]

describe('progress', () => {
  it('elsewhere than on a terminal is plain lines at an interval', async () => {
    await expect(show(false, 100, terms)).toMatchFileSnapshot('../golden/train/progress-plain.txt')
  })
  it('on a terminal redraws two lines; what stays is above them', async () => {
    const text = show(true, 120, terms)
    await expect(screen(text)).toMatchFileSnapshot('../golden/train/progress-end.txt')
    const frame = text.split('\r').findLast((part) => part.includes('tok/s')) ?? ''
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the control sequences of a terminal
    await expect(frame.replace(/\u001b\[\d*[AJ]/g, '')).toMatchFileSnapshot(
      '../golden/train/progress-frame.txt',
    )
  })
  it('has the norms of the terms as they were measured last, where there is room', () => {
    const lines = (columns: number): string[] => {
      let text = ''
      let now = 0
      const write = (part: string) => {
        text += part
      }
      const display = new ProgressDisplay({ write, terminal: columns > 0, columns, clock: () => now })
      display.stageBegins(stageBegins)
      const termNorms = new Map([
        ['hidn', 0.5],
        ['attn', 0.2],
      ])
      for (let step = 1; step <= 24; step++) {
        now += 1000
        display.step({ ...stepAt(step, terms), ...(step === 20 ? { termNorms } : {}) })
      }
      return text.split('\n').filter((line) => line.includes('|g|'))
    }
    expect(lines(0)[0]).toContain('|g| 0.700  ')
    expect(lines(0).at(-1)).toContain('|g| 0.700 (hidn 0.500, attn 0.200)  ')
    expect(lines(120).at(-1)).toContain('|g| 0.700 (hidn 0.500, attn 0.200)  ')
    expect(lines(100).at(-1)).toMatch(/hidn 0\.102 {2}attn 0\.041 {3}\|g\| 0\.700 {3}/)
  })
  it.each([120, 80, 40])('never writes a line wider than %i columns', (columns) => {
    const many = Array.from({ length: 9 }, (_, i): [string, number] => [`term_number_${i}`, 0.1 * i])
    const text = show(true, columns, many)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the control sequences of a terminal
    const drawn = text.split('\r').flatMap((part) => part.replace(/\u001b\[\d*[AJ]/g, '').split('\n'))
    const live = drawn.filter((line) => line.includes('step/s') || line.includes('tok/s'))
    expect(live.length).toBeGreaterThan(0)
    for (const line of live) expect(line.length).toBeLessThan(columns)
  })
})

describe('words', () => {
  it('are short', () => {
    expect([0, 37, 245, 7800].map(formatDuration)).toEqual(['0 s', '37 s', '4m 05s', '2h 10m'])
    expect([0, 0.1024, 12.345, 345.6, 1.2e-5, 45_678].map(formatLoss)).toEqual([
      '0',
      '0.102',
      '12.3',
      '346',
      '1.2e-5',
      '4.6e4',
    ])
    expect([4 * 109_483_778, 1_500_000, 2e10].map(formatBytes)).toEqual(['418 MB', '1.4 MB', '18.6 GB'])
  })
})

describe('the final table', () => {
  const row = (
    name: string,
    model: string,
    accuracy: number | undefined,
    parameters: number,
    latency: number,
  ): ModelReport => ({
    name,
    model,
    ...(accuracy === undefined
      ? {}
      : { score: { ...score, model: name, values: new Map([['accuracy', accuracy]]) } }),
    parameters,
    bytes: 4 * parameters,
    latency,
  })
  const models = [
    row('T', 'bert_base', 0.924, 109_483_778, 41),
    row('S', 'tinybert_4', 0.911, 14_350_874, 4.9),
    row('A', 'alone', 0.88, 14_350_874, 4.9),
    row('G', 'bert_base', undefined, 109_514_298, 41),
  ]
  it('has a line for each model, beside the first', async () => {
    await expect(`${formatReport(models)}\n`).toMatchFileSnapshot('../golden/train/report.txt')
  })
  it('of several seeds gives means and deviations', () => {
    const runs = [0.91, 0.92, 0.93].map((accuracy) => [
      row('S', 'tinybert_4', accuracy, 10, 1),
      row('G', 'bert_base', undefined, 10, 1),
    ])
    const summaries = summarizeSeeds(runs)
    expect(summaries).toMatchObject([
      { model: 'S', metric: 'accuracy', mean: expect.closeTo(0.92), deviation: expect.closeTo(0.01) },
    ])
    expect(formatSeeds(summaries)).toBe('  S  accuracy  92.0 +- 1.0   (91.0, 92.0, 93.0)')
  })
  it('fits into 80 columns', () => {
    for (const line of formatReport(models, 80).split('\n')) expect(line.length).toBeLessThanOrEqual(80)
  })
})
