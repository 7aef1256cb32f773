import { describe, expect, it } from 'vitest'
import { largeSpecs } from '../../bench/large-specs.ts'
import { checkFile } from '../../src/disk/check-file.ts'
import { growth, linear } from '../growth.ts'

/** Checking is linear in whatever a spec may have many of. */
const sizes: Readonly<Record<keyof typeof largeSpecs, number>> = {
  layers: 24,
  'lines of paths': 24,
  'shared layers': 48,
  terms: 250,
  'terms of a sum': 750,
  losses: 200,
  withs: 75,
  stages: 100,
  'members of a family': 100,
  defs: 200,
  heads: 100,
  'data blocks': 100,
  'data blocks, the last first': 45,
  models: 50,
  students: 50,
  settings: 1000,
  labels: 1000,
  mistakes: 150,
  comments: 2000,
}

describe('check is linear in the number of', () => {
  it.each(Object.entries(sizes))('%s', { timeout: 120_000, retry: 2 }, (name, size) => {
    const make = largeSpecs[name as keyof typeof largeSpecs]
    const [few, many] = [make(size), make(4 * size)]
    const check = (spec: string) =>
      checkFile('spec.distill', { reader: (path) => (path === 'spec.distill' ? spec : undefined) })
    const diagnostics = [few, many].flatMap((spec) => check(spec).diagnostics)
    if (name !== 'mistakes') expect(diagnostics).toEqual([])
    expect(
      growth(
        () => check(few),
        () => check(many),
        0.005,
      ),
    ).toBeLessThan(linear)
  })
})
