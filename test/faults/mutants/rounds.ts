/**
 * Runs mutants in a process of its own and watches it: a crash, a hang, too much memory or time, and anything
 * thrown that is no diagnostic are found, with the number that makes the mutant again.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

export const targets = ['specs', 'files'] as const
export type Target = (typeof targets)[number]

export interface Finding {
  readonly mutant: number
  readonly problem: string
}

/** What one mutant may take. After `silentSeconds` its process is ended. A wall clock says little on a busy machine, so the time is that of the processor. */
export const most = { processorSeconds: 1, megabytes: 500, silentSeconds: 10 } as const

const child = new URL('child.ts', import.meta.url).pathname

export interface Rounds {
  readonly target: Target
  readonly from: number
  readonly to: number
  readonly found: (finding: Finding) => void
  /** Called about each second with the number of the next mutant. */
  readonly reached?: (mutant: number) => void
}

/** Runs the mutants `from` to `to`, exclusive, starting a new process after one that was ended. */
export async function runRounds({ target, from, to, found, reached }: Rounds): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'distill-mutants-'))
  const place = join(folder, 'at')
  try {
    for (let next = from; next < to; ) {
      writeFileSync(place, String(next))
      const problem = await watch([target, String(next), String(to), folder], place, found, reached)
      next = problem === undefined ? to : Number(readFileSync(place, 'utf8')) + 1
      if (problem !== undefined) found({ mutant: next - 1, problem })
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Of a process, so far: fields 14 and 15 of its stat, in ticks of 10 ms. Elsewhere than on Linux, of a clock. */
function processorSeconds(pid: number | undefined): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
    return (Number(fields[11]) + Number(fields[12])) / 100
  } catch {
    return performance.now() / 1000
  }
}

/** Resolves to why the process ended early. */
function watch(
  words: readonly string[],
  place: string,
  found: Rounds['found'],
  reached: Rounds['reached'],
): Promise<string | undefined> {
  const running = spawn(
    process.execPath,
    [`--max-old-space-size=${most.megabytes - 100}`, '--import', 'tsx', child, ...words],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  createInterface({ input: running.stdout }).on('line', (line) => {
    const [mutant = '', problem = ''] = line.split('\t')
    found({ mutant: Number(mutant), problem })
  })
  let [at, since, hung] = ['', 0, false]
  const timer = setInterval(() => {
    const now = readFileSync(place, 'utf8')
    const spent = processorSeconds(running.pid)
    reached?.(Number(now))
    if (now !== at) [at, since] = [now, spent]
    else if (spent - since > most.silentSeconds) hung = running.kill('SIGKILL')
  }, 1000)
  return new Promise((resolve) => {
    running.on('close', (status, signal) => {
      clearInterval(timer)
      if (status === 0) resolve(undefined)
      else
        resolve(
          hung ? `no answer in ${most.silentSeconds} s of a processor` : `ended with ${signal ?? status}`,
        )
    })
  })
}
