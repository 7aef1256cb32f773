import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { messages, subjects } from '../../src/diagnostics/messages/index.ts'
import { parseSource } from '../../src/syntax/build-ast.ts'
import { type Example, pagesFolder, readPage } from './page.ts'

/** The pages of the error codes: `distill check --explain CODE` prints them, and what they show is so. */
const codes = messages.map(({ code }) => code)

describe('docs/errors', () => {
  it('has a page for each code, and no other', () => {
    const pages = readdirSync(pagesFolder).filter((file) => file !== 'README.md')
    expect(pages.sort()).toEqual(codes.map((code) => `${code}.md`))
  })

  it.each(messages.map(({ code, title }) => [code, title]))(
    '%s has the title of its message',
    (code, title) => {
      expect(readPage(code).title).toBe(title)
      expect(title).toMatch(/[^.]$/)
    },
  )

  // `npx vitest run test/errors -u` writes the list anew.
  it('has an index by subject', async () => {
    const path = join(pagesFolder, 'README.md')
    const [introduction = ''] = readFileSync(path, 'utf8').split(/^(?=## The codes$)/m)
    const lists = Object.entries(subjects).map(([name, subject]) => {
      const own = messages.filter((message) =>
        Object.values(subject).some((one) => one.code === message.code),
      )
      return [
        `### ${name.replaceAll('-', ' ')}`,
        '',
        ...own.map(({ code, title }) => `- [${code}](${code}.md): ${title}`),
      ].join('\n')
    })
    await expect(`${introduction}## The codes\n\n${lists.join('\n\n')}\n`).toMatchFileSnapshot(path)
  })
})

describe('the examples', () => {
  /** Too long to be shown: test/check/limits.test.ts goes over these limits. */
  const long = new Set(['E0086', 'E0087', 'E0088'])
  const syntax = codes.filter((code) => code.startsWith('E00') && !long.has(code))
  const found = (example: Example | undefined) =>
    parseSource('spec.distill', example?.files['spec.distill'] ?? '').diagnostics.map(({ code }) => code)

  it.each(syntax)('%s fails and passes as its page says', (code) => {
    const [fails, ...passes] = readPage(code).examples
    expect(found(fails)).toContain(code)
    expect(passes.map(found)).toEqual([[]])
  })
})
