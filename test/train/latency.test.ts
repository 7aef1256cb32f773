import { describe, expect, it } from 'vitest'
import { medianTimes } from '../../src/train/latency.ts'

/** A machine on which a run takes `ms`, and twice that after two thirds of a second: it has become hot. */
function machine() {
  let now = 0
  let last = ''
  const ran: string[] = []
  const run = (name: string, ms: number) => (): void => {
    ran.push(name)
    const hot = now > 667 ? 2 : 1
    // Behind another model the caches are cold.
    now += ms * hot * (last === name ? 1 : 1.5)
    last = name
  }
  return { run, ran, clock: () => now }
}

describe('the latency of several models', () => {
  it('is equal for equal ones, though the machine slows down and caches are cold behind another model', () => {
    const { run, clock, ran } = machine()
    const times = medianTimes(
      new Map([...'TAS'].map((name) => [name, run(name, name === 'T' ? 20 : 5)])),
      clock,
    )
    expect(times.get('A')).toBe(times.get('S'))
    expect(times.get('T')).toBe(4 * (times.get('A') ?? 0))
    expect(ran.slice(0, 12).join('')).toBe('TASTASTTAASS')
  })

  it('is the median of at least five rounds, and ends after two seconds or a hundred rounds', () => {
    const slow = machine()
    medianTimes(new Map([['T', slow.run('T', 1000)]]), slow.clock)
    expect(slow.ran).toHaveLength(2 + 2 * 5)
    const middle = machine()
    medianTimes(new Map([['T', middle.run('T', 20)]]), middle.clock)
    expect(middle.clock()).toBeLessThan(2100)
    const quick = machine()
    medianTimes(new Map([['T', quick.run('T', 0.001)]]), quick.clock)
    expect(quick.ran).toHaveLength(2 + 2 * 100)
  })

  it('is not there without models', () => {
    expect(medianTimes(new Map(), () => 0).size).toBe(0)
  })
})
