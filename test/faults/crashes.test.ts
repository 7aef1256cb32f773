import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { casesOf, nameOf, problemOf, type Subject, sampled, undisturbed } from './crash-cases.ts'
import { specIn } from './simulated-run.ts'

const root = mkdtempSync(join(tmpdir(), 'crashes-'))
afterAll(() => rmSync(root, { recursive: true }))

describe('a run that fails at a file operation', { timeout: 300_000 }, () => {
  let whole: Awaited<ReturnType<typeof undisturbed>>
  const subject: Subject = { program: specIn(join(root, 'spec')), backend: 'cpu' }
  beforeAll(async () => {
    whole = await undisturbed(subject)
  })
  /** Those with a problem, in a sample of the cases that pass a filter. */
  const problems = async (kinds: readonly string[], count: number): Promise<string[]> => {
    const cases = casesOf(whole.operations).filter(({ how }) => kinds.includes(how.kind))
    const found: string[] = []
    for (const one of sampled(cases, count, 7)) {
      const problem = await problemOf([one], subject, whole.left)
      if (problem !== undefined) found.push(`${nameOf(one)}: ${problem}`)
    }
    return found
  }

  it('leaves what every kind of file needs', () => {
    expect(whole.left.weights.size).toBe(7)
    expect(whole.left.log.length).toBeGreaterThan(20)
    expect(whole.left.names.filter((name) => /partial|lock|frozen|augmentation|\/$/.test(name))).toEqual([])
  })
  it('killed, or in the middle of a write: continues to the same weights and the same log', async () => {
    expect(await problems(['killed', 'torn'], 5)).toEqual([])
  })
  it('by a power failure: the same', async () => {
    expect(await problems(['power'], 5)).toEqual([])
  })
  it('by a full or sick disk: one clear error, and the same', async () => {
    expect(await problems(['errno'], 7)).toEqual([])
  })
  it('several times', async () => {
    const cases = casesOf(whole.operations).filter(({ how }) => how.kind !== 'errno')
    expect(await problemOf(sampled(cases, 3, 5), subject, whole.left)).toBeUndefined()
  })
})
