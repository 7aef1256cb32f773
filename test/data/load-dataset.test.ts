import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import type { DataSpec } from '../../src/check/program.ts'
import { makeBatch } from '../../src/data/batching.ts'
import type { Example } from '../../src/data/dataset.ts'
import { findFiles } from '../../src/data/find-files.ts'
import { countPieces, loadDataset } from '../../src/data/load-dataset.ts'
import { missingFiles } from '../../src/data/read-texts.ts'
import { openTokenizers } from '../../src/data/vocabularies.ts'
import { DiagnosticError } from '../../src/diagnostics/diagnostic.ts'
import { block, classes, file, files, programOf, span, unusedStage } from './blocks.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'distill-data-'))
afterAll(() => rmSync(folder, { recursive: true }))

function write(name: string, text: string): string {
  const place = path.join(folder, name)
  mkdirSync(path.dirname(place), { recursive: true })
  writeFileSync(place, text)
  return place
}

const load = (spec: DataSpec) => loadDataset(programOf(spec), spec.name)

function words(examples: readonly Example[] | undefined, pieces: readonly string[]): readonly string[] {
  return (examples ?? []).map((example) => Array.from(example.tokens, (id) => pieces[id]).join(' '))
}

describe('tables', () => {
  const rows = 'sentence\tlabel\na "fine film\tgood\n\nan awful, film\tbad\r\n'

  it('are read alike from TSV, CSV and JSON lines', () => {
    const tsv = write('a/t.tsv', `\uFEFF${rows}`)
    const csv = write('a/t.csv', 'sentence,label\n"a ""fine film",good\n\n"an awful, film",bad\n')
    const jsonl = write(
      'a/t.jsonl',
      '{"sentence": "a \\"fine film", "label": "good"}\n\n{"label": "bad", "sentence": "an awful, film"}\n',
    )
    const sets = [tsv, csv, jsonl].map((place) =>
      load(block({ name: 'd', train: files(place), label: classes('bad', 'good') })),
    )
    for (const set of sets) {
      expect(set.labels).toEqual(['bad', 'good'])
      expect(set.splits.get('train')?.map((example) => example.label)).toEqual([1, 0])
      expect(set.vocabulary.identity).toBe(sets[0]?.vocabulary.identity)
      expect(set.splits.get('train')?.map((e) => [...e.tokens])).toEqual(
        sets[0]?.splits.get('train')?.map((e) => [...e.tokens]),
      )
    }
    expect(sets.map((set) => set.splits.get('train')?.map((example) => example.line))).toEqual([
      [2, 4],
      [2, 4],
      [1, 3],
    ])
  })

  it('give the lines of rows that hold line ends', () => {
    const csv = write('a/lines.csv', 'sentence,label\n"one\ntwo",bad\nthree,bad\n')
    const set = load(block({ name: 'd', train: files(csv), label: classes('bad') }))
    expect(set.splits.get('train')?.map((example) => example.line)).toEqual([2, 4])
  })

  it('number labels', () => {
    const tsv = write('a/n.tsv', 'sentence\tscore\nok\t-2.5\nfine\t1e-1\n')
    const set = load(
      block({ name: 'd', train: files(tsv), label: { kind: 'number', column: 'score', span } }),
    )
    expect(set.splits.get('train')?.map((example) => example.label)).toEqual([-2.5, 0.1])
    expect(set.labels).toBeUndefined()
  })

  it('tables without a header, whose columns the block names', () => {
    const label = classes('0', '1')
    const columns = ['source', 'label', 'sentence']
    const tsv = write('a/c.tsv', 'gj04\t1\tok ok\nbc01\t0\tok\n')
    const csv = write('a/c.csv', 'gj04,1,ok ok\nbc01,0,ok\n')
    for (const place of [tsv, csv]) {
      const set = load(block({ name: 'd', train: files(place), label, columns }))
      const examples = set.splits.get('train') ?? []
      expect(examples.map((example) => [example.label, example.line, example.tokens.length])).toEqual([
        [1, 1, 4],
        [0, 2, 3],
      ])
    }
  })
  it('labels listed in a file', () => {
    const tsv = write('a/f.tsv', 'sentence\tlabel\nok\tb\n')
    const names = write('a/labels.txt', 'a\nb\n')
    const label = { kind: 'class', column: 'label', file: file(names), span } as const
    const set = load(block({ name: 'd', train: files(tsv), label }))
    expect([set.labels, set.splits.get('train')?.[0]?.label]).toEqual([['a', 'b'], 1])
  })

  it('pairs: segments 0 and 1, the longer text cut first', () => {
    const tsv = write('a/p.tsv', 'p\th\nx x x x x x\ty y\nx x x x\ty y y y y\nx\ty\n')
    const text = { kind: 'pair', columns: ['p', 'h'], span } as const
    const { splits, vocabulary } = load(block({ name: 'd', train: files(tsv), text, maxLength: 9 }))
    expect(words(splits.get('train'), vocabulary.pieces)).toEqual([
      '[CLS] x x x x [SEP] y y [SEP]',
      '[CLS] x x x [SEP] y y y [SEP]',
      '[CLS] x [SEP] y [SEP]',
    ])
    expect(splits.get('train')?.map((example) => example.segments.join(''))).toEqual([
      '000000111',
      '000001111',
      '00011',
    ])
    expect(splits.get('train')?.[2]?.firstPiece.join('')).toBe('01010')
  })
})

