/** How the ranks of a run are shown, from a small log. */
import { expect, it } from 'vitest'
import { readLog } from '../../src/report/gather/log.ts'
import { gatherRanks } from '../../src/report/gather/ranks.ts'
import { card } from '../../src/report/page/card.ts'
import { rankSection } from '../../src/report/page/ranks.ts'
import type { RunData } from '../../src/report/schema.ts'
import { rankLog } from './rank-log.ts'
import { synthetic } from './synthetic.ts'

const [run] = synthetic({ rows: 1, evaluations: 1, stages: 1 }).runs
if (!run) throw new Error('no run')
const shown = (ranks: RunData['ranks']): string => {
  const section = rankSection({ ...run, ranks })
  return section ? `${card(section).text.replaceAll('><', '>\n<')}\n` : ''
}

it('the section of four ranks, of which two went on', async () => {
  const ranks = gatherRanks({ log: readLog(rankLog) })
  expect(ranks.map((one) => [one.stage, one.steps, one.ranks.length])).toEqual([
    ['learn', 100, 4],
    ['learn', 50, 2],
  ])
  await expect(shown(ranks)).toMatchFileSnapshot('../golden/report/ranks.html')
})

it('one process has no such section', () => {
  expect(shown(gatherRanks({ log: readLog([]) }))).toBe('')
})

it('of many ranks the slowest are drawn, and the table has all', () => {
  const [first] = synthetic({ ranks: 40, stages: 1 }).runs
  const text = shown(first?.ranks ?? [])
  expect(text.match(/data-tip="rank /g)).toHaveLength(16)
  expect(text).toContain('data-tip="rank 2 on node1: computing 98%')
  expect(text.match(/scope="row"/g)).toHaveLength(40)
})
