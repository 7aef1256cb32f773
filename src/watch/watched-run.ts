/** A run that is looked at: its log so far, and whether a process is at work in its folder. */
import { join } from 'node:path'
import { isInUse } from '../train/folder-lock.ts'
import { LiveLog } from './live-log.ts'
import { LogTail } from './log-tail.ts'
import { type SpecFacts, specFacts } from './spec-facts.ts'

/** `waits`: nothing is logged yet. `stopped`: not finished, and no process works on it. */
export type RunState = 'waits' | 'trains' | 'finished' | 'stopped'

export class WatchedRun {
  readonly path: string
  log = new LiveLog()
  private readonly tail: LogTail
  private facts: SpecFacts | undefined

  constructor(path: string) {
    this.path = path
    this.tail = new LogTail(join(path, 'metrics.jsonl'))
  }

  /** Reads what was logged since the last time. */
  refresh(): void {
    const { lines, isNew } = this.tail.read()
    if (isNew) this.log = new LiveLog()
    for (const line of lines) this.log.add(line)
  }

  get state(): RunState {
    if (this.log.isFinished) return 'finished'
    if (!isInUse(this.path)) return 'stopped'
    return this.log.stages.length > 0 ? 'trains' : 'waits'
  }

  /** Read once there is something to draw: then the run has its spec. */
  get spec(): SpecFacts {
    this.facts ??= specFacts(this.path)
    return this.facts
  }
}
