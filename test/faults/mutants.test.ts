import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { Draws } from './mutants/draws.ts'
import { formats } from './mutants/file-formats.ts'
import { tryContent } from './mutants/file-target.ts'
import { type Finding, runRounds, type Target } from './mutants/rounds.ts'
import { specMutant } from './mutants/spec-mutant.ts'
import { trySpec } from './mutants/spec-target.ts'

const folder = mkdtempSync(join(tmpdir(), 'distill-mutants-test-'))
afterAll(() => rmSync(folder, { recursive: true }))
const seeds = new URL('seeds/', import.meta.url).pathname

describe('mutants', () => {
  // Long rounds: bench/faults/mutate-specs.ts and mutate-files.ts; their figures are in docs/reliability.md.
  it.each<[Target, number]>([
    ['specs', 60],
    ['files', 1500],
  ])('of %s neither crash nor hang', { timeout: 300_000 }, async (target, count) => {
    const findings: Finding[] = []
    await runRounds({ target, from: 0, to: count, found: (finding) => findings.push(finding) })
    expect(findings.filter(({ problem }) => !problem.endsWith('s of a processor'))).toEqual([])
  })

  it('are made again by their number', () => {
    expect(specMutant(new Draws(7))).toBe(specMutant(new Draws(7)))
    expect(specMutant(new Draws(7))).not.toBe(specMutant(new Draws(8)))
  })

  it('that were defects are kept: each seed is read or refused', () => {
    for (const name of readdirSync(seeds)) {
      const content = readFileSync(join(seeds, name))
      if (name.endsWith('.distill')) {
        trySpec(content.toString(), true, new Map())
        continue
      }
      const format = formats.find((one) => one.name.endsWith(name.slice(name.lastIndexOf('.'))))
      if (format === undefined) throw new Error(`no format reads ${name}`)
      tryContent(format, content, join(folder, 'seed'))
    }
  })
})
