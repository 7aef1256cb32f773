/** A disk of 20 MB that fills while a run trains: told in one error, and resumed to the same bytes once there is room. */
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dataTable, smallSpec } from './small-spec.ts'

const skipped =
  process.platform === 'linux' && process.getuid?.() === 0 ? '' : ' (skipped: only root on Linux mounts one)'
const tool = resolve('dist/distill.js')
const home = mkdtempSync(join(tmpdir(), 'faults-disk-'))
const disk = join(home, 'disk')
const filler = join(disk, 'filler')

function distill(...words: string[]) {
  const env = { ...process.env, NO_COLOR: '1' }
  return spawnSync(process.execPath, [tool, ...words], { cwd: home, encoding: 'utf8', env })
}

const train = (out: string, ...more: string[]) =>
  distill('train', 'small.distill', '--backend', 'cpu', '--out', out, ...more)

const hashOf = (run: string): string =>
  createHash('sha256')
    .update(readFileSync(join(home, run, 'best/S.safetensors')))
    .digest('hex')

/** Leaves so many KiB. */
function fill(room: number): void {
  const { bavail, bsize } = statfsSync(disk)
  writeFileSync(filler, Buffer.alloc(bavail * bsize - room * 1024))
}

describe.skipIf(skipped !== '')(`a disk of 20 MB${skipped}`, () => {
  beforeAll(() => {
    mkdirSync(disk)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=20m,mode=700', 'tmpfs', disk])
    writeFileSync(join(home, 'small.distill'), smallSpec({ epochs: 2, hidden: 64 }))
    writeFileSync(join(home, 'train.tsv'), dataTable(64))
    expect(train('straight').status).toBe(0)
  })
  afterAll(() => {
    execFileSync('umount', ['-l', disk])
    rmSync(home, { recursive: true })
  })

  // before the first checkpoint, and in the second one: each has 490 KB
  it.each([600, 1000])(
    'that fills with %i KiB left: the same weights after a resume',
    (room) => {
      const run = `disk/run-${room}`
      fill(room)
      const { status, stderr } = train(run)
      expect(status).toBe(1)
      expect(stderr.match(/^error\[.*/gm)).toEqual([
        expect.stringMatching(/^error\[E0907\]: .*: the disk is full$/),
      ])
      expect(stderr).not.toContain('internal error')
      expect(existsSync(join(home, run, 'checkpoints/last.safetensors'))).toBe(room === 1000)
      rmSync(filler)
      expect(train(run, '--resume').status).toBe(0)
      expect(hashOf(run)).toBe(hashOf('straight'))
      // a report has no room either, and the old one stays
      const page = join(home, run, 'report.html')
      const { length } = existsSync(page) ? readFileSync(page) : { length: 0 }
      fill(0)
      const report = distill('report', run)
      expect([report.status, report.stderr]).toEqual([
        1,
        expect.stringMatching(/^error\[E0907\].*the disk is full/),
      ])
      expect(existsSync(page) ? readFileSync(page).length : 0).toBe(length)
      rmSync(filler)
    },
    240_000,
  )
})
