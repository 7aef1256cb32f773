/** Ranks of both MPIs add up gradients that have empty rows: the bits of a sum in one process. */
import { spawnSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { standingOf } from '../required.ts'
import { describeStanding } from '../run/describe-standing.ts'
import { type Launcher, launching } from './ranks.ts'

const rank = new URL('exchange-rank.ts', import.meta.url).pathname
const launchers: readonly Launcher[] = ['openmpi', 'mpich']
for (const launcher of launchers)
  describeStanding(`gradients of ranks of ${launcher}`, await standingOf(launcher), () => {
    it.each([
      [2, 'compiled'],
      [3, 'compiled'],
      [4, 'compiled'],
      [2, 'interpreted'],
      [3, 'interpreted'],
    ])('%i of them, by the %s loop', (ranks, loop) => {
      const [program = '', ...words] = [...launching[launcher], '-n', `${ranks}`, process.execPath]
      const { status, stderr } = spawnSync(program, [...words, '--import', 'tsx', rank], {
        encoding: 'utf8',
        env: loop === 'compiled' ? process.env : { ...process.env, CC: 'no-compiler' },
      })
      expect(status, stderr).toBe(0)
    })
  })
