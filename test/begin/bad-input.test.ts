import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { beginSpec } from '../../src/begin/begin.ts'
import { DiagnosticError } from '../../src/diagnostics/diagnostic.ts'
import { machine } from './fixtures.ts'

const root = mkdtempSync(path.join(tmpdir(), 'distill-bad-'))
afterAll(() => rmSync(root, { recursive: true }))
const write = (name: string, content: string | Buffer): string => {
  writeFileSync(path.join(root, name), content)
  return path.join(root, name)
}

/** The one error about a file, or the remarks of its spec. */
async function saidOf(file: string): Promise<string[]> {
  const remarks: string[] = []
  try {
    await beginSpec(file, path.join(root, 'x.distill'), {
      recipe: 'plain',
      minutes: 5,
      time: async () => machine,
      found: (_, notes) => remarks.push(...notes),
    })
  } catch (error) {
    if (!(error instanceof DiagnosticError)) throw error
    return error.diagnostics.map(({ code, message, help }) =>
      `${code} ${message} | ${help}`.replaceAll(`${root}/`, ''),
    )
  }
  return remarks
}

const good = Array.from(
  { length: 30 },
  (_, i) => [`a text of words, number ${i}`, i % 2 ? 'a' : 'b'] as const,
)
const table = (rows: readonly (readonly string[])[], sign = '\t'): string =>
  rows.map((row) => `${row.join(sign)}\n`).join('')

