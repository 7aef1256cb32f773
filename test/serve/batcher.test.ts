/** What arrives together is one batch, and one bad text fails no other. */
import { describe, expect, it } from 'vitest'
import type { Text } from '../../src/library/load.ts'
import { Batcher } from '../../src/serve/batcher.ts'

/** Records the batches; refuses texts that say so. */
function recorder(options = { together: 4, waiting: 10 }) {
  const batches: (readonly Text[])[] = []
  const batcher = new Batcher<string>(async (texts) => {
    batches.push(texts)
    if (texts.includes('bad')) throw new Error('unreadable')
    return texts.map((text) => `${text}!`)
  }, options)
  return { batches, batcher }
}

describe('texts of several requests', () => {
  it('that arrive together are one batch', async () => {
    const { batches, batcher } = recorder()
    const answers = await Promise.all([batcher.ask(['a', 'b']), batcher.ask(['c'])])
    expect(answers).toEqual([['a!', 'b!'], ['c!']])
    expect(batches).toEqual([['a', 'b', 'c']])
  })

  it('that arrive during a batch are the next one, never larger than allowed', async () => {
    const { batches, batcher } = recorder()
    const first = batcher.ask(['a'])
    await new Promise((turn) => setImmediate(turn))
    const later = Promise.all([batcher.ask(['b', 'c', 'd']), batcher.ask(['e', 'f'])])
    await first
    expect(await later).toEqual([
      ['b!', 'c!', 'd!'],
      ['e!', 'f!'],
    ])
    expect(batches).toEqual([['a'], ['b', 'c', 'd', 'e'], ['f']])
  })

  it('are answered each by itself where one of a batch cannot be read', async () => {
    const { batcher } = recorder()
    const outcomes = await Promise.allSettled([
      batcher.ask(['a']),
      batcher.ask(['bad', 'b']),
      batcher.ask(['c']),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(await batcher.ask(['d'])).toEqual(['d!'])
  })

  it('are not computed once nobody waits for them', async () => {
    const { batches, batcher } = recorder()
    void batcher.ask(['gone'], () => true)
    expect(await batcher.ask(['a'])).toEqual(['a!'])
    expect(batches).toEqual([['a']])
  })

  it('wait only up to a limit', () => {
    const { batcher } = recorder({ together: 1, waiting: 2 })
    expect(batcher.hasRoom(3)).toBe(false)
    void batcher.ask(['a', 'b'])
    expect([batcher.waiting, batcher.hasRoom(1)]).toEqual([2, false])
  })

  it('of an empty request have no answers', async () => {
    expect(await recorder().batcher.ask([])).toEqual([])
  })
})
