/** Before: NAME.graph. After: NAME.after.graph, the step that is left and, below it, what is run once an example. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ops } from '../../../src/graph/ops/index.ts'
import { parseGraph } from '../../../src/graph/parse.ts'
import { printGraph } from '../../../src/graph/print.ts'
import { verify } from '../../../src/graph/verify.ts'
import type { Caching, FrozenPart } from '../../../src/optimize/pass.ts'
import { hoistFrozen } from '../../../src/optimize/passes/hoist-frozen.ts'
import { passContext } from '../context.ts'

const folder = new URL('.', import.meta.url).pathname

function hoist(name: string, how: Partial<Caching> | 'one batch' = {}) {
  const before = parseGraph(readFileSync(join(folder, `${name}.graph`), 'utf8'), ops)
  const parts: FrozenPart[] = []
  const notes: string[] = []
  const caching: Caching = {
    fixedLength: false,
    masked: false,
    hoist: (part) => parts.push(part),
    ...(how === 'one batch' ? {} : how),
  }
  const context = {
    ...passContext(notes),
    frozen: (parameter: string) => parameter.startsWith('T.'),
    ...(how === 'one batch' ? {} : { caching }),
  }
  const after = hoistFrozen.run(before, context)
  verify(after, ops)
  expect(hoistFrozen.run(after, { ...context, note: () => {} })).toBe(after)
  return { before, after, part: parts[0], notes }
}

describe('hoist-frozen', () => {
  it.each([
    ['logits', 'computed once per example: T, 1 value of 12 bytes cached', [false]],
    // Read everywhere, where attended, in rows.
    ['hidden', 'computed once per example: T, 3 values of 98.3 kB cached', [true, false, false]],
    // What relations are made of is smaller than they are.
    ['relations', 'computed once per example: T, 1 value of 32.8 kB cached', [false]],
  ] as const)('on %s', async (name, note, padded) => {
    const { after, part, notes } = hoist(name)
    expect(notes).toEqual([note])
    expect(part?.models).toEqual(['T'])
    expect(part?.values.map((value) => value.padded)).toEqual(padded)
    const text = [after, ...(part ? [part.graph] : [])].map((graph) => printGraph(graph)).join('\n')
    await expect(text).toMatchFileSnapshot(join(folder, `${name}.after.graph`))
  })

  it.each([
    ['logits', 'one batch', []],
    ['logits', { masked: true }, ['computed in every step, because masks are new in each epoch: T']],
    ['logits', { epochs: 1 }, ['computed in every step, which is cheaper for 1 epoch: T']],
    ['dropout', {}, ['computed in every step, because of its dropout: T']],
  ] as const)('leaves %s alone: %j', (name, how, notes) => {
    const { before, after, part, notes: said } = hoist(name, how)
    expect(after).toBe(before)
    expect(part).toBe(undefined)
    expect(said).toEqual(notes)
  })

  it('acts from the second epoch on', () => {
    expect(hoist('logits', { epochs: 1.5 }).part?.values.length).toBe(1)
  })

  it('counts what it saves: of a step, for an example of full length', () => {
    const { before, after, part } = hoist('logits')
    // 128 tokens: lookups cost nothing; 64 x 64 products, bias, gelu, select, sum; mean, logits, temperature
    expect(part?.flops).toBe(128 * (2 * 64 * 64 + 64 + 3 * 64) + 64 + 2 * 64 * 3 + 3 + 3)
    expect(part?.identity).toBe(hoist('logits').part?.identity)
    expect(part?.identity).not.toBe(hoist('hidden').part?.identity)
    expect(after.nodes.length).toBeLessThan(before.nodes.length)
  })

  it('has no graph that no test reads', () => {
    const names = ['logits', 'hidden', 'relations'].flatMap((name) => [
      `${name}.graph`,
      `${name}.after.graph`,
    ])
    const files = readdirSync(folder).filter((file) => file.endsWith('.graph'))
    expect(files.sort()).toEqual([...names, 'dropout.graph'].sort())
  })
})
