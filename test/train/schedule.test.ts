import { describe, expect, it } from 'vitest'
import type { Term, TermOperation } from '../../src/check/tensor-term.ts'
import { termFacts } from '../../src/check/term-facts.ts'
import { evaluateScalar, momentAt, rateAt } from '../../src/train/schedule.ts'

let next = 0
const term = (operation: TermOperation, ...inputs: Term[]): Term => ({
  id: next++,
  operation,
  inputs,
  axes: [],
  type: 'real',
  facts: termFacts(operation, inputs, []),
  span: { file: 'test', start: 0, end: 0 },
})
const number = (value: number): Term => term({ op: 'number', value })
const named = (name: 'progress' | 'step' | 'epoch'): Term => term({ op: 'schedule', name })

describe('momentAt', () => {
  it('counts from 0, never reaches 1, and floors the epoch', () => {
    expect(momentAt(0, 10, 4)).toEqual({ step: 0, progress: 0, epoch: 0 })
    expect(momentAt(9, 10, 4)).toEqual({ step: 9, progress: 0.9, epoch: 2 })
    expect(momentAt(3, 10, 0)).toEqual({ step: 3, progress: 0.3, epoch: 0 })
  })
})

describe('rateAt', () => {
  const rates = (warmup: number): number[] =>
    Array.from({ length: 10 }, (_, step) =>
      rateAt({ kind: 'linear', rate: 1, warmup }, momentAt(step, 10, 10)),
    )

  it('linear without warm-up falls from the rate to the last tenth of it', () => {
    expect(rates(0).map((r) => Number(r.toFixed(9)))).toEqual([
      1, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1,
    ])
  })
  it('linear with warm-up is that of get_linear_schedule_with_warmup(optimizer, 2, 10)', () => {
    const published = Array.from({ length: 10 }, (_, step) => (step < 2 ? step / 2 : (10 - step) / (10 - 2)))
    rates(0.2).forEach((rate, step) => {
      expect(rate).toBeCloseTo(published[step] ?? Number.NaN, 12)
    })
  })
  it('constant stays', () => {
    expect(rateAt({ kind: 'constant', rate: 5e-5 }, momentAt(7, 10, 10))).toBe(5e-5)
  })
  it('an expression reads progress, step and epoch', () => {
    // 1e-3 * (if progress < 0.5 then 1 else 0.5^epoch) + step
    const rate = term(
      { op: 'binary', name: '+' },
      term(
        { op: 'binary', name: '*' },
        number(1e-3),
        term(
          { op: 'select' },
          term({ op: 'compare', name: '<' }, named('progress'), number(0.5)),
          number(1),
          term({ op: 'binary', name: '^' }, number(0.5), named('epoch')),
        ),
      ),
      named('step'),
    )
    const at = (step: number): number => rateAt({ kind: 'expression', term: rate }, momentAt(step, 8, 2))
    expect(at(1)).toBeCloseTo(1e-3 + 1, 12)
    expect(at(6)).toBeCloseTo(1e-3 * 0.5 ** 3 + 6, 12)
  })
  it('refuses what is not a scalar of the moment', () => {
    expect(() => evaluateScalar(term({ op: 'input', name: 'tokens' }), momentAt(0, 1, 1))).toThrow(/input/)
  })
})
