/**
 * Rounds of a lock between processes: `tsx bench/faults/lock-rounds.ts [ROUNDS] [PROCESSES] [FOLDER]
 * [MINUTES]`. Each
 * process acquires the lock again and again. A holder ends as a killed process does, and leaves a stale lock
 * to the others; sometimes it releases the lock. A holder that meets another one counts that.
 */
import { fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, linkSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { nodeDisk } from '../../src/disk/node-disk.ts'
import { LockFile } from '../../src/train/lock-file.ts'

/** What a process counts. */
export interface Rounds {
  /** Rounds in which it held the lock. */
  readonly held: number
  /** Of them, those that began with a stale lock. */
  readonly stale: number
  /** Rounds with two holders. */
  readonly twice: number
}

/** Acquires the lock of a folder so many times, in this process. */
export function acquireRounds(folder: string, count: number, minutes: number): Rounds {
  const end = performance.now() + 60_000 * minutes
  const cell = new Int32Array(new SharedArrayBuffer(4))
  const pause = (): void => {
    if (Math.random() < 0.2) Atomics.wait(cell, 0, 0, Math.random() / 4)
  }
  const alive = (token: string): string => join(folder, 'alive', token)
  let [held, stale, twice] = [0, 0, 0]
  while (held < count && performance.now() < end) {
    const token = randomBytes(12).toString('hex')
    writeFileSync(alive(token), '')
    let wasStale = false
    const lock = LockFile.acquire(nodeDisk, folder, {
      holder: { pid: process.pid, host: 'here', since: '', token },
      isAlive: (link) => {
        const isAlive = existsSync(alive(link.token.replace('-released', '')))
        if (!isAlive) wasStale = true
        // Here another process may do everything that it has to do.
        pause()
        return isAlive
      },
    })
    if (lock instanceof LockFile) {
      held++
      if (wasStale) stale++
      try {
        linkSync(alive(token), join(folder, 'held'))
        pause()
        if (lock.successor() !== undefined) twice++
        rmSync(join(folder, 'held'))
      } catch {
        twice++
      }
      if (Math.random() < 1 / 8) lock.release()
    } else pause()
    rmSync(alive(token))
  }
  return { held, stale, twice }
}

/** The same, in several processes at once. */
export async function lockRounds(
  rounds: number,
  processes: number,
  parent = tmpdir(),
  minutes = Number.POSITIVE_INFINITY,
): Promise<Rounds> {
  const folder = mkdtempSync(join(parent, 'lock-'))
  mkdirSync(join(folder, 'alive'))
  // The first round begins with a stale lock too.
  writeFileSync(join(folder, 'lock'), JSON.stringify({ pid: 1, host: 'here', since: '', token: 'ended' }))
  const each = Math.ceil(rounds / processes)
  const results = Array.from({ length: processes }, () => {
    const child = fork(fileURLToPath(import.meta.url), [folder, String(each), String(minutes)], {
      env: { ...process.env, LOCK_ROUNDS: 'child' },
      execArgv: ['--import', 'tsx'],
    })
    return new Promise<Rounds>((resolve, reject) => {
      let result: Rounds | undefined
      child.on('message', (message: Rounds) => {
        result = message
      })
      child.on('exit', (code) =>
        result ? resolve(result) : reject(new Error(`a process ended with ${code}`)),
      )
    })
  })
  const all = await Promise.all(results)
  rmSync(folder, { recursive: true })
  const sum = (of: (one: Rounds) => number): number => all.reduce((total, one) => total + of(one), 0)
  return { held: sum((one) => one.held), stale: sum((one) => one.stale), twice: sum((one) => one.twice) }
}

const [, program = '', first = '1000', second = '2', third, minutes = 'Infinity'] = process.argv
if (program === fileURLToPath(import.meta.url)) {
  if (process.env.LOCK_ROUNDS === 'child') process.send?.(acquireRounds(first, Number(second), Number(third)))
  else {
    const since = performance.now()
    const { held, stale, twice } = await lockRounds(Number(first), Number(second), third, Number(minutes))
    const seconds = ((performance.now() - since) / 1000).toFixed(0)
    console.log(
      `${second} processes: ${held} rounds in ${seconds} s, ${stale} of them on a stale lock, ${twice} with two holders`,
    )
  }
}
