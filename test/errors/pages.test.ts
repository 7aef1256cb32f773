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

/** The spec of an example, checked with the files that its page shows. */
function checked({ files }: Example): { codes: readonly string[]; text: string } {
  const { diagnostics, sources } = checkFile('spec.distill', { reader: (path) => files[path] })
  return {
    codes: diagnostics.map(({ code }) => code),
    text: renderDiagnostics(diagnostics, sources, { color: false }),
  }
}

describe('the examples', () => {
  /** Codes that no page can show, and the tests that meet them: they need a GPU, another processor, a file that no text says, or a very long text. */
  const elsewhere: Readonly<Record<string, string>> = {
    E0086: 'check/limits.test.ts',
    E0087: 'check/limits.test.ts',
    E0088: 'check/limits.test.ts',
    E0187: 'check/limits.test.ts',
    E0188: 'check/limits.test.ts',
    E0189: 'check/limits.test.ts',
    E0818: 'data/parquet-lists.test.ts',
    E0830: 'train/run.test.ts',
    E0905: 'weights/safetensors.test.ts',
    E0909: 'weights/pytorch.test.ts',
    E1007: 'train/precision.test.ts',
    E1010: 'backends/webgpu.test.ts',
    E1011: 'backends/webgpu.test.ts',
    E1120: 'cli/commands.test.ts',
  }
  const pages = codes.map(readPage)

  it('are on every page but those of codes that another test meets', () => {
    const without = pages.filter(({ examples }) => examples.length === 0).map(({ code }) => code)
    expect(without).toEqual(Object.keys(elsewhere))
    for (const [code, file] of Object.entries(elsewhere))
      expect(readFileSync(join(import.meta.dirname, '..', file), 'utf8')).toContain(code)
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