describe('raw text', () => {
  const text = 'one two three\nfour\n\n \nfive six seven eight nine\n'

  it('lines are texts; long ones are cut into blocks', () => {
    const place = write('raw/a.txt', text)
    const { splits, vocabulary } = load(
      block({
        name: 'd',
        train: files(place),
        text: { kind: 'lines' },
        maxLength: 5,
        tokenizer: wordpiece(80),
      }),
    )
    const examples = splits.get('train')
    const all = words(examples, vocabulary.pieces)
      .join(' ')
      .replaceAll(/\[CLS\] | \[SEP\]/g, '')
      .replaceAll(' ##', '')
    expect(all).toBe('one two three four five six seven eight nine')
    expect(examples?.every((example) => example.tokens.length <= 5)).toBe(true)
    expect(new Set(examples?.map((example) => example.line))).toEqual(new Set([1, 2, 5]))
    expect(examples?.map((example) => example.id)).toEqual(examples?.map((_, i) => i))
  })

  it('documents are packed, and blocks do not cross them', () => {
    const place = write('raw/b.txt', 'a b\nc d e\n\nf\n')
    const { splits, vocabulary } = load(
      block({ name: 'd', train: files(place), text: { kind: 'documents' }, maxLength: 6 }),
    )
    expect(words(splits.get('train'), vocabulary.pieces)).toEqual([
      '[CLS] a b c d [SEP]',
      '[CLS] e [SEP]',
      '[CLS] f [SEP]',
    ])
  })

  it('counts pieces', () => {
    const place = write('raw/c.txt', 'a a b\n')
    const { splits, vocabulary } = load(block({ name: 'd', train: files(place), text: { kind: 'lines' } }))
    const counts = countPieces(splits.get('train') ?? [], vocabulary.pieces.length)
    expect(['a', 'b', '[CLS]', '[MASK]'].map((piece) => counts[vocabulary.pieces.indexOf(piece)])).toEqual([
      2, 1, 1, 0,
    ])
  })

  const wordpiece = (size: number) => ({ kind: 'wordpiece', size, lowercase: true, data: 'd', span }) as const
})