describe('data from which no spec can be made', () => {
  it.each([
    ['empty.tsv', '', /^E0806 `empty.tsv` has no examples: the file is empty/],
    ['spaces.txt', ' \n\n', /^E0806 `spaces.txt` has no examples: it has no text/],
    ['header.tsv', 'text\tlabel\n', /^E0806 `header.tsv` has no examples: there is nothing below the header/],
    [
      'sheet.csv',
      Buffer.from('PK\x03\x04rest'),
      /^E0932 `sheet.csv` is a ZIP file or a spreadsheet \| unpack it, or save the sheet as CSV/,
    ],
    ['zeros.txt', Buffer.from('ab\0cd\n'), /^E0932 `zeros.txt` is a binary file: it has zero bytes/],
    [
      'wide.txt',
      Buffer.from('\ufeffab\n', 'utf16le'),
      /^E0932 `wide.txt` is UTF-16 text \| convert it: iconv -f UTF-16/,
    ],
    ['broken.tsv.gz', Buffer.from('no gzip'), /^E0807 broken.tsv.gz: it cannot be unpacked as gzip/],
    [
      'delimiter.csv',
      table([['text', 'label'], ...good.map(([text, label]) => [text.replace(',', ''), label])], ';'),
      /^E0933 `delimiter.csv` has one column: its lines contain semicolons.*\| .*tr ';' '\\t' < delimiter.csv > delimiter.tsv$/,
    ],
    [
      'latin.tsv',
      Buffer.concat([
        Buffer.from('text\tlabel\na fine film\tgood\nein sch'),
        Buffer.from([0xf6]),
        Buffer.from('ner Film\tgood\n'),
      ]),
      /^E0934 latin.tsv:3: the byte 0xF6 is not UTF-8 \| if the file is Latin-1, convert it: iconv -f LATIN1 -t UTF-8 latin.tsv > latin-utf8.tsv/,
    ],
    [
      'numbers.csv',
      'a,b\n1.5,2\n2.5,3\n3.5,2\n',
      /^E0935 no column of `numbers.csv` looks like texts: they hold numbers/,
    ],
    [
      'million.tsv',
      table([
        ['text', 'label'],
        ...Array.from({ length: 6000 }, (_, i) => [`a text of words ${i}`, `class-${i}`]),
      ]),
      /^E0936 column `label` of `million.tsv` has 6,000 different labels in 6,000 rows \| .*\n.*--label none/,
    ],
    [
      'one.tsv',
      table([['text', 'label'], ...good.map(([text]) => [text, 'a'])]),
      /^E0937 column `label` of `one.tsv` is `a` in all 30 rows/,
    ],
    [
      'missing.tsv',
      table([['text', 'label'], ...good, ['a text without a label', '']]),
      /^E0938 missing.tsv:32: the label is empty in column `label`, in this row alone/,
    ],
    [
      'same.tsv',
      table([
        ['text', 'label'],
        ['a text', 'a'],
        ['a text', 'a'],
      ]),
      /^E093[79] /,
    ],
    ['same.txt', 'a line\na line\n', /^E0939 all 2 examples of `same.txt` are the same/],
    [
      'ragged.tsv',
      'text\tlabel\na text\tgood\tmore\n',
      /^E0803 ragged.tsv:2: 3 fields where the header has 2/,
    ],
    [
      'ids.jsonl',
      '{"tokens":["a","b"],"tags":[0,1]}\n{"tokens":["c"],"tags":[0]}\n',
      /^E0941 column `tags` of `ids.jsonl` has numbers for tags/,
    ],
  ])('%s', async (name, content, message) => {
    const said = await saidOf(write(name, content))
    expect(said).toEqual([expect.stringMatching(message)])
  })

  it.each([
    [
      'a class alone',
      { 'pos/1.txt': 'a film' },
      /^E0943 `a class alone` has one folder of texts, `pos` \| the name of a folder/,
    ],
    [
      'no class',
      { 'unsup/1.txt': 'a film' },
      /^E0943 `no class` has no folder of labelled texts; unsup has no labels by its name/,
    ],
    [
      'no texts',
      { 'pos/1.png': '', 'neg/2.png': '' },
      /^E0806 `no texts` has no examples: the folder has no files/,
    ],
    [
      'an empty text',
      { 'pos/1.txt': 'a film', 'neg/2.txt': '' },
      /^E0806 `an empty text\/neg\/2.txt` has no examples: the file is empty/,
    ],
    [
      'another encoding',
      { 'pos/1.txt': 'a film', 'neg/2.txt': Buffer.from([0x66, 0xfc, 0x72]) },
      /^E0934 another encoding\/neg\/2.txt:1: the byte 0xFC is not UTF-8/,
    ],
  ] as const)('folders of texts: %s', async (name, files, message) => {
    for (const [file, content] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(root, name, file)), { recursive: true })
      write(path.join(name, file), content)
    }
    expect(await saidOf(path.join(root, name))).toEqual([expect.stringMatching(message)])
  })

  it('a path at which nothing is', async () => {
    expect(await saidOf(path.join(root, 'nothing.tsv'))).toEqual([
      expect.stringMatching(/^E0942 there is no file or folder `nothing.tsv` \| give your data after --from/),
    ])
  })

  it('folders of texts beside other files', async () => {
    const files = {
      'neg/1.txt': 'a dull film',
      'pos/2.txt': 'a fine film',
      'other/x.png': '',
      'urls.txt': 'x',
    }
    for (const [file, content] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(root, 'beside', file)), { recursive: true })
      write(path.join('beside', file), content)
    }
    expect(await saidOf(path.join(root, 'beside'))).toEqual([
      'no files of texts, so no class: other',
      'not used, because no class has it: urls.txt',
      '2 classes have fewer than 5 examples: too few to be learned',
    ])
  })

  it('what can be used is, with a remark', async () => {
    expect(await saidOf(write('tabs.csv', table([['text', 'label'], ...good])))).toEqual([
      'tabs.csv: the fields are separated by tabs, so the spec says format = tsv',
    ])
    const twice = [...good, ...good]
    expect(await saidOf(write('twice.tsv', table([['text', 'label'], ...twice])))).toEqual([
      '30 rows of 60 repeat an earlier one exactly',
    ])
    const holes = [...good.map((row) => [...row, '']), ['', 'a', '']]
    expect(await saidOf(write('holes.tsv', table([['text', 'label', 'remark'], ...holes])))).toEqual([
      'empty in every row, so not used: `remark`',
      'column `text` is empty in 1 row: remove them, or train on empty texts',
    ])
    const rare = [...good, ['one more text of words', 'c']]
    expect(await saidOf(write('rare.tsv', table([['text', 'label'], ...rare])))).toEqual([
      '1 class has fewer than 5 examples: too few to be learned',
    ])
  })
})
