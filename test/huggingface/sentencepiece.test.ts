/** An ALBERT with its SentencePiece tokenizer: exported, read again, and the start of a new spec. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Tokenizer as RustTokenizer } from 'tokenizers'
import { afterAll, describe, expect, it } from 'vitest'
import { createRunner } from '../../src/backends/index.ts'
import { loadTokenizer } from '../../src/data/tokenizer/load-tokenizer.ts'
import type { Tokenizer } from '../../src/data/tokenizer/tokenizer.ts'
import { readGlosses } from '../../src/data/wordnet.ts'
import { checkFile } from '../../src/disk/check-file.ts'
import { exportModels } from '../../src/huggingface/export.ts'
import { newSpec } from '../../src/huggingface/new-spec.ts'
import { Initialiser } from '../../src/train/initialise.ts'
import { ParameterStore } from '../../src/train/parameters.ts'
import { modelBytes, writeFiles } from '../data/sentencepiece-fixture.ts'
import { diagnosticMessage } from '../diagnostic-message.ts'
import { runFacts } from './run-facts.ts'

const runner = await createRunner('wasm')
const root = mkdtempSync(path.join(tmpdir(), 'distill-albert-'))
afterAll(() => {
  rmSync(root, { recursive: true })
  runner.dispose()
})
const at = (name: string): string => path.join(root, name)
const albert = writeFiles(at('albert'), { 'spiece.model': modelBytes() })

const spec = `import { albert_base } from "std/bert.distill"
import { masked_lm } from "std/heads.distill"
data corpus { train = "corpus.txt", text = documents, tokenizer = "albert", max_length = 32 }
model m = albert_base with {
  vocabulary = corpus.vocabulary, positions = 32, layers = 2, hidden_size = 8, heads = 2, intermediate_size = 16, embedding_size = 4
}
student M : m { heads { mlm = masked_lm(tied = embedding.word) } }
`
function exported(tokenizer: Tokenizer, to: string): string {
  writeFileSync(at('s.distill'), spec)
  const { program, diagnostics } = checkFile(at('s.distill'))
  const instance = program?.instances.get('M')
  if (program === undefined || instance === undefined) throw new Error(JSON.stringify(diagnostics))
  expect(instance.settings.get('vocabulary')).toBe(1400)
  const store = new ParameterStore()
  new Initialiser(program, store, { seed: 7 }).instance('M')
  const card = runFacts()
  exportModels([
    { to: at(to), program, instance, store, tokenizer, labels: undefined, runner, card, maxLength: 16 },
  ])
  return at(to)
}
const texts = readGlosses()
  .filter((_, i) => i % 400 === 0)
  .map(({ text }) => text)

describe('an ALBERT with spiece.model', () => {
  const own = loadTokenizer(albert)
  const to = exported(own, 'out')

  it('is exported with it, byte for byte, and with a tokenizer.json that says the same', async () => {
    expect(readdirSync(to).sort()).toEqual([
      'README.md',
      'config.json',
      'model.safetensors',
      'special_tokens_map.json',
      'spiece.model',
      'tokenizer.json',
      'tokenizer_config.json',
    ])
    expect(Buffer.compare(readFileSync(path.join(to, 'spiece.model')), modelBytes())).toBe(0)
    expect(JSON.parse(readFileSync(path.join(to, 'tokenizer_config.json'), 'utf8'))).toMatchObject({
      tokenizer_class: 'AlbertTokenizer',
      do_lower_case: true,
      keep_accents: false,
      cls_token: '[CLS]',
      pad_token: '<pad>',
    })
    const rust = RustTokenizer.fromFile(path.join(to, 'tokenizer.json'))
    const again = loadTokenizer(path.join(to, 'tokenizer.json'))
    const { classify, separate } = own.vocabulary
    for (const text of texts) {
      const ids = [...own.encode(text)]
      expect((await rust.encode(text)).getIds(), text).toEqual([classify, ...ids, separate])
      expect([...again.encode(text)], text).toEqual(ids)
      expect([...loadTokenizer(to).encode(text)]).toEqual(ids)
    }
    expect(again.vocabulary).toEqual(own.vocabulary)
  })
  it('a new spec names its folder', () => {
    const { text, notes } = newSpec(to, at('new.distill'))
    expect(text).toContain('tokenizer = "out"')
    expect(notes[0]).toContain('AlbertForMaskedLM')
    expect(notes[0]).toContain('1400 pieces')
  })
  it('a tokenizer of another model is refused', () => {
    const config = JSON.parse(readFileSync(path.join(to, 'config.json'), 'utf8'))
    const other = writeFiles(at('other'), {
      'config.json': JSON.stringify({ ...config, vocab_size: 1399 }),
      'model.safetensors': readFileSync(path.join(to, 'model.safetensors')),
      'spiece.model': modelBytes(),
    })
    expect(diagnosticMessage(() => newSpec(other, at('new.distill')))).toContain(
      'its vocabulary has 1400 pieces, but vocab_size in config.json is 1399',
    )
  })
  it('one that was read from tokenizer.json is written as that', () => {
    const json = loadTokenizer(path.join(to, 'tokenizer.json'))
    const second = exported(json, 'second')
    expect(readdirSync(second)).not.toContain('spiece.model')
    const read = loadTokenizer(second)
    expect(read.vocabulary).toEqual(own.vocabulary)
    for (const text of texts) expect([...read.encode(text)]).toEqual([...own.encode(text)])
  })
})