describe('sentence order', () => {
  const sentences = Array.from({ length: 40 }, (_, i) => `s${i} a b c`)
  const place = write('order/a.txt', `${sentences.join('\n')}\n\nalone\n\none two three\n`)
  const spec = block({ name: 'd', train: files(place), text: { kind: 'documents' }, maxLength: 24 })
  const stage = { data: 'd', targets: new Map([['order', span]]) }
  const read = () => loadDataset({ ...programOf(spec), stages: [{ ...unusedStage, ...stage }] }, 'd')

  it('documents become pairs, about half of them swapped', () => {
    const { splits, vocabulary } = read()
    const examples = splits.get('train') ?? []
    const texts = words(examples, vocabulary.pieces)
    expect(examples.every((example) => example.tokens.length <= 24 && example.segments.at(-1) === 1)).toBe(
      true,
    )
    const number = (text: string): number => Number(text.replaceAll(' ##', '').match(/s(\d+)/)?.[1])
    for (const [i, example] of examples.slice(0, -1).entries()) {
      const [first = '', second = ''] = (texts[i] ?? '').split('[SEP]')
      const rises = number(second) > number(first)
      if (/s\d/.test(first) && /s\d/.test(second)) expect(rises).toBe(example.order === 0)
    }
    const swapped = examples.filter((example) => example.order === 1).length / examples.length
    expect(swapped).toBeGreaterThan(0.2)
    expect(swapped).toBeLessThan(0.8)
    // A document of one piece gives no pair; of one line, it is parted at a word.
    expect(texts.some((text) => text.includes('alone'))).toBe(false)
    expect(examples.at(-1)?.tokens.length).toBeGreaterThan(5)
  })

  it('the same each time, and in batches', () => {
    const [a, b] = [read(), read()].map((set) =>
      set.splits.get('train')?.map((example) => [...example.tokens]),
    )
    expect(a).toEqual(b)
    const { splits, vocabulary } = read()
    const examples = (splits.get('train') ?? []).slice(0, 4)
    const batch = makeBatch(examples, vocabulary, { pad: 'longest', maxLength: 24 })
    const order = {
      dtype: 'i32',
      shape: [4],
      data: Int32Array.from(examples, (example) => example.order ?? -1),
    }
    expect(batch.inputs.get('batch.order')).toEqual(order)
  })

  it('blocks stay whole where no loss asks for the order', () => {
    expect(
      load(spec)
        .splits.get('train')
        ?.some((example) => example.order !== undefined),
    ).toBe(false)
  })
})

describe('word tags', () => {
  const tags = ['O', 'B-loc', 'I-loc']
  const label = { kind: 'tags', column: 'tags', labels: tags, scheme: 'bio', span } as const
  const text = { kind: 'column', column: 'tokens', span } as const

  it('stand at the first piece of each word', () => {
    const conll = write('tags/a.conll', "-DOCSTART-\tO\n\nIn\tO\nNew\tB-loc\nYork\tI-loc\n\t\ndon't\tO\n")
    const jsonl = write(
      'tags/a.jsonl',
      '{"tokens": ["In", "New", "York"], "tags": ["O", "B-loc", "I-loc"]}\n{"tokens": ["don\'t"], "tags": ["O"]}\n',
    )
    const tsv = write('tags/a.tsv', "tokens\ttags\nIn New York\tO B-loc I-loc\ndon't\tO\n")
    for (const place of [conll, jsonl, tsv]) {
      const { splits, vocabulary, labels } = load(
        block({ name: 'd', train: files(place), text, label, tokenizer: small }),
      )
      expect(labels).toEqual(tags)
      const [first, second] = splits.get('train') ?? []
      const at = (example: Example | undefined) =>
        Array.from(
          example?.tokens ?? [],
          (id, i) => `${vocabulary.pieces[id]} ${example?.firstPiece[i]} ${example?.tags?.[i]}`,
        )
      expect(at(first)).toEqual([
        ...['[CLS] 0 -100', 'i 1 0', '##n 0 -100', 'n 1 1', '##e 0 -100', '##w 0 -100'],
        ...['y 1 2', '##o 0 -100', '##r 0 -100', '##k 0 -100', '[SEP] 0 -100'],
      ])
      expect(at(second)).toEqual([
        '[CLS] 0 -100',
        'd 1 0',
        '##o 0 -100',
        '##n 0 -100',
        "' 0 -100",
        't 0 -100',
        '[SEP] 0 -100',
      ])
      const batch = makeBatch(splits.get('train') ?? [], vocabulary, { pad: 'longest', maxLength: 16 })
      expect(batch.inputs.get('batch.tags')?.shape).toEqual([2, 11])
      expect([...(batch.inputs.get('batch.tags')?.data.slice(11, 22) ?? [])]).toEqual([
        -100,
        0,
        ...Array(9).fill(-100),
      ])
    }
  })

  it('are cut off with their words', () => {
    const conll = write('tags/long.conll', 'ab O\n'.repeat(9))
    const spec = block({
      name: 'd',
      train: files(conll),
      text,
      label,
      tokenizer: { ...small, size: 7 },
      maxLength: 7,
    })
    const [example] = load(spec).splits.get('train') ?? []
    expect([...(example?.tags ?? [])]).toEqual([-100, 0, -100, 0, -100, 0, -100])
  })

  const small = { kind: 'wordpiece', size: 19, lowercase: true, data: 'd', span } as const
})

