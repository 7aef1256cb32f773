/** Augmented training examples as a run makes them: what a masked language model and word vectors propose, kept, gone on with, and trained on. */

import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { createRunner } from '../../src/backends/index.ts'
import { placeWords } from '../../src/data/augmentation/placed-words.ts'
import { readWordVectors } from '../../src/data/augmentation/word-vectors.ts'
import { specialPieces } from '../../src/data/tokenizer/vocabulary.ts'
import { DiagnosticError } from '../../src/diagnostics/diagnostic.ts'
import { compileMaskedTap, compileTaps } from '../../src/lower/stage.ts'
import { MaskedProposals } from '../../src/train/augmentation/masked-proposals.ts'
import { hostProducts, nearestWords } from '../../src/train/augmentation/nearest-words.ts'
import { runnerProducts } from '../../src/train/augmentation/runner-products.ts'
import { largest } from '../../src/train/largest.ts'
import type { Augmented, AugmentProgress, FrozenProgress } from '../../src/train/observer.ts'
import { ProgramData } from '../../src/train/program-data.ts'
import type { Trainer } from '../../src/train/run.ts'
import type { TrainOptions } from '../../src/train/train-options.ts'
import { programOf } from '../lower/spec-run.ts'
import { trainerOf } from './trainer-of.ts'

const home = mkdtempSync(join(tmpdir(), 'augmented-'))
const runner = await createRunner('wasm')
afterAll(() => {
  rmSync(home, { recursive: true })
  runner.dispose()
})

const nouns = ['film', 'movie', 'picture', 'story', 'play', 'song', 'novel', 'tale']
const kinds = ['splendid', 'dreadful']
const vocabulary = [
  ...specialPieces,
  'a',
  'the',
  '!',
  ...nouns,
  'fine',
  'poor',
  'splen',
  '##did',
  'dread',
  '##ful',
]
writeFileSync(join(home, 'vocab.txt'), `${vocabulary.join('\n')}\n`)
const lines = nouns.flatMap((a) =>
  nouns.flatMap((b) => kinds.map((kind, label) => `the ${a} , a ${kind} ${b} !\t${label}`)),
)
writeFileSync(join(home, 'train.tsv'), `text\tlabel\n${lines.join('\n')}\n`)

const spec = (augment: string): string => `
import { bert_base } from "std/bert.distill"
import { classifier, masked_lm } from "std/heads.distill"
import { soften } from "std/losses.distill"
data texts {
  train = "train.tsv", validation = "train.tsv", text = column("text"), label = class(column("label"), ["0", "1"])
  tokenizer = "vocab.txt", max_length = 12
}
data more = texts with { augment { ${augment} } }
model small = bert_base with {
  vocabulary = ${vocabulary.length}, positions = 24, layers = 2, hidden_size = 16, heads = 2, intermediate_size = 16
}
teacher G : small { heads { mlm = masked_lm(tied = embedding.word), task = classifier(texts.label) } }
student S : small { heads { task = classifier(texts.label) } }
stage learn {
  minimize soften(S.task.logits, G.task.logits), data = more, budget = 40 steps, batch = 32
  optimizer = adamw(rate = 1e-3)
}
stage again after learn {
  minimize soften(S.task.logits, G.task.logits), data = more, budget = 1 steps, batch = 32
  optimizer = adamw(rate = 1e-3)
}`
const vectors = resolve('test/fixtures/augmentation/vectors.txt')
const usual = `proposals = G.mlm, vectors = "${vectors}", candidates = 4, copies = 3`

interface Made {
  readonly trainer: Trainer
  readonly asked: AugmentProgress[]
  readonly augmented: Augmented[]
  readonly frozen: FrozenProgress[]
}

function made(augment: string, folder: string, change: Partial<TrainOptions> = {}): Made {
  const path = join(home, 'spec.distill')
  writeFileSync(path, spec(augment))
  const program = programOf({ path })
  const asked: AugmentProgress[] = []
  const augmented: Augmented[] = []
  const frozen: FrozenProgress[] = []
  const trainer = trainerOf(program, join(home, folder), {
    runner,
    compileMaskedTap,
    runnerProducts,
    randomWeights: true,
    observer: {
      augmenting: (event) => asked.push(event),
      augmented: (event) => augmented.push(event),
      frozen: (event) => frozen.push(event),
    },
    ...change,
  })
  return { trainer, asked, augmented, frozen }
}

