import { describe, expect, it } from 'vitest'
import { comments, isProse, read, sentences, sources, wordsIn } from '../docs/prose.ts'

const bare = (line: string): string => line.replace(/^\s*(?:\/\*\*|\*|\/\/) */, '')

describe('comments', () => {
  it('are found in blocks and lines, without their marks', () => {
    const source = '/**\n * One. Two\n * words.\n */\nconst a = 1\n  /** Three. */\n  // Four\n  // words.\n'
    expect(comments(source)).toEqual(['One. Two\nwords.', 'Three.', 'Four\nwords.'])
  })
})

describe.each(sources)('comments of %s', (path) => {
  const text = read(path)

  it('are at most 110 columns wide', () => {
    const wide = text
      .split('\n')
      .filter((line) => line.length > 110 && /^\s*(?:\/\*\*|\* |\/\/)/.test(line) && isProse(bare(line)))
    expect(wide).toEqual([])
  })

  it('have no sentence of more than 40 words', () => {
    const found = comments(text).filter(isProse).flatMap(sentences)
    expect(found.filter((sentence) => wordsIn(sentence) > 40)).toEqual([])
  })
})
