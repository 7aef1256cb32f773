/**
 * What `distill train` prints while it goes on: the display of each run, and what is said of a spec and of
 * the runs of a sweep.
 */
import { describeRunner } from '../backends/auto.ts'
import { combinationText } from '../check/combinations.ts'
import { cutLine } from '../data/cut-texts.ts'
import type { RunObserver } from '../library/train-observer.ts'
import { ProgressDisplay } from '../train/progress.ts'
import { formatSweep, summarizeSweep } from '../train/sweep-table.ts'
import { printDiagnostics } from './outcome.ts'

export class TrainDisplay extends ProgressDisplay implements RunObserver {
  constructor() {
    super({
      write: (text) => process.stderr.write(text),
      terminal: Boolean(process.stderr.isTTY),
      columns: process.stderr.columns ?? 100,
      clock: Date.now,
    })
  }

  warnings(...[diagnostics, sources, spec]: Parameters<NonNullable<RunObserver['warnings']>>): void {
    printDiagnostics(diagnostics, sources, { file: spec })
  }

  runBegins({ spec, folder, runner, seed }: Parameters<NonNullable<RunObserver['runBegins']>>[0]): void {
    const where = folder ?? 'nowhere (dry run)'
    process.stderr.write(`${spec} -> ${where}   ${describeRunner(runner)}   seed ${seed}\n`)
  }

  cut(event: Parameters<NonNullable<RunObserver['cut']>>[0]): void {
    process.stderr.write(`${cutLine(event)}\n`)
  }

  sweptRun({
    number,
    count,
    settings,
    seed,
    seeds,
    finished,
  }: Parameters<NonNullable<RunObserver['sweptRun']>>[0]): void {
    const run = [combinationText(settings), ...(seeds.length > 1 ? [`seed ${seed}`] : [])]
    const title = `[${number}/${count}] ${run.filter(Boolean).join(', ')}`
    process.stderr.write(`${title}${finished ? ': finished before' : ''}\n`)
  }

  runStopped(...[diagnostic]: Parameters<NonNullable<RunObserver['runStopped']>>): void {
    this.end()
    printDiagnostics([diagnostic], new Map())
  }

  runsSoFar(runs: Parameters<NonNullable<RunObserver['runsSoFar']>>[0]): void {
    this.end()
    process.stderr.write(`\n${formatSweep(summarizeSweep(runs), process.stderr.columns ?? 100)}\n\n`)
  }
}
