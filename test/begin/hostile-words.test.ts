/** Labels, columns, files and folders with control characters, quotes and braces: the spec checks, and keeps them. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { beginSpec } from '../../src/begin/begin.ts'
import { checkSpec } from '../../src/library/check.ts'
import { explain } from '../../src/library/index.ts'
import { machine } from './fixtures.ts'

const hostile = 'a"b\\{task}\u001b]0;x\u0007\u202e'

const root = mkdtempSync(path.join(tmpdir(), `distill-{hostile}"\u001b\n`))
afterAll(() => rmSync(root, { recursive: true }))

/** The labels that explain tells of the spec. */
async function begun(from: string) {
  const spec = path.join(root, 'my.distill')
  const { text } = await beginSpec(path.join(root, from), spec, {
    ...{ recipe: 'plain', minutes: 5, time: async () => machine },
  })
  writeFileSync(spec, text)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: none may stand in the spec
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/)
  expect((await checkSpec(spec)).diagnostics).toEqual([])
  return (await explain(spec)).labels?.map(({ labels }) => labels)
}

const texts = Array.from({ length: 60 }, (_, i) => `a text of words, number ${i}`)

describe('a spec begun from hostile words', () => {
  it('of a table keeps columns and labels', async () => {
    const rows = texts.map((text, i) => JSON.stringify({ [hostile]: i % 2 ? hostile : 'other', text }))
    writeFileSync(path.join(root, `${hostile}.jsonl`), rows.join('\n'))
    expect(await begun(`${hostile}.jsonl`)).toEqual([[hostile, 'other']])
  })

  it('of a folder for each class keeps the folders', async () => {
    for (const [i, text] of texts.entries()) {
      const folder = path.join(root, 'folders', i % 2 ? hostile : 'other')
      mkdirSync(folder, { recursive: true })
      writeFileSync(path.join(folder, `${i}.txt`), text)
    }
    expect(await begun('folders')).toEqual([[hostile, 'other']])
  })
})