describe('files by pattern', () => {
  it('in alphabetical order', () => {
    for (const name of [
      'g/b.txt',
      'g/a.txt',
      'g/.hidden.txt',
      'g/a.tsv',
      'g/in/c.txt',
      'g/in/deep/d.txt',
      'g/[x].txt',
    ])
      write(name, 'x')
    const found = (pattern: string) =>
      findFiles(path.join(folder, pattern)).map((place) => path.relative(folder, place))
    expect(found('g/*.txt')).toEqual(['g/[x].txt', 'g/a.txt', 'g/b.txt'])
    expect(found('g/?.t*')).toEqual(['g/a.tsv', 'g/a.txt', 'g/b.txt'])
    expect(found('g/**/*.txt')).toEqual(['g/[x].txt', 'g/a.txt', 'g/b.txt', 'g/in/c.txt', 'g/in/deep/d.txt'])
    expect(found('*/in/*.txt')).toEqual(['g/in/c.txt'])
    expect(found('g/[x].txt')).toEqual(['g/[x].txt'])
    expect(found('g/in')).toEqual([])
    expect(found('none/*.txt')).toEqual([])
  })
})

describe('tokenizers', () => {
  it('are trained once for the blocks that share them, and kept', () => {
    const a = write('tok/a.tsv', 'sentence\nalpha beta\nalpha\n')
    const b = write('tok/b.tsv', 'sentence\ngamma\n')
    const shared = { kind: 'wordpiece', size: 60, lowercase: true, data: 'a', span } as const
    const program = programOf(
      block({ name: 'a', train: files(a), tokenizer: shared }),
      block({ name: 'b', train: files(b), tokenizer: shared }),
    )
    const kept = path.join(folder, 'tok/run')
    const tokenizers = openTokenizers(program, kept)
    const [first, second] = ['a', 'b'].map((name) => loadDataset(program, name, { tokenizers }))
    expect(second?.vocabulary).toBe(first?.vocabulary)
    // 'g' was never seen.
    expect([...(second?.splits.get('train')?.[0]?.tokens ?? [])]).toEqual([2, 1, 3])
    expect(readFileSync(path.join(kept, 'a/vocab.txt'), 'utf8').split('\n')[0]).toBe('[PAD]')
    rmSync(a)
    const again = openTokenizers(program, kept)
    expect(loadDataset(program, 'b', { tokenizers: again }).vocabulary.identity).toBe(
      first?.vocabulary.identity,
    )
  })
})

