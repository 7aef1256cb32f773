import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { loadTokenizer } from '../../src/data/tokenizer/load-tokenizer.ts'
import { sentencePieceTokenizer } from '../../src/data/tokenizer/sentencepiece.ts'
import type { Tokenizer } from '../../src/data/tokenizer/tokenizer.ts'
import { diagnosticMessage } from '../diagnostic-message.ts'
import {
  albertSpecials,
  expectedIds,
  modelBytes,
  type WrittenModel,
  type WrittenPiece,
  writeFiles,
  writtenModel,
} from './sentencepiece-fixture.ts'

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

const scores = { '▁': -2, a: -4, b: -4, ',': -4, '9': -4, '▁a': -3, ab: -3 }
const letters = Object.entries(scores).map(([piece, score]) => ({ piece, score }))
const ofModel = (model: Partial<WrittenModel>) =>
  loadTokenizer(
    writeFiles(at('made'), {
      'spiece.model': writtenModel({ pieces: [...albertSpecials, ...letters], ...model }),
    }),
  )
const texts = (tokenizer: Tokenizer, text: string): string[] =>
  [...tokenizer.encode(text)].map((id) => tokenizer.vocabulary.pieces[id] ?? '')

describe('pieces', () => {
  it('are those with the largest sum of scores', () => {
    expect(texts(ofModel({}), 'ab a')).toEqual(['▁', 'ab', '▁a'])
    const cheap = letters.map((one) => (one.piece === 'ab' ? { ...one, score: -20 } : one))
    expect(texts(ofModel({ pieces: [...albertSpecials, ...cheap] }), 'ab')).toEqual(['▁a', 'b'])
  })
  it('unknown characters next to each other are one unknown piece', () => {
    expect(texts(ofModel({}), 'axyzb')).toEqual(['▁a', '<unk>', 'b'])
  })
  it('a user-defined piece always wins, an unused one never comes', () => {
    const wins = { piece: 'ba', score: 0, type: 4 }
    const never = { piece: '▁ab', score: 0, type: 5 }
    expect(texts(ofModel({ pieces: [...albertSpecials, ...letters, wins, never] }), 'abab')).toEqual([
      '▁a',
      'ba',
      'b',
    ])
  })
  it('a comma behind a number is a piece of its own', () => {
    const joined = [
      { piece: '9,', score: 0 },
      { piece: '▁9,', score: 0 },
    ]
    expect(texts(ofModel({ pieces: [...albertSpecials, ...letters, ...joined] }), 'a9, 9,')).toEqual([
      '▁a',
      '9',
      ',',
      '▁',
      '9',
      ',',
    ])
  })
  it('without the prefix, and with every space', () => {
    expect(texts(ofModel({ addsDummyPrefix: false }), 'a a')).toEqual(['a', '▁a'])
    const folder = writeFiles(at('spaces'), {
      'spiece.model': writtenModel({ pieces: [...albertSpecials, ...letters], removesExtraSpaces: false }),
      'tokenizer_config.json': '{"remove_space": false}',
    })
    expect(texts(loadTokenizer(folder), 'a  b ')).toEqual(['▁a', '▁', '▁', 'b', '▁'])
  })
  it('can go over a space', () => {
    const over = { piece: '▁a▁b', score: 0 }
    expect(texts(ofModel({ pieces: [...albertSpecials, ...letters, over] }), 'a b a b')).toEqual([
      '▁a▁b',
      '▁a▁b',
    ])
  })
  it('begin a word by the published rule: a mark, one punctuation character, or letters that are not English', () => {
    const some = ['▁', '▁the', 'ing', '.', '--', 'x.y', '9', 'é', "'s", '<', '[SEP]', '<unk>', '<pad>']
    const own = new Set(albertSpecials.map(({ piece }) => piece))
    const pieces = [
      ...albertSpecials,
      ...some.filter((piece) => !own.has(piece)).map((piece) => ({ piece, score: -1 })),
    ]
    const { vocabulary, beginsWord } = ofModel({ pieces })
    const begin = some.filter((piece) => beginsWord[vocabulary.pieces.indexOf(piece)] === 1)
    expect(begin).toEqual(['▁', '▁the', '.', '9', 'é', "'s", '<', '<unk>'])
  })
})

describe('a piece is written', () => {
  it('with a space before it where it has a mark, and otherwise joined', () => {
    const { vocabulary, spelling } = ofModel({})
    const written = (piece: string) => spelling(vocabulary.pieces.indexOf(piece))
    expect(written('▁a')).toEqual({ text: 'a', continues: false })
    expect(written('ab')).toEqual({ text: 'ab', continues: true })
    expect(written('[SEP]')).toEqual({ text: '[SEP]', continues: false })
  })
})

describe('the folder', () => {
  it('says whether letters are lowered and accents kept; the spec goes before it', () => {
    const folder = at('cased')
    expect(texts(loadTokenizer(folder), 'THE')).not.toEqual(texts(plain, 'THE'))
    expect(texts(loadTokenizer(folder, { lowercase: true }), 'THE')).toEqual(texts(plain, 'the'))
    expect(texts(loadTokenizer(at('plain'), { lowercase: false }), 'THE')).toEqual(texts(cased, 'THE'))
  })
  it('vocab.txt goes before spiece.model, and that before tokenizer.json', () => {
    const wordpiece = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'a'].join('\n')
    const files = { 'spiece.model': modelBytes(), 'tokenizer.json': 'damaged' }
    expect(loadTokenizer(writeFiles(at('two'), files)).kind).toBe('unigram')
    expect(loadTokenizer(writeFiles(at('three'), { ...files, 'vocab.txt': wordpiece })).kind).toBe(
      'wordpiece',
    )
  })
  it('the vocabulary knows its special pieces, and is told from another', () => {
    const { vocabulary } = plain
    const { padding, unknown, classify, separate, mask } = vocabulary
    expect([padding, unknown, classify, separate, mask]).toEqual([0, 1, 2, 3, 4])
    expect(ofModel({}).vocabulary.identity).not.toBe(vocabulary.identity)
    expect(cased.vocabulary.identity).toBe(vocabulary.identity)
  })
})

