/** What the times of ranks mean, in words. */
import { describe, expect, it } from 'vitest'
import {
  type Balance,
  balanceLine,
  balancesOf,
  findingOf,
  lastBalance,
  type RankTimes,
  tokensPerSecond,
} from '../../src/train/ranks/balance.ts'
import { rankLog } from '../report/rank-log.ts'

type Times = readonly [computing: number, waiting: number, communicating: number]

const rankOf = ([computing, waiting, communicating]: Times, rank: number, host: string): RankTimes => ({
  rank,
  host,
  computing,
  waiting,
  communicating,
  parts: computing > 0.5 ? 2 : 0,
  examples: 100,
  tokens: 1000,
})
const balance = (...times: Times[]): Balance => ({
  stage: 'learn',
  steps: 10,
  ranks: times.map((one, rank) => rankOf(one, rank, `node${rank}`)),
})
const onOne = (...times: Times[]): Balance => ({
  ...balance(),
  ranks: times.map((one, rank) => rankOf(one, rank, 'node0')),
})

describe('the times of ranks mean', () => {
  it.each([
    [
      'that one is slow',
      balance([7.6, 2.1, 0.3], [7.5, 2.2, 0.3], [9.7, 0, 0.3], [7.4, 2.3, 0.3]),
      'Rank 2 (node2) is 29% slower than the others; they wait for it.',
    ],
    [
      'that one of two is',
      balance([5, 4.9, 0.1], [9.9, 0, 0.1]),
      'Rank 1 (node1) is 98% slower than the others; they wait for it.',
    ],
    [
      'that communication takes long',
      balance([7, 0.2, 2.8], [7.1, 0.1, 2.8]),
      '28% of a step is communication: fewer ranks or a faster network would lose less.',
    ],
    [
      'the same on one machine',
      onOne([7, 0.2, 2.8], [7.1, 0.1, 2.8]),
      '28% of a step is communication: fewer ranks would lose less.',
    ],
    [
      'that now one, now another is slow',
      balance([7.9, 2, 0.1], [8, 1.9, 0.1]),
      'Ranks wait for each other 20% of the time, but none is slower than the others on average.',
    ],
    [
      'that they are balanced',
      balance([9.5, 0.2, 0.3], [9.6, 0.1, 0.3]),
      'The ranks are balanced: they compute 96% of the time.',
    ],
    [
      'that one has no part',
      balance([9.5, 0.2, 0.3], [9.6, 0.1, 0.3], [0.1, 9.6, 0.3]),
      'Rank 2 computes nothing: the 4 parts of a batch are shared in equal blocks, so 2 ranks take as long.',
    ],
    [
      'that several have none',
      balance([9.6, 0.1, 0.3], [9.6, 0.1, 0.3], [0.1, 9.6, 0.3], [0.1, 9.6, 0.3]),
      'Ranks 2 and 3 compute nothing: the 4 parts of a batch are shared in equal blocks, so 2 ranks take as long.',
    ],
  ])('%s', (_, times, sentence) => {
    expect(findingOf(times)).toBe(sentence)
  })
})

it('one line for the terminal says all of it', () => {
  expect(balanceLine(balance([7.6, 2.1, 0.3], [7.5, 2.2, 0.3], [9.7, 0, 0.3]))).toBe(
    '3 ranks: 300 tok/s   3% communication   rank 2 (node2) is 28% slower than the others',
  )
  expect(balanceLine(balance([9, 0, 1], [9, 0, 1]))).toBe('2 ranks: 200 tok/s   10% communication')
  expect(balanceLine(balance([9, 0, 1], [9, 0, 1], [0, 9, 1]))).toBe(
    '3 ranks: 300 tok/s   10% communication   rank 2 computes nothing',
  )
})

it('lines of the same ranks are summed, and those of others are kept apart', () => {
  const all = balancesOf(rankLog)
  expect(all.map(({ steps, ranks }) => [steps, ranks.length])).toEqual([
    [100, 4],
    [50, 2],
  ])
  expect(all[0]?.ranks[3]).toMatchObject({ computing: 14.6, waiting: 4.4, examples: 1580 })
  expect(lastBalance(all)?.ranks).toHaveLength(2)
  expect(lastBalance([])).toBeUndefined()
  expect(Math.round(tokensPerSecond(all[0] ?? balance()))).toBe(6380)
})
