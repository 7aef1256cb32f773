import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkFile } from '../../src/disk/check-file.ts'

/** Whatever a person has half typed, the checker answers with diagnostics at places that exist, and never throws. */
const text = readFileSync('test/fixtures/examples/preln.distill', 'utf8')
const spec = `${text}
import { soften, pkd } from "std/losses.distill"
head feed(x, n, act = relu) { up = linear(x, n), output = linear(act(up), hidden_size) }
head task(labels) { pooled = mean(output, over = token), logits = linear(pooled, labels, axis = class) }
model wide = preln with { hidden_size = 16, setting more = feed(output, 8), without norm, output = layer[layers].output }
teacher T : preln { heads { task = task(3) } }
student S : wide { heads { task = task(3) } }
map g : wide -> preln = m -> m
projection W : wide.hidden_size -> preln.hidden_size = tanh
def close(s, t) = sum m in 1..S.layers { mse(W(s.hidden[m]), t.hidden[g(m)]) per (token) where any within example }
loss taught = soften(S.task.logits, T.task.logits, temperature = 4 - progress)
loss near(s, t) = close(s, t) + pkd(W(s.hidden[1]), t.hidden[2])
stage one { minimize taught + 2 * near(S, T), optimizer = adamw(rate = 1e-3) }
`
const words = spec.match(/[A-Za-z_]\w*'?|\d[\w.%]*|"[^"\n]*"|\s+|\/\/[^\n]*|[^\sA-Za-z0-9]/g) ?? []
const odd = [
  '0',
  '-1',
  'none',
  'S',
  'T.task',
  '1..3',
  '[1, 2]',
  'x -> x(x)',
  'size',
  'step',
  'batch',
  '1e12',
  'without',
  "token'",
]

/** What a word is put into, over and over. */
const around: Readonly<Record<string, readonly [string, string]>> = {
  brackets: ['(', ')'],
  lists: ['[', ']'],
  calls: ['close(', ', T)'],
  doubling: ['close(S, ', ') + 1'],
  heads: ['feed(', ', 8)'],
  signs: ['- ', ''],
  conditions: ['if 1 < 2 then 3 else ', ''],
  functions: ['x -> ', ''],
  members: ['', '.first'],
  powers: ['', ' ^ 2'],
  sums: ['', ' + 1'],
  binders: ['sum k in 1..9 { ', ' }'],
}
const large = ['10^9', '1..10^9', '1e300', '1 / 0', '9_999', '1..9_999', '-10^9']

function enlarged(change: { how: string; at: number; length: number; times: number }): string {
  const { how, at, length, times } = change
  const taken = words.slice(at, at + length).join('')
  const [before, after] = around[how] ?? ['', '']
  const middle =
    how === 'repeat'
      ? taken.repeat(times)
      : large.includes(how)
        ? how
        : `${before.repeat(times)}${taken}${after.repeat(times)}`
  return [...words.slice(0, at), middle, ...words.slice(at + length)].join('')
}

function checked(broken: string) {
  return checkFile('spec.distill', { reader: (path) => (path === 'spec.distill' ? broken : undefined) })
}

describe('broken specs', () => {
  test('the unbroken one is right', () => {
    expect(checked(spec).diagnostics).toEqual([])
  })
  test('are answered, not crashed on', () => {
    const edit = fc.record({
      at: fc.nat(words.length - 1),
      to: fc.oneof(fc.constant(''), fc.constantFrom(...words), fc.constantFrom(...odd)),
    })
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), (edits) => {
        const changed = [...words]
        for (const { at, to } of edits) changed[at] = to
        const { program, diagnostics, sources } = checked(changed.join(''))
        expect(program === undefined).toBe(diagnostics.some(({ severity }) => severity === 'error'))
        for (const { span, message } of diagnostics) {
          expect(message).not.toMatch(/undefined|\[object/)
          const length = span ? (sources.get(span.file)?.length ?? -1) : 0
          if (span) expect(span.start >= 0 && span.start <= span.end && span.end <= length + 1).toBe(true)
        }
      }),
      { numRuns: 120, seed: 20 },
    )
  })
  test('are answered soon where something is repeated, nested or made large', () => {
    const at = fc.nat(words.length - 1)
    const times = fc.constantFrom(3, 60, 3000)
    const change = fc.oneof(
      fc.record({ how: fc.constant('repeat'), at, length: fc.integer({ min: 1, max: 30 }), times }),
      fc.record({ how: fc.constantFrom(...Object.keys(around)), at, length: fc.constant(1), times }),
      fc.record({ how: fc.constantFrom(...large), at, length: fc.constant(1), times: fc.constant(1) }),
    )
    fc.assert(
      fc.property(change, (one) => {
        const text = enlarged(one)
        const start = process.cpuUsage()
        const { program, diagnostics } = checked(text)
        const { user, system } = process.cpuUsage(start)
        expect(program === undefined).toBe(diagnostics.some(({ severity }) => severity === 'error'))
        // A wide bound: what it is to catch takes hours or all memory.
        expect((user + system) / 1e6).toBeLessThan(15)
      }),
      { numRuns: 100, seed: 21 },
    )
  })
  test('a declaration that cannot be read is one error', () => {
    const { diagnostics } = checked(spec.replace('model wide = preln', 'model wide preln'))
    expect(diagnostics.map(({ code }) => code)).toEqual(['E0001'])
  })
})