const codesOf = (action: () => unknown): string[] => {
  try {
    action()
  } catch (error) {
    if (error instanceof DiagnosticError) return error.diagnostics.map(({ code }) => code)
    throw error
  }
  return []
}

describe('the training examples of a stage', () => {
  it('are more than those of the file, made once for both stages, and kept for another run', async () => {
    const proposals = join(home, 'kept')
    const first = made(usual, 'first', { proposals })
    await expect(first.trainer.run()).resolves.toMatchObject({ kind: 'finished' })
    expect(first.augmented.map(({ stage, from }) => [stage, from])).toEqual([
      ['learn', 128],
      ['again', 128],
    ])
    const [examples = 0] = first.augmented.map((event) => event.examples)
    expect(examples).toBeGreaterThan(2 * 128)
    expect(examples).toBeLessThanOrEqual(4 * 128)
    // Two nouns of each text are of one piece, the rest is looked up.
    expect(first.asked.at(-1)).toEqual({ stage: 'learn', model: 'G', done: 256, total: 256 })
    expect(first.asked.every(({ stage }) => stage === 'learn')).toBe(true)
    // What the frozen teacher says is kept of the augmented examples as of any others.
    expect(first.frozen.at(-1)).toMatchObject({ done: examples, total: examples })
    expect(readdirSync(proposals).map((name) => name.replace(/^.*?\./, ''))).toEqual(
      expect.arrayContaining(['proposals', 'neighbours.json']),
    )
    expect(existsSync(join(home, 'first', 'augmentation'))).toBe(false)

    const second = made(usual, 'second', { proposals })
    await second.trainer.run()
    expect(second.asked).toEqual([])
    expect(second.augmented).toEqual(first.augmented)
    const weightsOf = ({ trainer }: Made) =>
      trainer.store.keys().map((key) => [...trainer.store.get(key).data])
    expect(weightsOf(second)).toEqual(weightsOf(first))
  })

  it('come out the same where asking for words was interrupted and gone on with', async () => {
    const whole = made(usual, 'whole', { maxSteps: 2 })
    await whole.trainer.run()
    let left = 1
    const stopped = made(usual, 'stopped', { maxSteps: 2, interrupted: () => left-- <= 0 })
    await expect(stopped.trainer.run()).resolves.toEqual({ kind: 'interrupted', stage: 'learn', step: 0 })
    const { done = 0 } = stopped.asked.at(-1) ?? {}
    expect(done).toBeGreaterThan(0)
    expect(done).toBeLessThan(256)
    const again = made(usual, 'stopped', { maxSteps: 2 })
    again.trainer.resume()
    await expect(again.trainer.run()).resolves.toMatchObject({ kind: 'finished' })
    expect(again.asked[0]?.done).toBe(done)
    expect(again.augmented).toEqual(whole.augmented)
    const learned = ({ trainer }: Made) => [...trainer.store.get('S.task.logits.weight').data]
    expect(learned(again)).toEqual(learned(whole))
  })

  it('may come from word vectors alone, and from a model alone', async () => {
    const near = made(`vectors = "${vectors}", copies = 5`, 'near', { maxSteps: 1 })
    await near.trainer.run()
    expect([near.asked, near.augmented[0]?.examples]).toEqual([[], expect.any(Number)])
    expect(near.augmented[0]?.examples).toBeGreaterThan(200)
    const model = made('proposals = G.mlm, copies = 5', 'model', { maxSteps: 1 })
    await model.trainer.run()
    expect(model.augmented[0]?.examples).toBeGreaterThan(200)
  })

  it('are a few in a dry run', async () => {
    const dry = made(usual, 'dry', { maxSteps: 1, evaluationLimit: 1 })
    await dry.trainer.run()
    expect(dry.asked.at(-1)?.total).toBe(32)
    expect(dry.augmented[0]?.examples).toBeLessThanOrEqual(128 + 3 * 16)
  })

  it('need the file of vectors before anything begins', () => {
    const wrong = usual.replace('vectors.txt', 'vektors.txt')
    expect(codesOf(() => made(wrong, 'missing'))).toEqual(['E0801'])
    expect(existsSync(join(home, 'missing'))).toBe(false)
  })
})

const pieceTexts = (program: ReturnType<typeof programOf>) => {
  const tokenizer = new ProgramData(program).tokenizer('texts')
  const texts = ['the film , a splendid story !', 'poor play', 'fine'].map((text) =>
    placeWords(text, tokenizer),
  )
  return { tokenizer, texts }
}

