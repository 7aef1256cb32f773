import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { fileLimits } from '../../src/files/limits.ts'

it('docs/limits.md states the limits of files', () => {
  const rows = readFileSync('docs/limits.md', 'utf8').matchAll(/^\| `(\w+)` \| ([\d,]+) \| .*E\d{4}/gm)
  const stated = Object.fromEntries(
    [...rows].map(([, name, most]) => [name, Number(most?.replaceAll(',', ''))]),
  )
  expect(stated).toEqual(fileLimits)
})
