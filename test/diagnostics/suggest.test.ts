import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { editDistance, suggest } from '../../src/diagnostics/suggest.ts'

describe('did you mean', () => {
  const names = ['hidden_size', 'hidden_dropout', 'heads', 'layers', 'activation', 'T', 'S']

  it.each([
    ['hiden_size', 'hidden_size'],
    ['hidden_szie', 'hidden_size'],
    ['Layers', 'layers'],
    ['layres', 'layers'],
    ['head', 'heads'],
    ['activaton', 'activation'],
    ['t', 'T'],
  ])('for %s says %s', (name, expected) => {
    expect(suggest(name, names)).toBe(expected)
  })

  it.each(['vocabulary', 'x', 'epsilon', 'hid'])('for %s says nothing', (name) => {
    expect(suggest(name, names)).toBeUndefined()
  })

  it('never says the name itself, and takes the first of equals', () => {
    expect(suggest('heads', ['heads'])).toBeUndefined()
    expect(suggest('cat', ['bat', 'hat'])).toBe('bat')
  })
})

describe('the edit distance', () => {
  it.each([
    ['', 'abc', 3],
    ['abc', 'abc', 0],
    ['abc', 'acb', 1],
    ['abc', 'abd', 1],
    ['abc', 'ab', 1],
    ['kitten', 'sitting', 3],
    ['studnet', 'student', 1],
  ])('of %s and %s is %i', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance)
  })

  it('is symmetric, zero only for equals, and capped without being changed below the cap', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 8 })
    fc.assert(
      fc.property(word, word, fc.integer({ min: 0, max: 8 }), (a, b, limit) => {
        const distance = editDistance(a, b)
        expect(editDistance(b, a)).toBe(distance)
        expect(distance === 0).toBe(a === b)
        expect(editDistance(a, b, limit)).toBe(Math.min(distance, limit + 1))
      }),
    )
  })
})