describe('proposals', () => {
  it.each([true, false])(
    'are the likeliest pieces at the masked place (beside the original: %s)',
    (beside) => {
      const { trainer } = made(usual, 'proposals')
      const path = join(home, 'spec.distill')
      const program = programOf({ path })
      const { tokenizer, texts } = pieceTexts(program)
      const instance = program.instances.get('G')
      if (!instance) throw new Error('no G')
      const rest = {
        instance,
        classes: vocabulary.length,
        runner,
        store: trainer.store,
        tokenizer,
        maxLength: 12,
        candidates: 4,
        besideOriginal: beside,
      }
      const sizes = { B: 128, L: 32, R: 4096, M: 128 }
      const graph = compileMaskedTap(program, 'G', 'mlm.logits', sizes, {})
      const rows = new MaskedProposals(texts, { ...rest, graph, output: 'rows', everyPosition: false })
      const full = new MaskedProposals(texts, {
        ...rest,
        graph: compileTaps(program, 'G', ['mlm.logits']),
        output: 'mlm.logits',
        everyPosition: true,
      })
      // film, story; poor, play; fine
      expect(rows.batches.flat()).toHaveLength(5)
      expect(rows.batches).toEqual(full.batches)
      for (const requests of rows.batches) {
        const proposed = rows.propose(requests)
        expect([...proposed]).toEqual([...full.propose(requests)])
        expect(proposed.every((id) => id >= 0 && id < vocabulary.length)).toBe(true)
      }
      // The vocabulary is projected to at masked places alone.
      const widest = graph.nodes.filter(({ type }) =>
        type.dimensions.some(({ size }) => size === vocabulary.length),
      )
      const whole = widest.filter(
        ({ op, type }) => op !== 'parameter' && type.dimensions.some(({ axis }) => axis === 'token'),
      )
      expect(whole).toEqual([])
    },
  )
})

describe('the key of kept proposals', () => {
  it('changes with all that they follow from', () => {
    const { trainer } = made(usual, 'keys')
    const program = programOf({ path: join(home, 'spec.distill') })
    const { tokenizer, texts } = pieceTexts(program)
    const instance = program.instances.get('G')
    if (!instance) throw new Error('no G')
    const graph = compileMaskedTap(program, 'G', 'mlm.logits', { B: 128, L: 32, R: 4096, M: 128 }, {})
    const usualOptions = {
      instance,
      graph,
      output: 'rows',
      everyPosition: false,
      classes: vocabulary.length,
      runner,
      store: trainer.store,
      tokenizer,
      maxLength: 12,
      candidates: 4,
      besideOriginal: true,
    }
    const key = (change: Partial<typeof usualOptions> = {}, of = texts) =>
      new MaskedProposals(of, { ...usualOptions, ...change }).key()
    expect(key()).toBe(key())
    const others = [
      key({ candidates: 3 }),
      key({ besideOriginal: false }),
      key({ maxLength: 5 }),
      key({}, texts.slice(1)),
      key({ runner: { ...runner, name: 'another' } }),
    ]
    const before = key()
    trainer.store.edit('G.mlm.transform.weight', (data) => data.fill(0))
    expect(new Set([before, key(), ...others]).size).toBe(others.length + 2)
  })
})

describe('the largest of many numbers', () => {
  it('are in their order, of equal ones the first first', () => {
    const result = new Int32Array(5)
    largest([9, 1, 5, 5, 2, 7, 5, 0], 1, 7, 3, result, 1)
    expect([...result]).toEqual([0, 4, 1, 2, 0])
    largest([3, 4], 0, 2, 4, result, 0)
    expect([...result.subarray(0, 4)]).toEqual([1, 0, -1, -1])
  })
})

describe('the nearest words', () => {
  it('are those of the largest cosine, of the host as of a backend', async () => {
    const table = readWordVectors({ path: vectors, span: { file: '', start: 0, end: 0 } })
    const wanted = ['film', 'splendid', 'nothing', 'unknown']
    const found = await nearestWords(wanted, table, 2, hostProducts(table))
    expect([...found]).toEqual([
      ['film', ['movie', 'picture']],
      ['splendid', ['wonderful', 'marvellous']],
      ['nothing', []],
    ])
    expect(await nearestWords(wanted, table, 2, runnerProducts(table, runner))).toEqual(found)
  })
})
