import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { lexedTokens, reservedWords } from '../../grammar/tokens.ts'

const text = readFileSync(new URL('../../grammar/distill.tmLanguage.json', import.meta.url), 'utf8')

/** All values of the keys that hold regular expressions, and all included names. */
function collect(node: unknown, keys: readonly string[]): string[] {
  if (Array.isArray(node)) return node.flatMap((item) => collect(item, keys))
  if (typeof node !== 'object' || node === null) return []
  return Object.entries(node).flatMap(([key, value]) =>
    keys.includes(key) && typeof value === 'string' ? [value] : collect(value, keys),
  )
}

describe('the TextMate grammar', () => {
  const grammar: unknown = JSON.parse(text)
  const patterns = collect(grammar, ['match', 'begin', 'end'])

  it('has regular expressions only', () => {
    expect(patterns.length).toBeGreaterThan(20)
    for (const pattern of patterns) expect(() => new RegExp(pattern), pattern).not.toThrow()
  })

  it('includes only what it has', () => {
    const names = Object.keys((grammar as { repository: Record<string, unknown> }).repository)
    for (const name of collect(grammar, ['include'])) expect(names).toContain(name.slice(1))
  })

  it('knows every word of the language', () => {
    const words = lexedTokens.flatMap(({ PATTERN }) =>
      typeof PATTERN === 'string' && /^[a-z]/.test(PATTERN) ? [PATTERN] : [],
    )
    expect(words.length).toBeGreaterThan(reservedWords.length)
    const known = new Set(
      patterns
        .join(' ')
        .replace(/\\[a-z]/g, ' ')
        .match(/[a-z]+/g),
    )
    // `epochs?` stands for two words.
    for (const word of words) expect(known.has(word) || known.has(`${word}s`), word).toBe(true)
  })
})
