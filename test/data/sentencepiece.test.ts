import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { loadTokenizer } from '../../src/data/tokenizer/load-tokenizer.ts'
import { expectedIds, modelBytes, writeFiles } from './sentencepiece-fixture.ts'

const root = mkdtempSync(path.join(tmpdir(), 'distill-sentencepiece-'))
afterAll(() => rmSync(root, { recursive: true }))
const at = (name: string): string => path.join(root, name)

const plain = loadTokenizer(writeFiles(at('plain'), { 'spiece.model': modelBytes() }))
const cased = loadTokenizer(
  writeFiles(at('cased'), {
    'spiece.model': modelBytes(),
    'tokenizer_config.json': '{"do_lower_case": false, "keep_accents": true, "remove_space": false}',
  }),
)

describe('against sentencepiece and the published code of ALBERT', () => {
  it('every id of every text is equal', () => {
    let ids = 0
    for (const { text, uncased } of expectedIds()) {
      const encoded = [...plain.encode(text)]
      expect(encoded, JSON.stringify(text)).toEqual(uncased)
      ids += encoded.length
    }
    expect(ids).toBeGreaterThan(3000)
  })
  it('also cased, with accents, and spaces left to the model', () => {
    for (const { text, cased: wanted } of expectedIds())
      expect([...cased.encode(text)], JSON.stringify(text)).toEqual(wanted)
  })
})
