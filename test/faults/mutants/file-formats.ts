/** The formats that Distill reads: sound files of each, and the reader that they are for. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliDecompressSync, gzipSync } from 'node:zlib'
import { readWordVectors } from '../../../src/data/augmentation/word-vectors.ts'
import { readSquad } from '../../../src/data/read-squad.ts'
import { readTable } from '../../../src/data/read-table.ts'
import { readConll } from '../../../src/data/read-tags.ts'
import { loadTokenizer } from '../../../src/data/tokenizer/load-tokenizer.ts'
import { readReport } from '../../../src/train/report-file.ts'
import { RunFolder } from '../../../src/train/run-folder.ts'
import { LogTail } from '../../../src/watch/log-tail.ts'
import { readConfig } from '../../../src/weights/transformers/config-file.ts'
import { openWeights } from '../../../src/weights/weight-source.ts'

export interface FileFormat {
  readonly name: string
  readonly seeds: readonly Uint8Array[]
  /** How mutants are made: of bytes, or of the tokens of a text. */
  readonly kind: 'bytes' | 'text'
  /** Reads a file of this name in a folder of its own, wholly. */
  readonly read: (folder: string, file: string) => void
}

const fixtures = new URL('../../fixtures/', import.meta.url).pathname
const fixture = (path: string): Uint8Array => readFileSync(join(fixtures, path))
const span = { file: '', start: 0, end: 0 }
const bytesOf = (text: string): Uint8Array => Buffer.from(text)

const csv = 'text,label\n"a ""fine"" film, seen\ntwice",yes\nplain,no\n'
const jsonLines =
  '{"text": "a film", "label": "yes", "tags": ["O", "B-x"]}\n{"text": "b", "label": "no", "tags": []}\n'
const squad = JSON.stringify({
  data: [
    {
      paragraphs: [
        {
          context: 'The sea is 4 km deep.',
          qas: [{ id: '1', question: 'How deep?', answers: [{ text: '4 km', answer_start: 11 }] }],
        },
      ],
    },
  ],
})
const vocabulary = `${['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'a', 'film', '##s', '.'].join('\n')}\n`
const tokenizerJson = JSON.stringify({
  added_tokens: [{ id: 0, content: '[PAD]', special: true }],
  normalizer: { type: 'BertNormalizer', lowercase: true, clean_text: true, handle_chinese_chars: true },
  pre_tokenizer: { type: 'BertPreTokenizer' },
  model: {
    type: 'WordPiece',
    unk_token: '[UNK]',
    continuing_subword_prefix: '##',
    vocab: Object.fromEntries(
      vocabulary
        .trim()
        .split('\n')
        .map((piece, id) => [piece, id]),
    ),
  },
})
const unigramJson = JSON.stringify({
  normalizer: { type: 'Sequence', normalizers: [{ type: 'NFKC' }, { type: 'Lowercase' }] },
  pre_tokenizer: { type: 'Metaspace', replacement: '\u2581', prepend_scheme: 'always', split: true },
  added_tokens: [],
  model: {
    type: 'Unigram',
    unk_id: 0,
    vocab: [
      ['<unk>', 0],
      ['[CLS]', 0],
      ['[SEP]', 0],
      ['<pad>', 0],
      ['[MASK]', 0],
      ['\u2581a', -1.5],
      ['b', -2],
    ],
  },
})
const config = JSON.stringify({
  model_type: 'bert',
  architectures: ['BertForSequenceClassification'],
  hidden_size: 8,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  intermediate_size: 16,
  vocab_size: 100,
  max_position_embeddings: 16,
  type_vocab_size: 2,
  hidden_act: 'gelu',
  id2label: { '0': 'no', '1': 'yes' },
})

/** A header of two tensors, and their bytes. */
function safetensors(): Uint8Array {
  const header = bytesOf(
    JSON.stringify({
      __metadata__: { format: 'pt' },
      a: { dtype: 'F32', shape: [2, 2], data_offsets: [0, 16] },
      b: { dtype: 'I64', shape: [2], data_offsets: [16, 32] },
    }),
  )
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(header.length))
  return Buffer.concat([length, header, Buffer.alloc(32)])
}

const encodes = (folder: string, file: string): void => {
  loadTokenizer(join(folder, file)).encode('A film, "seen" twice.')
}
const weighs = (folder: string, file: string): void => {
  const weights = openWeights(join(folder, file))
  for (const name of weights.tensors.keys()) weights.read(name)
}
const table =
  (format: 'csv' | 'tsv' | 'jsonl' | 'parquet') =>
  (folder: string, file: string): void => {
    const read = readTable(join(folder, file), format)
    for (const lists of read.lists?.values() ?? []) lists()
  }
