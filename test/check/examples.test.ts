import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Term } from '../../src/check/tensor-term.ts'
import { reachable } from '../../src/check/term-reads.ts'
import { checkFile } from '../../src/disk/check-file.ts'

/** Every spec that is meant to be right is right, and its terms keep what the other stages rely on. */
const folders = ['specs', 'test/fixtures/examples']
const specs = folders.flatMap((folder) =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.distill'))
    .map((file) => join(folder, file)),
)

describe('right specs', () => {
  test.each(specs)('%s', (file) => {
    const { program, diagnostics } = checkFile(file)
    expect(diagnostics).toEqual([])
    if (!program) throw new Error('no program')
    const terms = new Set<Term>()
    for (const { taps } of program.instances.values()) for (const tap of taps.values()) terms.add(tap)
    for (const stage of program.stages) for (const term of reachable(stage.minimize)) terms.add(term)
    for (const { id, inputs } of terms) for (const input of inputs) expect(input.id).toBeLessThan(id)
    for (const { minimize } of program.stages) expect(minimize.axes).toEqual([])
  })
})
