import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { pipeline } from '../../src/optimize/pipeline.ts'

it('docs/optimizations.md has a row for each pass, in the order of the pipeline, and a place for the measured tables', () => {
  const text = readFileSync(new URL('../../docs/optimizations.md', import.meta.url), 'utf8')
  const [table = ''] = text.split('\n## ')
  const rows = [...table.matchAll(/^\| `([\w-]+)` \|/gm)].map(([, name]) => name)
  expect(rows).toEqual([...new Set(pipeline.map(({ name }) => name))])
  expect(text).toMatch(/<!-- measured -->[\s\S]*<!-- end -->/)
})