describe('places', () => {
  it('have the ids of encode, in order, each the letters of its piece', () => {
    for (const { text } of expectedIds()) {
      const { ids, begins, ends } = plain.place(text)
      expect([...ids], JSON.stringify(text)).toEqual([...plain.encode(text)])
      for (const [i, begin] of begins.entries()) {
        expect(ends[i], JSON.stringify(text)).toBeGreaterThanOrEqual(begin)
        expect(begin).toBeGreaterThanOrEqual(begins[i - 1] ?? 0)
        expect(ends[i]).toBeLessThanOrEqual(text.length)
      }
    }
  })
  it.each([
    ['  The CAFÉ,\tof the Ångström  ', ['The', 'CAFÉ', ',', 'of', 'the', 'Ångström']],
    ["it cost 1,234 or ``free''", ['it', 'cost', '1,234', 'or', '``', 'free', "''"]],
    ['cafe\u0301 ½ Ａbc', ['cafe\u0301', '½', 'Ａbc']],
  ])('%j', (text, words) => {
    const { begins, ends } = plain.place(text)
    const covered = new Set<number>()
    for (const [i, begin] of begins.entries()) for (let at = begin; at < (ends[i] ?? 0); at++) covered.add(at)
    const expected = new Set<number>()
    let from = 0
    for (const word of words) {
      from = text.indexOf(word, from)
      for (let k = 0; k < word.length; k++) expected.add(from + k)
      from += word.length
    }
    expect([...covered].sort((a, b) => a - b)).toEqual([...expected])
  })
  it('a piece of English text is what stands there', () => {
    const text = 'A person who tends the Fires of a railway engine, or sails with (two) others.'
    const { ids, begins, ends } = plain.place(text)
    for (const [i, id] of ids.entries()) {
      const stands = text.slice(begins[i], ends[i]).toLowerCase()
      expect(stands).toBe((plain.vocabulary.pieces[id] ?? '').replace('▁', ''))
    }
  })
})

describe('a spiece.model that cannot be used', () => {
  const problem = (bytes: Uint8Array): string =>
    diagnosticMessage(() => loadTokenizer(writeFiles(at('bad'), { 'spiece.model': bytes }))).replaceAll(
      at('bad'),
      '',
    )
  const written = (model: Partial<WrittenModel>): string =>
    problem(writtenModel({ pieces: [...albertSpecials, ...letters], ...model }))
  const withPiece = (piece: WrittenPiece): string =>
    written({ pieces: [...albertSpecials, ...letters, piece] })

  it('says what is wrong with it', () => {
    expect(problem(modelBytes().subarray(0, 5000))).toMatch(
      /^E0813.*it is no SentencePiece model, or not all of one/,
    )
    expect(problem(Buffer.from('<html>not found</html>'))).toContain('it is no SentencePiece model')
    expect(problem(new Uint8Array(0))).toContain('it holds no pieces')
    expect(written({ modelType: 2 })).toContain('its model is BPE, not Unigram')
    expect(written({ modelType: 77 })).toContain('its model is of type 77, not Unigram')
    expect(written({ suffix: true })).toContain('treat_whitespace_as_suffix')
    expect(written({ escapes: false })).toContain('escape_whitespaces')
    expect(withPiece({ piece: 'c' })).toContain('piece 12, `c`, has no score')
    expect(withPiece({ piece: 'c', score: Number.NaN })).toContain('has no score')
    expect(withPiece({ piece: 'ab', score: -1 })).toContain('`ab` is both piece 11 and piece 12')
    expect(withPiece({ piece: '', score: -1 })).toContain('piece 12 is empty')
    expect(withPiece({ piece: '<0x41>', score: 0, type: 6 })).toContain('byte_fallback')
    expect(withPiece({ piece: 'a b', score: 0, type: 4 })).toContain('`a b` has a space inside')
    expect(written({ pieces: letters })).toContain('it has no <pad>, <unk>, [CLS], [SEP], [MASK]')
    expect(written({ pieces: [...albertSpecials.slice(0, 4), ...letters] })).toContain('it has no [MASK]')
    expect(written({ charsmap: Uint8Array.of(255, 255, 255, 127, 0) })).toContain('precompiled_charsmap')
  })
  it('damaged anywhere it is refused or read, never worse', () => {
    const good = writtenModel({
      pieces: [...albertSpecials, ...letters],
      charsmap: new Uint8Array(64).fill(3),
    })
    const settings = { lowercase: true, keepAccents: false, joinSpaces: true }
    for (let i = 0; i < good.length; i++)
      for (const byte of [0, 0x7f, 0xff]) {
        const bytes = Uint8Array.from(good)
        bytes[i] = byte
        try {
          sentencePieceTokenizer(bytes, settings, (problem) => new RangeError(problem)).encode('a b ½ 9,')
        } catch (error) {
          expect(error, `byte ${i} = ${byte}`).toBeInstanceOf(RangeError)
        }
      }
  })
})
