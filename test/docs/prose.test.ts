import { describe, expect, it } from 'vitest'
import { pages, read, sentences, wordsIn } from './prose.ts'

describe('sentences', () => {
  it('are found without code, tables, headings and the marks of lists', () => {
    const page = [
      '# A heading of words',
      'One `a b c` sentence. Another [of a link](x.md), 2.5 words',
      'long! And a third',
      '',
      '- An item',
      '- `code` begins this one: and *goes* further',
      '| a | table |',
      '```sh',
      'some code. And more',
      '```',
      '   ```ts',
      '   code in a list',
      '   ```',
      '',
      '    indented code. And more',
    ].join('\n')
    expect(sentences(page)).toEqual([
      'One code sentence.',
      'Another of a link, 2.5 words long!',
      'And a third',
      'An item',
      'code begins this one: and goes further',
    ])
  })

  it('are counted by words, dashes and signs apart', () => {
    expect(wordsIn('Two words - and three + 4 more.')).toBe(6)
  })
})

describe.each(pages)('%s', (path) => {
  const found = sentences(read(path))

  it('has sentences of at most 20 words on average', () => {
    const words = found.reduce((sum, sentence) => sum + wordsIn(sentence), 0)
    expect(words / Math.max(1, found.length)).toBeLessThanOrEqual(20)
  })

  it('has no sentence of more than 40 words', () => {
    expect(found.filter((sentence) => wordsIn(sentence) > 40)).toEqual([])
  })
})
