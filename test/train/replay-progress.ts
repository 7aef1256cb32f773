/**
 * A fixed course of a run through the display of `distill train`, with a fixed clock. As a program it draws into its
 * terminal, and goes on after each key; it sets the terminal's title to the name of the part that is drawn.
 */
import { pathToFileURL } from 'node:url'
import type { MetricName } from '../../src/check/metric-names.ts'
import type { Score, StageBegins, StepDone } from '../../src/train/observer.ts'
import { ProgressDisplay, type ProgressOptions } from '../../src/train/progress.ts'

export const stageBegins: StageBegins = {
  stage: 'intermediate',
  number: 2,
  count: 3,
  total: 24_740,
  stepsPerEpoch: 1237,
  step: 0,
  evaluateEvery: 1237,
  work: { step: 4e10, later: { steps: 6185, work: 6185 * 6e10, evaluations: 5 } },
  memory: { peak: 974.1 * 2 ** 20, available: 23.5 * 2 ** 30 },
}

/** A term that falls by two decades, one that wavers, and others that are level. */
const loss = (term: number, step: number): number =>
  term === 0 ? 0.05 + 5 * Math.exp(-step / 400) : term === 1 ? 0.5 + 0.1 * Math.sin(step / 300) : 0.1 * term

export function stepAt(step: number, terms: readonly string[]): StepDone {
  return {
    stage: 'intermediate',
    step,
    total: stageBegins.total,
    stepsPerEpoch: stageBegins.stepsPerEpoch,
    terms: new Map(terms.map((name, i) => [name, loss(i, step)])),
    loss: 0.143,
    norm: 0.7,
    rate: 5e-5,
    liveTokens: 320,
    paddedTokens: 366,
    ...(step % 500 === 0 ? { termNorms: new Map(terms.map((name, i) => [name, 0.5 / (i + 1)])) } : {}),
  }
}

export function scoreOf(model: string, accuracy: number): Score {
  const values = new Map<MetricName, number>([
    ['accuracy', accuracy],
    ['f1', accuracy - 0.02],
  ])
  return { model, data: 'labelled', split: 'validation', values }
}

/** The parts of the course, each of which ends where something is on the screen. */
export function* replay(
  options: Pick<ProgressOptions, 'write' | 'size' | 'terminal'>,
  terms: readonly string[],
): Generator<string> {
  let now = Date.UTC(2026, 11, 1, 21, 5, 33)
  const display = new ProgressDisplay({ ...options, clock: () => now })
  const steps = (from: number, to: number): void => {
    for (let step = from; step <= to; step++) {
      now += 89
      display.step(stepAt(step, terms))
    }
  }
  const scored = (step: number, accuracy: number, isBest: boolean): void => {
    now += 4000
    display.scored({ stage: 'intermediate', step, score: scoreOf('S', accuracy), isBest })
  }
  display.teacher(scoreOf('T', 0.924))
  display.stageBegins(stageBegins)
  for (let done = 0; done < 9804; done += 100) {
    now += 250
    display.frozen({ stage: 'intermediate', models: ['T'], done, total: 9804, bytes: 3e8 })
    if (done === 3200) yield 'frozen'
  }
  display.frozen({ stage: 'intermediate', models: ['T'], done: 9804, total: 9804, bytes: 3e8 })
  steps(1, 1237)
  scored(1237, 0.903, true)
  steps(1238, 2474)
  scored(2474, 0.898, false)
  yield 'evaluated'
  steps(2475, 3640)
  yield 'steps'
  display.note('saving; Ctrl-C again quits at once')
  steps(3641, 3700)
  yield 'noted'
  display.stageEnds({
    stage: 'intermediate',
    number: 2,
    count: 3,
    steps: 24_740,
    seconds: 7800,
    terms: Object.fromEntries(terms.map((name, i) => [name, loss(i, 24_740)])),
    best: { metric: 'accuracy', value: 0.903, model: 'S', step: 1237 },
    early: false,
  })
  display.end()
  yield 'end'
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { stdin, stdout } = process
  const size = (): { columns: number; rows: number } => {
    const [columns, rows] = stdout.getWindowSize()
    return { columns, rows }
  }
  const parts = replay({ write: (text) => stdout.write(text), size, terminal: true }, process.argv.slice(2))
  const next = (): void => {
    const { value, done } = parts.next()
    if (done) process.exit()
    stdout.write(`\u001b]2;${value}\u0007`)
  }
  stdin.setRawMode(true)
  stdin.on('data', next)
  next()
}
