/** The pages that tests run in: modules and threads as on a site that sets the headers for them. */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { standingOf } from '../required.ts'
import { openPage } from './chromium.ts'
import { serve } from './server.ts'

const standing = await standingOf('chromium')

describe.skipIf(standing.kind === 'skipped')('a page on localhost', () => {
  it('imports modules of a folder, and has shared memory', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'distill-page-'))
    writeFileSync(join(folder, 'one.mjs'), 'export const one = 1')
    const site = await serve({ files: folder })
    const { run, close } = await openPage(site.address)
    try {
      expect(
        await run(`
          const module = await import('/files/one.mjs')
          const missing = await fetch('/files/two.mjs')
          const outside = await fetch('/files/..%2f..%2fetc/passwd')
          return [module.one, missing.status, outside.status, crossOriginIsolated]
        `),
      ).toEqual([1, 404, 404, true])
    } finally {
      await close()
      site.close()
    }
  })
})
