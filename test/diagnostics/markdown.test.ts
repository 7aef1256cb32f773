/** Words of others in Markdown and in markup, read back by a parser of each. */
import fc from 'fast-check'
import { marked, type Token, type Tokens } from 'marked'
import { describe, expect, it } from 'vitest'
import { code, codeBlock, markdownText } from '../../src/diagnostics/markdown.ts'
import { inOneLine } from '../../src/diagnostics/terminal-text.ts'

/** Texts full of what begins markup, and of what ends a line or a cell. */
const pieces = [
  ...'`*_<>[]()|~&$#!\\+-=.:;@"\'{}%1 aB\t\n\r\u001b\u0085\u2028\u202e'.split(''),
  ...[
    '](x)',
    'https://x.y',
    'www.x.y',
    'a@b.cd',
    '<img onerror=e()>',
    '</script>',
    '-->',
    '&lt;',
    '---',
    '1. ',
  ],
]
const texts = fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((some) => some.join(''))
/** What a renderer shows of it: it drops spaces at the ends and joins those within. */
const seen = (text: string): string => inOneLine(text).trim()

function isTable(token: Token | undefined): token is Tokens.Table {
  return token?.type === 'table'
}

/** The text of tokens, if they are nothing else. */
function plainText(tokens: readonly Token[]): string {
  return tokens
    .map((token) => {
      if (token.type !== 'text' && token.type !== 'escape') return `<${token.type}>`
      return 'text' in token && typeof token.text === 'string' ? token.text : ''
    })
    .join('')
}

describe('words in Markdown', () => {
  it('are the same words in a cell, and the row keeps its cells', () => {
    fc.assert(
      fc.property(texts, texts, (one, other) => {
        const source = `| a | b |\n|---|---|\n| ${markdownText(one)} | ${markdownText(other)} |\n`
        const [table, ...more] = marked.lexer(source)
        if (!isTable(table)) throw new Error('no table')
        expect(more).toEqual([])
        expect(table.rows.map((row) => row.map((cell) => plainText(cell.tokens)))).toEqual([
          [seen(one), seen(other)],
        ])
      }),
      { numRuns: 3000 },
    )
  })
  it('are the same words in a paragraph, a list and a heading', () => {
    fc.assert(
      fc.property(texts, (text) => {
        if (seen(text) === '') return
        const html = (source: string): string => String(marked.parse(source)).trim()
        const shown = escapedText(seen(text))
        expect(html(markdownText(text))).toBe(`<p>${shown}</p>`)
        expect(html(`# ${markdownText(text)}`)).toBe(`<h1>${shown}</h1>`)
        expect(html(`- ${markdownText(text)}`).replaceAll('\n', '')).toBe(`<ul><li>${shown}</li></ul>`)
      }),
      { numRuns: 3000 },
    )
  })
  it('are code in their line, and a block ends where it should', () => {
    expect(code('spec.distill')).toBe('`spec.distill`')
    expect(code('a`b``c')).toBe('``` a`b``c ```')
    expect(code('a\n# <b>\u001b')).toBe('`a\\n# <b>\\u001b`')
    fc.assert(
      fc.property(texts, (text) => {
        const block = text.replaceAll(/[\r\t]/g, '')
        expect(marked.lexer(codeBlock(block)).map(({ type, raw }) => [type, raw])).toEqual([
          ['code', codeBlock(block)],
        ])
      }),
    )
  })
})

function escapedText(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  }
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '')
}
