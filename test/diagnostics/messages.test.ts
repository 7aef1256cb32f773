import { readdirSync } from 'node:fs'
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
