import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { helpOf } from './help.ts'
import { comments, pages, read, root, sources } from './prose.ts'

const glossary = 'docs/glossary.md'
const rows = [...read(glossary).matchAll(/^\| ([^|]+) \| ([^|]*) \|(?: ([^|]*) \|)?$/gm)]
const banned = rows.flatMap(([, , second = '', third]) =>
  [...(third ?? second).matchAll(/"([^"]+)"/g)].map(([, phrase = '']) => phrase),
)
const pattern = new RegExp(`(?<![\\w-])(?:${banned.join('|')})(?![\\w-])`, 'gi')

/** The banned phrases of a text, each with a few words around it; lines may break inside a phrase. */
function found(text: string): string[] {
  const line = text.replace(/\s+(?:\*|\/\/)?\s*/g, ' ')
  return [...line.matchAll(pattern)].map(({ index, 0: phrase }) =>
    line.slice(Math.max(0, index - 30), index + phrase.length + 30),
  )
}

const commands = readdirSync(join(root, 'src/cli/commands')).map((file) => file.replace('.ts', ''))

describe('docs/glossary.md', () => {
  it('lists its words in alphabetical order, each once', () => {
    for (const section of read(glossary).split('\n## ').slice(1, 4)) {
      const words = [...section.matchAll(/^\| ([^|]+) \|/gm)].map(([, word = '']) => word).slice(1)
      expect(words.filter((word) => !/^-+$/.test(word))).toEqual(
        words.filter((word) => !/^-+$/.test(word)).sort((a, b) => a.localeCompare(b)),
      )
    }
  })

  it('bans phrases, and finds them', () => {
    expect(banned).toContain('the way back')
    expect(found('values of\nthe way\nback')).toEqual(['values of the way back'])
    expect(found('* runs the way\n * back')).toHaveLength(1)
    expect(found('forbears')).toEqual([])
  })
})

describe('none of the banned phrases is in', () => {
  it.each(pages.filter((path) => path !== glossary))('%s', (path) => {
    expect(found(read(path))).toEqual([])
  })

  it.each(commands)('distill %s --help', async (name) => {
    expect(found(await helpOf(name))).toEqual([])
  })

  const messages = ['src/diagnostics/messages', 'docs/errors', 'std', 'specs'].flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((file) => /\.(?:ts|md|distill)$/.test(file))
      .map((file) => `${folder}/${file}`),
  )
  it.each(messages)('%s', (path) => {
    expect(found(read(path))).toEqual([])
  })

  it.each(sources)('comments of %s', (path) => {
    expect(found(comments(read(path)).join('\n'))).toEqual([])
  })
})
