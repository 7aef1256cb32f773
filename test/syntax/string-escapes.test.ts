/** What stands between the quotes of a string. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { quoted, stringPieces, stringValue, unknownEscapes } from '../../src/syntax/string-escapes.ts'

const inside = (text: string): string => quoted(text).slice(1, -1)

describe('strings', () => {
  it.each([
    ['a b', '"a b"'],
    ['"\\', '"\\"\\\\"'],
    ['a\nb\tc', '"a\\nb\\tc"'],
    ['{task} {1}', '"\\{task} {1}"'],
    ['\u001b[31m\u0000', '"\\u{1b}[31m\\u{0}"'],
    ['\u202eabc\u2028', '"\\u{202e}abc\\u{2028}"'],
    ['\ud800', '"\\u{d800}"'],
    ['ß 漢 😀', '"ß 漢 😀"'],
  ])('%j is written %s', (text, written) => {
    expect(quoted(text)).toBe(written)
    expect(stringPieces(inside(text))).toEqual([text])
  })

  it('any text is read as it was, without a hole', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'{}\\"nut1b \n\u001b\u0000\u202e\ud83d\ude00ä') }),
        (text) => {
          const pieces = stringPieces(inside(text))
          expect(pieces).toEqual(text === '' ? [] : [text])
          expect(unknownEscapes(quoted(text))).toEqual([])
        },
      ),
      { numRuns: 2000 },
    )
  })

  it('holes are names of settings, and braces of other things are plain', () => {
    const pieces = stringPieces('data/{task}/\\{task}/{m - 1}')
    expect(pieces).toEqual(['data/', { hole: 'task' }, '/{task}/{m - 1}'])
    expect(stringValue(pieces)).toBe('data/{task}/{task}/{m - 1}')
  })
})