const run =
  (use: (run: RunFolder) => void) =>
  (folder: string): void =>
    use(new RunFolder(folder))

const format = (
  name: string,
  kind: FileFormat['kind'],
  seeds: readonly Uint8Array[],
  read: FileFormat['read'],
): FileFormat => ({ name, kind, seeds, read })

const parquets = ['gzip', 'lists-v2', 'lists', 'nested', 'snappy'].map((name) =>
  fixture(`tasks/${name}.parquet`),
)
const checkpoints = ['archive', 'before-1.6', 'module', 'protocol-4', 'whole-module'].map((name) =>
  fixture(`pytorch/${name}.bin`),
)

export const formats: readonly FileFormat[] = [
  format('train.parquet', 'bytes', parquets, table('parquet')),
  format('model.safetensors', 'bytes', [safetensors()], weighs),
  format('pytorch_model.bin', 'bytes', checkpoints, weighs),
  format(
    'spiece.model',
    'bytes',
    [brotliDecompressSync(fixture('sentencepiece/spiece.model.br')).subarray(0, 4000), sentencePiece()],
    encodes,
  ),
  format('train.csv.gz', 'bytes', [gzipSync(csv)], table('csv')),
  format('train.csv', 'text', [bytesOf(csv)], table('csv')),
  format('train.tsv', 'text', [fixture('data/train.tsv')], table('tsv')),
  format('train.jsonl', 'text', [bytesOf(jsonLines)], table('jsonl')),
  format('train.conll', 'text', [fixture('tasks/wnut17.conll').subarray(0, 2000)], (folder, file) => {
    readConll(join(folder, file), undefined, span)
  }),
  format('squad.json', 'text', [bytesOf(squad)], (folder, file) => {
    readSquad(join(folder, file), { labels: true, span })
  }),
  format(
    'vectors.txt',
    'text',
    [
      fixture('augmentation/vectors.txt'),
      bytesOf('{"dimensions": 2, "vectors": {"a": [1, 2], "b": [0, 1]}}'),
    ],
    (folder, file) => {
      readWordVectors({ path: join(folder, file), span })
    },
  ),
  format('vocab.txt', 'text', [bytesOf(vocabulary)], encodes),
  format('tokenizer.json', 'text', [bytesOf(tokenizerJson), bytesOf(unigramJson)], encodes),
  format('config.json', 'text', [bytesOf(config)], (folder) => {
    readConfig(folder)
  }),
  format(
    'model.safetensors.index.json',
    'text',
    [bytesOf('{"weight_map": {"a": "x.safetensors"}}')],
    (folder) => {
      writeFileSync(join(folder, 'x.safetensors'), safetensors())
      weighs(folder, '')
    },
  ),
  format(
    'config.json',
    'text',
    [fixture('old-run/config.json')],
    run((folder) => folder.readConfig()),
  ),
  format(
    'spec.json',
    'text',
    [fixture('old-run/spec.json')],
    run((folder) => folder.readTexts()),
  ),
  format('report.json', 'text', [fixture('old-run/report.json')], (folder) => {
    readReport(new RunFolder(folder))
  }),
  format('metrics.jsonl', 'text', [fixture('old-run/metrics.jsonl').subarray(0, 6000)], (folder, file) => {
    new RunFolder(folder).readLog()
    new LogTail(join(folder, file)).read()
  }),
]

/** A SentencePiece model of a few pieces with its normalizer. */
function sentencePiece(): Uint8Array {
  const piece = (text: string, score: number, type: number): Buffer => {
    const name = Buffer.from(text)
    const value = Buffer.alloc(5)
    value[0] = 0x15
    value.writeFloatLE(score, 1)
    const inner = Buffer.concat([Buffer.from([0x0a, name.length]), name, value, Buffer.from([0x18, type])])
    return Buffer.concat([Buffer.from([0x0a, inner.length]), inner])
  }
  const pieces = [
    piece('<pad>', 0, 3),
    piece('<unk>', 0, 2),
    piece('[CLS]', 0, 3),
    piece('[SEP]', 0, 3),
    piece('[MASK]', 0, 3),
    piece('\u2581a', -1, 1),
    piece('b', -2, 1),
  ]
  return Buffer.concat([...pieces, Buffer.from([0x1a, 0x02, 0x18, 0x01])])
}

/** Writes a mutant where its reader looks for it. */
export function writeMutant(folder: string, { name }: FileFormat, content: Uint8Array): void {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, name), content)
}
