import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { lockRounds } from '../../bench/faults/lock-rounds.ts'
import { nodeDisk } from '../../src/disk/node-disk.ts'
import { lockFolder } from '../../src/train/folder-lock.ts'
import { diagnosticMessage } from '../diagnostic-message.ts'

const root = mkdtempSync(join(tmpdir(), 'lock-'))
afterAll(() => rmSync(root, { recursive: true }))

let count = 0
function folderWith(lock?: object): string {
  const folder = join(root, String(count++))
  mkdirSync(folder)
  if (lock) writeFileSync(join(folder, 'lock'), JSON.stringify(lock))
  return folder
}
const since = '2026-01-01T00:00:00.000Z'
const refusalOf = (folder: string): string =>
  diagnosticMessage(() => lockFolder(folder))
    .replaceAll(folder, 'run')
    .replaceAll(String(process.pid), 'PID')

describe('the lock of a run folder', () => {
  it.each([2, 8])(
    'is held once at a time by %i processes that find it stale',
    { timeout: 300_000 },
    async (n) => {
      const { held, stale, twice } = await lockRounds(600, n, root)
      expect(twice).toBe(0)
      expect(held).toBeGreaterThanOrEqual(600)
      expect(stale).toBeGreaterThan(300)
    },
  )

  it('is refused while it is held, and leaves nothing when it is released', () => {
    const folder = folderWith()
    const lock = lockFolder(folder)
    expect(refusalOf(folder)).toMatch(/^E1115: run is in use by process PID, since /)
    lock.release()
    expect(readdirSync(folder)).toEqual([])
    lockFolder(folder).release()
  })

  it('of a process that has ended is taken over, also where its number belongs to another now', () => {
    for (const holder of [
      { pid: 2 ** 22 + 1, host: hostname(), since },
      { pid: process.pid, host: hostname(), since, began: '1' },
    ]) {
      const folder = folderWith(holder)
      lockFolder(folder).release()
      expect(readdirSync(folder)).toEqual([])
    }
  })

  it('of another machine counts for a minute after it was renewed', () => {
    const folder = folderWith({ pid: 1, host: 'another', since, token: 'a', lease: 60_000 })
    expect(refusalOf(folder)).toBe(`E1115: run is in use by process 1 of another, since ${since}`)
    const before = Date.now() / 1000 - 61
    utimesSync(join(folder, 'lock'), before, before)
    lockFolder(folder).release()
    expect(readdirSync(folder)).toEqual([])
  })

  it('of a process that ended in the middle of a takeover is taken over too, and nothing of it stays', () => {
    const folder = folderWith({ pid: 1, host: hostname(), since, began: '0', token: 'a' })
    writeFileSync(
      join(folder, 'lock.after-a'),
      JSON.stringify({ pid: 2 ** 22 + 1, host: hostname(), since, token: 'b' }),
    )
    const lock = lockFolder(folder)
    expect(readdirSync(folder)).toEqual(['lock'])
    lock.release()
    expect(readdirSync(folder)).toEqual([])
  })

  it('is renewed while this process computes', async () => {
    const folder = folderWith({ pid: 1 })
    const file = join(folder, 'lock')
    const before = Date.now() / 1000 - 100
    utimesSync(file, before, before)
    const stop = nodeDisk.keepChanging?.(file, 20)
    // The thread starts.
    await new Promise((resolve) => setTimeout(resolve, 1000))
    utimesSync(file, before, before)
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000)
    expect(statSync(file).mtimeMs / 1000).toBeGreaterThan(before + 50)
    expect(readFileSync(file, 'utf8')).toBe('{"pid":1}')
    stop?.()
  })

  it('that another process has taken over stops every change of a file, and is left to it', () => {
    const folder = folderWith()
    const { disk, release } = lockFolder(folder)
    writeFileSync(
      join(folder, 'lock'),
      JSON.stringify({ pid: 7, host: 'another', since, token: 'b', lease: 60_000 }),
    )
    const message =
      'E1115: process 7 of another has taken over run, so this process stops and changes nothing more there'
    for (const change of [
      () => disk.rename(join(folder, 'a'), join(folder, 'b')),
      () => disk.open(join(folder, 'a'), 'replace'),
      () => disk.remove(join(folder, 'a')),
    ])
      expect(diagnosticMessage(change).replaceAll(folder, 'run')).toBe(message)
    release()
    expect(readdirSync(folder)).toEqual(['lock'])
  })
})
