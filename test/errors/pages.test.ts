import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { checkFile } from '../../src/check/check.ts'
import { messages, subjects } from '../../src/diagnostics/messages/index.ts'
import { renderDiagnostics } from '../../src/diagnostics/render.ts'
import { type Example, pagesFolder, readPage } from './page.ts'

/** The pages of the error codes: `distill check --explain CODE` prints them, and what they show is so. */
const golden = join(import.meta.dirname, '../golden/errors')
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

describe('the examples', () => {
  // What only a run finds out has pages too, whose commands are not run yet.
  const ofRuns = new Set([
    ...Object.entries(subjects)
      .filter(([name]) =>
        /^(data-files|tokenizers|weights|transformers|runs|backends|command-line)$/.test(name),
      )
      .flatMap(([, subject]) => Object.values(subject).map(({ code }) => code)),
    ...['E0106', 'E0108', 'E0511', 'E0731', 'E0732', 'E0733', 'E0862'],
  ])
  const ofSpecs = codes.filter((code) => !ofRuns.has(code)).map(readPage)

  it.each(ofSpecs.map((page) => [page.code, page] as const))(
    '%s: fails and passes as its page says',
    async (code, page) => {
      const [fails, ...passes] = page.examples
      if (fails?.heading !== 'Fails' || passes.length === 0)
        throw new Error(`${code}.md needs an example of each kind`)
      const failed = checked(fails)
      await expect(failed.text).toMatchFileSnapshot(join(golden, `${code}.txt`))
      expect(failed.codes).toEqual([code])
      for (const example of passes) {
        expect(example.heading).toMatch(/^Passes/)
        expect(checked(example).text).toBe('')
      }
    },
  )
})
