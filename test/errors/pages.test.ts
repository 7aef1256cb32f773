import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { messages, subjects } from '../../src/diagnostics/messages/index.ts'
import { renderDiagnostics } from '../../src/diagnostics/render.ts'
import { checkFile } from '../../src/disk/check-file.ts'
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

/** The spec of an example, checked with the files that its page shows. */
function checked({ files }: Example): { codes: readonly string[]; text: string } {
  const { diagnostics, sources } = checkFile('spec.distill', { reader: (path) => files[path] })
  return {
    codes: diagnostics.map(({ code }) => code),
    text: renderDiagnostics(diagnostics, sources, { color: false }),
  }
}

describe('the examples', () => {
  const pages = codes.map(readPage)

  it('are on every page but those of what no spec shows, which name the test of their code', () => {
    const without = pages.filter(({ examples }) => examples.length === 0)
    expect(without.map(({ code }) => code)).toEqual([
      'E0953',
      'E0954',
      'E0955',
      'E1009',
      'E1010',
      'E1011',
      'E1021',
      'E1022',
      'E1024',
      'E1122',
      'E1123',
      'E1124',
      'E1125',
      'E1126',
      'E1127',
      'E1129',
      'E1131',
    ])
    for (const { code, introduction } of without) {
      const [, test = ''] =
        introduction.match(/^No spec shows this .*; `(test\/.+\.test\.ts)` tests it\.$/m) ?? []
      expect(readFileSync(test, 'utf8')).toMatch(new RegExp(`toThrow\\(\\s*/${code}`))
    }
  })

  // Examples with commands are run by test/cli/error-pages.test.ts.
  const ofSpecs = pages.filter(
    ({ examples }) => examples.length > 0 && examples.every(({ commands }) => commands.length === 0),
  )

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