describe('mistakes', () => {
  const bad =
    (name: string, text: string, parts: Partial<DataSpec> = {}) =>
    () =>
      load(block({ name: 'd', train: files(write(`bad/${name}`, text)), ...parts }))
  const label = classes('negative', 'positive')
  const score = { kind: 'number', column: 'score', span } as const
  const folderOf = (name: string, files: Record<string, string>) => {
    for (const [file, text] of Object.entries(files)) write(`bad/${name}/${file}`, text)
    return { kind: 'folder', file: file(path.join(folder, 'bad', name)) } as const
  }
  const special = '[PAD]\n[UNK]\n[CLS]\n[SEP]\n'
  const good = 'sentence\nfine\n'
  const cases: readonly [string, () => unknown][] = [
    ['missing column', bad('c.tsv', 'sentense\tlabel\na\tpositive\n', { label })],
    ['a column twice', bad('ct.tsv', 'sentence\tsentence\tlabel\na\tb\tpositive\n', { label })],
    ['missing columns', bad('cc.tsv', 'text\tlable\na\tpositive\n', { label })],
    [
      'too few fields',
      bad('f.tsv', 'sentence\tlabel\nfine\tpositive\na fine film positive\n\nagain\n', { label }),
    ],
    ['too many fields', bad('m.csv', 'sentence,label\nno, thanks,negative\n', { label })],
    [
      'label outside the set',
      bad('l.tsv', 'sentence\tlabel\nfine\tpositive\nbad\tnegativ\nodd\tneutral\nso\tneutral\n', { label }),
    ],
    ['label outside the set, CSV', bad('l.csv', 'sentence,label\nfine,Positive\n', { label })],
    [
      'not a number',
      bad('n.tsv', 'sentence\tscore\nfine\t2\nbad\ttwo\nworse\t\nodd\t0x10\n', { label: score }),
    ],
    ['empty file', bad('e.tsv', '')],
    ['only a header', bad('h.tsv', 'sentence\tlabel\n')],
    ['no text', bad('r.txt', '\n \n', { text: { kind: 'lines' } })],
    ['open quote', bad('q.csv', 'sentence\n"fine\nbad\n')],
    ['quote inside', bad('qi.csv', 'sentence\nfine\n"so" what\n')],
    ['not JSON', bad('j.jsonl', '{"sentence": "a"}\n{"sentence": "b"\n[1]\n{"text": "c"}\n')],
    ['binary', bad('b.tsv', 'sentence\na\0b\n')],
    ['unknown format', bad('x.data', 'sentence\nfine\n')],
    [
      'missing files',
      () =>
        load(
          block({
            name: 'd',
            train: files(`${folder}/none.tsv`),
            test: files(`${folder}/none/*.tsv`),
            validation: files(`${folder}/a/t.tsv`),
          }),
        ),
    ],
    ['missing file', () => load(block({ name: 'd', train: files(`${folder}/none.tsv`) }))],
    ['no training text', () => load(block({ name: 'd', test: files(write('bad/only-test.tsv', good)) }))],
    [
      'small vocabulary',
      bad('v.tsv', 'sentence\nabcdefgh\n', {
        tokenizer: { kind: 'wordpiece', size: 10, lowercase: true, data: 'd', span },
      }),
    ],
    ['no tokenizer', bad('t1.tsv', good, { tokenizer: { kind: 'folder', file: file(`${folder}/none`) } })],
    [
      'folder without vocabulary',
      bad('t2.tsv', good, { tokenizer: folderOf('weights', { 'model.safetensors': '' }) }),
    ],
    ['no [MASK]', bad('t3.tsv', good, { tokenizer: folderOf('nomask', { 'vocab.txt': `${special}a\n` }) })],
    [
      'piece twice',
      bad('t4.tsv', good, { tokenizer: folderOf('twice', { 'vocab.txt': `${special}[MASK]\na\na\n` }) }),
    ],
    [
      'byte-pair tokenizer',
      bad('t5.tsv', good, {
        tokenizer: folderOf('bpe', { 'tokenizer.json': '{"model": {"type": "BPE", "vocab": {}}}' }),
      }),
    ],
    [
      'damaged tokenizer',
      bad('t6.tsv', good, { tokenizer: folderOf('cut', { 'tokenizer.json': '{"model": ' }) }),
    ],
  ]

  const tagLabel = {
    kind: 'tags',
    column: 'tags',
    labels: ['O', 'B-loc', 'I-loc'],
    scheme: 'bio',
    span,
  } as const
  const tokens = { kind: 'column', column: 'tokens', span } as const
  const moreCases: readonly [string, () => unknown][] = [
    ['unknown tag', bad('g.conll', 'In\tO\nYork\tB-lok\n\nParis\tloc\n', { label: tagLabel, text: tokens })],
    ['no tag', bad('g2.conll', 'In O\nYork\n', { label: tagLabel, text: tokens })],
    [
      'fewer tags',
      bad('g.jsonl', '{"tokens": ["a", "b"], "tags": ["O"]}\n', { label: tagLabel, text: tokens }),
    ],
    [
      'spans',
      bad('s.jsonl', '{"sentence": "a"}\n', { label: { kind: 'span', stride: 128, question: 64, span } }),
    ],
    ['parquet', bad('p.parquet', '', { format: 'parquet' })],
  ]

  it('name the file, the line, the column, what was read, and the remedy', async () => {
    const lines = [...cases, ...moreCases].map(([name, action]) => `${name}\n${textOf(action)}`)
    await expect(`${lines.join('\n')}`).toMatchFileSnapshot('../golden/data/mistakes.txt')
  })

  it('of several files are all told', () => {
    write('many/a.tsv', 'sentence\nfine\nbad\tx\n')
    write('many/b.tsv', '')
    const text = textOf(() => load(block({ name: 'd', train: files(path.join(folder, 'many/*.tsv')) })))
    expect(text).toContain('many/a.tsv:3')
    expect(text).toContain('many/b.tsv')
  })

  it('missing files of several blocks are found at once', () => {
    const specs = ['a', 'b'].map((name) => block({ name, train: files(`none/${name}.tsv`) }))
    expect(missingFiles(specs).map((reference) => reference.path)).toEqual(['none/a.tsv', 'none/b.tsv'])
  })

  it('whatever bytes a file holds, it is read or refused in words', () => {
    const pieces = [
      'sentence',
      'label',
      '\t',
      ',',
      '\n',
      '\r\n',
      '"',
      '{',
      '}',
      '[',
      ']',
      ':',
      'positive',
      '\u0000',
      '\uFEFF',
      'é',
      ' ',
      '{"sentence": "a", "label": "positive"}',
    ]
    const text = fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string({ unit: 'binary' })), {
      maxLength: 25,
    })
    const format = fc.constantFrom('tsv', 'csv', 'jsonl', 'conll', 'txt')
    let refused = 0
    let read = 0
    fc.assert(
      fc.property(text, format, fc.boolean(), (parts, extension, headed) => {
        const header = headed ? (extension === 'csv' ? 'sentence,label\n' : 'sentence\tlabel\n') : ''
        const place = write(`fuzz/f.${extension}`, header + parts.join(''))
        const tokenizer = { kind: 'wordpiece', size: 200, lowercase: true, data: 'd', span } as const
        try {
          load(
            block({
              name: 'd',
              train: files(place),
              tokenizer,
              ...(extension === 'txt' ? { text: { kind: 'lines' } } : { label }),
            }),
          )
          read++
        } catch (error) {
          expect(error).toBeInstanceOf(DiagnosticError)
          refused++
        }
      }),
      { numRuns: 200, seed: 3 },
    )
    expect([read, refused].every((count) => count > 20)).toBe(true)
  })

  function textOf(action: () => unknown): string {
    try {
      action()
    } catch (error) {
      if (!(error instanceof DiagnosticError)) throw error
      const parts = error.diagnostics.map((d) => `  ${d.code}: ${d.message}\n    help: ${d.help}\n`)
      return parts.join('').replaceAll(folder, '.')
    }
    throw new Error('nothing was thrown')
  }
})
