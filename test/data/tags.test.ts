import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { readConll, type TagSource } from '../../src/data/read-tags.ts'
import { diagnosticMessage } from '../diagnostic-message.ts'
import { span } from './blocks.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'distill-tags-'))
afterAll(() => rmSync(folder, { recursive: true }))

const tagsOf = (...labels: string[]): TagSource => ({
  kind: 'tags',
  column: 'tags',
  labels,
  scheme: 'bio',
  span,
})

describe('CoNLL files', () => {
  const source = tagsOf('O', 'NN', 'CD')
  let count = 0
  const read = (...lines: readonly string[]): string[] => {
    const place = path.join(folder, `${count++}.conll`)
    writeFileSync(place, `${lines.join('\n')}\n`)
    return readConll(place, source, span).map(({ line, words, tags }) =>
      [line, ...words.map((word, i) => `${word}/${source.labels?.[tags?.[i] ?? -1]}`)].join(' '),
    )
  }

  it('have `#` as a word, first or inside a sentence, whatever parts the columns', () => {
    expect(read('# NN O', '1 CD CD', '', 'is NN O', '# NN NN', '5 CD CD')).toEqual([
      '1 #/O 1/CD',
      '4 is/O #/NN 5/CD',
    ])
    expect(read('#\tO', '1\tCD', '', 'is\tO', '#\tNN')).toEqual(['1 #/O 1/CD', '4 is/O #/NN'])
    expect(read('# O', '#tag O')).toEqual(['1 #/O #tag/O'])
  })
  it('have comments before the first word of a sentence, of another number of columns', () => {
    expect(read('# newdoc', '# text = is it', 'is NN O', '', '# text = it', 'it NN O')).toEqual([
      '3 is/O',
      '6 it/O',
    ])
    // Two fields in a file whose two columns are parted by tabs.
    expect(read('# one', 'is\tO', '', '-DOCSTART-\tO', '', '# two', 'it\tO')).toEqual(['2 is/O', '7 it/O'])
    expect(diagnosticMessage(() => read('# newdoc', '# text = it'))).toMatch(/^E0806: .* it holds no words/)
  })
  it('tell of a comment inside a sentence, or one that may be a word, instead of passing over it', () => {
    expect(diagnosticMessage(() => read('is NN O', '# a comment', 'it NN O'))).toMatch(
      /^E0804: .*:2: `comment` is not one of the labels/,
    )
    expect(diagnosticMessage(() => read('# newdoc', 'is O'))).toMatch(/^E0804: .*:1: `newdoc` is not/)
  })
})
