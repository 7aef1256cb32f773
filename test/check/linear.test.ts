import { describe, expect, it } from 'vitest'
import { largeSpecs } from '../../bench/large-specs.ts'
import { checkFile } from '../../src/check/check.ts'

/**
 * Checking is linear in whatever a spec may have many of. Four times as much may take six times as long (n^1.3), and half as long again on a busy machine:
 * quadratic is sixteen times. The least processor time of several runs counts, after one that warms up.
 */
const sizes: Readonly<Record<keyof typeof largeSpecs, number>> = {
  layers: 24,
  'lines of paths': 24,
  'shared layers': 48,
  terms: 400,
  'terms of a sum': 750,
  losses: 400,
  withs: 75,
  stages: 100,
  'members of a family': 100,
  defs: 400,
  heads: 100,
  'data blocks': 150,
  'data blocks, the last first': 45,
  models: 50,
  students: 50,
  settings: 1000,
  labels: 1000,
  mistakes: 150,
  comments: 2000,
}

function seconds(spec: string, runs: number): number {
  const times = Array.from({ length: runs }, () => {
    const start = process.cpuUsage()
    checkFile('spec.distill', { reader: (path) => (path === 'spec.distill' ? spec : undefined) })
    const { user, system } = process.cpuUsage(start)
    return (user + system) / 1e6
  })
  return Math.min(...times)
}

describe('check is linear in the number of', () => {
  it.each(Object.entries(sizes))('%s', { timeout: 120_000 }, (name, size) => {
    const make = largeSpecs[name as keyof typeof largeSpecs]
    const [few, many] = [make(size), make(4 * size)]
    const { diagnostics } = checkFile('spec.distill', {
      reader: (path) => (path === 'spec.distill' ? few : undefined),
    })
    if (name !== 'mistakes') expect(diagnostics).toEqual([])
    // What a run takes whatever its size is no growth.
    expect(seconds(many, 2)).toBeLessThan(9 * (seconds(few, 3) + 0.005))
  })
})
