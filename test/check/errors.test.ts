import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { messages } from '../../src/diagnostics/messages/index.ts'
import { renderDiagnostics } from '../../src/diagnostics/render.ts'
import { checkFile } from '../../src/disk/check-file.ts'

/**
 * Wrong specs that reach a code on another path than the page of the code shows: each file is named after its code and that path. What a person sees
 * stands under test/golden/errors. Where the code is a
 * warning's there is no error, and the spec is a program.
 */
const folder = join(import.meta.dirname, '../errors')
const golden = join(import.meta.dirname, '../golden/errors')
const files = readdirSync(folder).filter((file) => file.endsWith('.distill'))

describe('wrong specs', () => {
  for (const file of files) {
    test(file, async () => {
      const { program, diagnostics, sources } = checkFile(join('test/errors', file))
      expect(diagnostics.map(({ code }) => code)).toContain(file.slice(0, 5))
      expect(
        diagnostics.every(({ code, severity }) => severity !== 'error' || code === file.slice(0, 5)),
      ).toBe(true)
      const warned =
        Object.values(messages).find(({ code }) => code === file.slice(0, 5))?.severity === 'warning'
      expect(program !== undefined).toBe(warned)
      const text = renderDiagnostics(diagnostics, sources, { color: false })
      await expect(text).toMatchFileSnapshot(join(golden, file.replace('.distill', '.txt')))
    })
  }
})
