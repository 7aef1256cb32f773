/**
 * What `distill train` prints while it goes on: the display of each run, and what is said of a spec and of
 * the runs of a sweep.
 */
import { appendFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { describeRunner } from '../backends/auto.ts'
import { combinationText } from '../check/combinations.ts'
import type { Division } from '../cluster/division.ts'
import { cutLine } from '../data/cut-texts.ts'
import type { RunObserver } from '../library/train-observer.ts'
import type { StageBegins, StageEnds, StepDone } from '../train/observer.ts'
import { ProgressDisplay } from '../train/progress.ts'
import { formatSweep, summarizeSweep } from '../train/sweep-table.ts'
import { printDiagnostics } from './outcome.ts'
import { redraw, say } from './output.ts'
import type { StopRequests } from './stop-requests.ts'
import { openWatchPage } from './watch-page.ts'

/** Milliseconds that a finished run waits for its page. */
const pagePatience = 15_000

/** Where a rank other than 0 writes: `ranks/3.log` in the folder of the run, once that is known. */
class RankLog {
  private readonly rank: number
  private file: string | undefined
  private early = ''

  constructor(rank: number) {
    this.rank = rank
  }

  write(text: string): void {
    if (this.file === undefined) this.early += text
    else appendFileSync(this.file, text)
  }

  /** A dry run has no folder, and keeps no log. */
  begin(run: string | undefined): void {
    if (run === undefined) return
    mkdirSync(join(run, 'ranks'), { recursive: true })
    this.file = join(run, 'ranks', `${this.rank}.log`)
    this.write(this.early)
    this.early = ''
  }
}

export interface TrainDisplayOptions {
  /** The command that continues in a folder, which other processes may share. */
  readonly again: (folder: string, shared: boolean) => string
  /** Whether log lines are printed on a terminal, too. */
  readonly plain: boolean
  /** Whether a page that follows the run is opened. */
  readonly open: boolean
  /** Of this process; only rank 0 prints. */
  readonly rank: number
}

/** `4 ranks by Open MPI 5.0.7, each batch in 8 parts` */
function clusterText({ cluster, parts, isDivided }: Division): string {
  const how = isDivided ? `, each batch in ${parts} parts` : ''
  return `${cluster.size} ranks by ${cluster.library}${how}`
}

export class TrainDisplay extends ProgressDisplay implements RunObserver {
  /** Told when steps run, and of the folders that the training has locked. */
  stops: StopRequests | undefined
  private readonly again: TrainDisplayOptions['again']
  private folder: string | undefined
  private toOpen: boolean
  private readonly log: RankLog | undefined
  private page: Promise<void> | undefined

  constructor({ again, plain, open, rank }: TrainDisplayOptions) {
    const { stderr } = process
    const log = rank > 0 ? new RankLog(rank) : undefined
    super({
      write: log ? (text) => log.write(text) : redraw,
      terminal: log === undefined && Boolean(stderr.isTTY) && process.env.TERM !== 'dumb' && !plain,
      size: () => {
        const [columns, rows] = stderr.isTTY ? stderr.getWindowSize() : []
        // Some terminals do not know their size.
        return { columns: columns || 80, rows: rows || 24 }
      },
      clock: Date.now,
      displaced: () => this.stops?.wroteBelow() ?? false,
    })
    this.again = again
    this.log = log
    this.toOpen = open && log === undefined
  }

  warnings(...[diagnostics, sources, spec]: Parameters<NonNullable<RunObserver['warnings']>>): void {
    if (this.log === undefined) printDiagnostics(diagnostics, sources, { file: spec })
  }

  holds(event: Parameters<NonNullable<RunObserver['holds']>>[0]): void {
    this.stops?.holds({ ...event, again: this.again(event.folder, event.shared ?? false) })
  }

  locking(isChanging: boolean): void {
    if (this.stops) this.stops.locking = isChanging
  }

  runBegins({
    spec,
    folder,
    runner,
    seed,
    division,
  }: Parameters<NonNullable<RunObserver['runBegins']>>[0]): void {
    this.folder = folder
    this.log?.begin(folder)
    const where = folder ?? 'nowhere (dry run)'
    const ranks = division ? `   ${clusterText(division)}` : ''
    this.line(`${spec} -> ${where}   ${describeRunner(runner)}   seed ${seed}${ranks}`)
  }

  override stageBegins(event: StageBegins): void {
    super.stageBegins(event)
    if (!this.toOpen || this.folder === undefined) return
    this.toOpen = false
    this.page = openWatchPage(this.folder, (text) => this.line(text))
  }

  /** A short run may be over before its page has an address. */
  async pageOpens(): Promise<void> {
    const over = new AbortController()
    const limit = setTimeout(pagePatience, undefined, { signal: over.signal }).catch(() => {})
    await Promise.race([this.page, limit])
    over.abort()
  }

  override step(event: StepDone): void {
    if (this.stops) this.stops.stepping = true
    super.step(event)
  }

  override stageEnds(event: StageEnds): void {
    if (this.stops) this.stops.stepping = false
    super.stageEnds(event)
  }

  cut(event: Parameters<NonNullable<RunObserver['cut']>>[0]): void {
    this.line(cutLine(event))
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
    this.line(`${title}${finished ? ': finished before' : ''}`)
  }

  runStopped(...[diagnostic]: Parameters<NonNullable<RunObserver['runStopped']>>): void {
    this.end()
    printDiagnostics([diagnostic], new Map())
  }

  runsSoFar(runs: Parameters<NonNullable<RunObserver['runsSoFar']>>[0]): void {
    this.end()
    say(`\n${formatSweep(summarizeSweep(runs), process.stderr.columns || 100)}\n\n`)
  }
}
