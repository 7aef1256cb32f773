import { describe, expect, it } from 'vitest'
import { formatBytes, formatDuration, formatLoss, wrapped } from '../../src/train/format.ts'
import { LiveLines } from '../../src/train/live-lines.ts'
import type { StageBegins } from '../../src/train/observer.ts'
import { Pace } from '../../src/train/pace.ts'
import { ProgressDisplay } from '../../src/train/progress.ts'
import { formatReport, type ModelReport } from '../../src/train/report.ts'
import { formatSeeds, summarizeSeeds } from '../../src/train/seeds.ts'
import { Course, sparkline } from '../../src/train/sparkline.ts'
import { replay, scoreOf, stageBegins, stepAt } from './replay-progress.ts'

const score = scoreOf('T', 0.924)

/** What is written until a part of the course is shown, each write on its own. */
function written(terminal: boolean, columns: number, terms: readonly string[], until = 'end'): string[] {
  const writes: string[] = []
  const write = (text: string) => void writes.push(text)
  for (const part of replay({ write, terminal, size: () => ({ columns, rows: 24 }) }, terms))
    if (part === until) break
  return writes
}

/** The lines of a frame, without control sequences. */
const linesOf = (frame: string): string[] =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the control sequences of a terminal
  frame.replace(/\u001b\[\d*[AJK]|\r/g, '').split('\n')

const terms = ['hidn', 'attn']

describe('progress', () => {
  it('elsewhere than on a terminal is lines with the time, at an interval', async () => {
    const lines = written(false, 100, terms).filter((_, i) => i % 5 === 0 || i < 8)
    await expect(lines.join('')).toMatchFileSnapshot('../golden/train/progress-plain.txt')
    for (const line of lines) expect(line).toMatch(/^2026-12-01T2\d:\d\d:\d\dZ \S.*\n$/)
  })
  // biome-ignore-start lint/suspicious/noControlCharactersInRegex: these are the control sequences of a terminal
  it('on a terminal draws a frame by one write, over the one before', () => {
    const frames = written(true, 80, terms).filter((text) => text.includes('tok/s'))
    expect(frames.length).toBeGreaterThan(100)
    for (const frame of frames.slice(1)) {
      // Only the end is erased before the new text, and neither screen nor cursor is hidden.
      expect(frame).toMatch(/^\u001b\[\d+A\r/)
      expect(frame.replace(/\u001b\[(\d+A|K|J)/g, '')).not.toContain('\u001b')
    }
    const steps = frames.filter((text) => text.includes('epoch 3/20') && !text.includes('saving'))
    for (const frame of steps.slice(1))
      expect(frame).toMatch(/^\u001b\[4A\r[^\u001b]+(\u001b\[K\n[^\u001b]+){4}\u001b\[J$/)
  })
  // biome-ignore-end lint/suspicious/noControlCharactersInRegex: these are the control sequences of a terminal
  it('leaves what another thread wrote below it, and goes on below that', () => {
    let [text, below] = ['', false]
    const lines = new LiveLines({
      write: (part) => {
        text += part
      },
      size: () => ({ columns: 80, rows: 24 }),
      displaced: () => {
        const was = below
        below = false
        return was
      },
    })
    lines.draw(['step 1', 'left'])
    text += '\nstopping\n'
    below = true
    lines.draw(['step 2', 'left'])
    expect(text).toBe('step 1\u001b[K\nleft\u001b[J\nstopping\nstep 2\u001b[K\nleft\u001b[J')
  })
  it('of a resumed stage begins with what the log has', () => {
    const writes: string[] = []
    let now = 0
    const display = new ProgressDisplay({
      terminal: true,
      write: (text) => void writes.push(text),
      size: () => ({ columns: 100, rows: 24 }),
      clock: () => now,
    })
    const earlier = [
      { step: 300, terms: { hidn: 4 } },
      { step: 600, terms: { hidn: 2 } },
    ]
    display.stageBegins({ ...stageBegins, step: 600, earlier })
    now = 1000
    display.step({ ...stepAt(601, ['hidn']), terms: new Map([['hidn', 1]]) })
    expect(writes.at(-1)).toMatch(/█{9,}▇▂{9,}▁/)
  })
  it('has the norms of the terms as they were measured last, where there is room', () => {
    const normsAt = (columns: number): string | undefined =>
      linesOf(written(true, columns, terms, 'steps').at(-1) ?? '').find((line) => line.includes('|g|'))
    expect(normsAt(80)).toContain('|g| 0.700 (hidn 0.500, attn 0.250)   3,596 tok/s')
    expect(normsAt(60)).toMatch(/\|g\| 0\.700 {3}3,596 tok\/s/)
    expect(linesOf(written(false, 80, terms).at(20) ?? '')[0]).toContain(
      '|g| 0.700 (hidn 0.500, attn 0.250)  ',
    )
  })
  it.each([120, 80, 40])('writes no line wider than %i columns', (columns) => {
    const many = Array.from({ length: 9 }, (_, i) => `term_number_${i}`)
    const lines = written(true, columns, many).flatMap(linesOf)
    expect(lines.length).toBeGreaterThan(1000)
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(columns)
  })
  it('fits into a window of few rows', () => {
    let text = ''
    const size = () => ({ columns: 80, rows: 4 })
    const write = (part: string) => {
      text = part
    }
    for (const part of replay({ write, terminal: true, size }, terms)) if (part === 'steps') break
    expect(linesOf(text)).toHaveLength(3)
  })
})

describe('the time that is left', () => {
  const at = { step: 100, total: 200 }
  const paced = (begins: Partial<StageBegins>, evaluation: number): Pace => {
    const pace = new Pace({ ...stageBegins, total: 200, evaluateEvery: 50, ...begins }, 0)
    let now = 0
    for (let step = 1; step <= 100; step++) {
      // The first step takes a second, others a tenth; an evaluation comes after each 50.
      now += step === 1 ? 1000 : 100 + (step === 51 ? evaluation : 0)
      pace.step({ step, total: 200 }, now)
    }
    return pace
  }
  it('is that of its steps and evaluations, without the first step', () => {
    expect(paced({}, 0).secondsOfStage(at)).toBeCloseTo(10)
    // After steps 100, 150 and 200.
    expect(paced({}, 4000).secondsOfStage(at)).toBeCloseTo(10 + 3 * 4)
    expect(paced({}, 4000).stepsPerSecond).toBeCloseTo(10)
  })
  it('of the run has the stages that follow, by their work', () => {
    const work = { step: 1e9, later: { steps: 30, work: 60e9, evaluations: 2 } }
    expect(paced({ work }, 4000).secondsOfRun(at)).toBeCloseTo(10 + 3 * 4 + 60 * 0.1 + 2 * 4)
    expect(
      paced({ work: { ...work, later: { steps: 0, work: 0, evaluations: 0 } } }, 0).secondsOfRun(at),
    ).toBe(undefined)
  })
  it('is not known before a step', () => {
    expect(new Pace(stageBegins, 0).secondsOfStage(at)).toBe(undefined)
  })
})

describe('a sparkline', () => {
  it('is linear within a decade, and logarithmic over more', () => {
    expect(sparkline([1, 2, 3, 4, 5, 6, 7, 8], 8)).toBe('▁▂▃▄▅▆▇█')
    expect(sparkline([1, 10, 100, 1000], 8)).toBe('▁▃▆█')
    expect(sparkline([0, 10, 100, 1000], 8)).toBe('▁▁▁█')
  })
  it('has means where there are more values than characters', () => {
    expect(sparkline([1, 1, 3, 3, 5, 5], 3)).toBe('▁▅█')
    expect(sparkline([1, 2, 3, 4, 5, 6, 7], 3)).toBe('▁▄█')
  })
  it('draws equal values at half height', () => expect(sparkline([2, 2], 8)).toBe('▄▄'))
  it('of a long course is that of all its values', () => {
    const course = new Course()
    for (let i = 0; i < 100_000; i++) course.add(100_000 + i)
    const means = course.averages
    expect(means.length).toBeLessThanOrEqual(128)
    expect(means[0]).toBeLessThan(102_000)
    expect(means.at(-1)).toBeGreaterThan(198_000)
    expect(sparkline(means, 8)).toBe('▁▂▃▄▅▆▇█')
  })
})

describe('a line that stays', () => {
  it('is broken between its parts, or its words', () => {
    expect(wrapped('one two   three four', 17)).toBe('one two\n  three four')
    expect(wrapped('one two three four', 10)).toBe('one two\n  three\n  four')
    expect(wrapped('a'.repeat(25), 10)).toBe(`${'a'.repeat(10)}\n  ${'a'.repeat(8)}\n  ${'a'.repeat(7)}`)
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
    const long = models.map((one) => ({ ...one, name: `teacher_alone_${one.name}` }))
    for (const line of [models, long].flatMap((some) => formatReport(some, [], 80).split('\n')))
      expect(line.length).toBeLessThanOrEqual(80)
  })
})
