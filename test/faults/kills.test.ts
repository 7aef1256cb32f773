/** A short round of bench/faults/kills.ts: real processes, killed at random moments and resumed. */
import { resolve } from 'node:path'
import { expect, it } from 'vitest'
import { killRounds } from '../../bench/faults/kills.ts'

it('a training that is killed again and again ends with the weights and the log of an undisturbed one', async () => {
  const { kills, failures } = await killRounds({ tool: resolve('dist/distill.js'), kills: 2, seed: 3 })
  expect(failures).toEqual([])
  expect(Object.values(kills).reduce((all, count) => all + count)).toBeGreaterThanOrEqual(2)
}, 240_000)
