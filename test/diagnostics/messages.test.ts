import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { messages } from '../../src/diagnostics/messages/index.ts'

describe('the messages', () => {
  const files = readdirSync(new URL('../../src/diagnostics/messages', import.meta.url))
    .filter((name) => /^E\d{4}\.ts$/.test(name))
    .map((name) => name.slice(0, 5))

  it('are all in the index, in the order of their codes, each under its own', () => {
    expect(Object.keys(messages)).toEqual([...files].sort())
    for (const [code, message] of Object.entries(messages)) expect(message.code).toBe(code)
  })

  // Each stands in the code that reports it and in a test, a golden text or a wrong spec.
  const root = new URL('../..', import.meta.url).pathname
  const codesIn = (folder: string, left: string): Set<string> => {
    const paths = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .map((path) => join(folder, path))
      .filter((path) => /\.(ts|txt|distill)$/.test(path) && !path.startsWith(left))
    return new Set(paths.flatMap((path) => readFileSync(join(root, path), 'utf8').match(/E\d{4}\b/g) ?? []))
  }

  it('are all reported by somebody', () => {
    const reported = codesIn('src', 'src/diagnostics/messages')
    expect(Object.keys(messages).filter((code) => !reported.has(code))).toEqual([])
  })

  it('are all met by a test', () => {
    const met = codesIn('test', 'test/diagnostics/messages')
    expect(Object.keys(messages).filter((code) => !met.has(code))).toEqual([])
  })

  it('are all explained', () => {
    const bare = Object.values(messages).filter(({ explanation }) => explanation.length < 60)
    expect(bare.map(({ code }) => code)).toEqual([])
  })

  it.each(Object.values(messages).map(({ code, title }) => [code, title]))(
    '%s has a title without a full stop',
    (_, title) => {
      expect(title).toMatch(/[^.]$/)
    },
  )

  const aboutSpecs = Object.values(messages).filter(({ code }) => code < 'E09')

  it.each(aboutSpecs.map(({ code, explanation }) => [code, explanation]))(
    '%s, a mistake of a spec, is explained with an example',
    (_, explanation) => {
      expect(explanation).toMatch(/\n {4}\S/)
    },
  )
})
