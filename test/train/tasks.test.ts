/** Models trained and scored on real data of each task, from a spec. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { createRunner } from '../../src/backends/index.ts'
import type { Score } from '../../src/train/observer.ts'
import { programOf } from '../lower/spec-run.ts'
import { trainerOf } from './trainer-of.ts'

const home = mkdtempSync(join(tmpdir(), 'tasks-'))
const runner = await createRunner('wasm')
afterAll(() => {
  rmSync(home, { recursive: true })
  runner.dispose()
})
const fixture = (name: string): string => resolve('test/fixtures/tasks', name)

/** Trains a spec; every score that it reported, in order. */
async function scoresOf(name: string, spec: string): Promise<readonly Score[]> {
  const path = join(home, `${name}.distill`)
  writeFileSync(path, spec)
  const program = programOf({ path })
  const scores: Score[] = []
  const trainer = trainerOf(program, join(home, `${name}.run`), {
    runner,
    observer: { scored: ({ score }) => scores.push(score) },
    clock: () => 0,
  })
  await trainer.run()
  return scores
}

const small = (data: string, size: number): string => `
import { bert_base } from "std/bert.distill"
import { span, token_classifier } from "std/heads.distill"
model small = bert_base with {
  vocabulary = ${data}.vocabulary, positions = ${size}, layers = 1, hidden_size = 64, heads = 2, intermediate_size = 64
  hidden_dropout = 0, attention_dropout = 0
}`

describe('token labels', () => {
  it('are learned from a CoNLL file, scored by entities, and the best checkpoint is kept by them', async () => {
    const types = ['corporation', 'creative-work', 'group', 'location', 'person', 'product']
    const tags = ['O', ...types.flatMap((type) => [`B-${type}`, `I-${type}`])].map((tag) => `"${tag}"`)
    const scores = await scoresOf(
      'tags',
      `${small('names', 64)}
data names {
  train = "${fixture('wnut17.conll')}", validation = "${fixture('wnut17.conll')}"
  text = column("tokens"), label = tags(column("tags"), [${tags.join(', ')}], scheme = bio)
  tokenizer = wordpiece(size = 1200), max_length = 64
}
student S : small { heads { ner = token_classifier(names.label, rate = 0) } }
stage learn {
  minimize cross_entropy(S.ner.logits, batch.tags) where first_piece
  data = names, budget = 80 epochs, batch = 16, optimizer = adamw(rate = linear(5e-3, warmup = 10%))
  evaluate = [entity_f1, entity_recall, tag_accuracy], every = 200 steps, keep = best(entity_f1)
}`,
    )
    expect(scores.map(({ values }) => [...values.keys()])).toEqual([
      ['entity_f1', 'entity_recall', 'tag_accuracy'],
      ['entity_f1', 'entity_recall', 'tag_accuracy'],
    ])
    // Learned by heart: the score is of the same sentences.
    expect(scores.at(-1)?.values.get('entity_f1')).toBeGreaterThan(0.8)
    expect(scores.at(-1)?.values.get('tag_accuracy')).toBeGreaterThan(0.95)
  })
})

describe('spans', () => {
  it('are learned from a SQuAD file in windows, and the answers are scored by exact match and F1', async () => {
    const scores = await scoresOf(
      'spans',
      `${small('questions', 96)}
data questions {
  train = "${fixture('xquad.json')}", validation = "${fixture('xquad.json')}"
  text = [column("question"), column("context")], label = span(stride = 48, question = 24)
  tokenizer = wordpiece(size = 1500), max_length = 96
}
student S : small { heads { qa = span() } }
stage learn {
  minimize 0.5 * (cross_entropy(S.qa.start, batch.start) + cross_entropy(S.qa.end, batch.end))
  data = questions, budget = 40 epochs, batch = 16, optimizer = adamw(rate = linear(4e-3, warmup = 10%))
  evaluate = [exact_match, span_f1], every = 10_000 steps, keep = best(span_f1)
}`,
    )
    const last = scores.at(-1)?.values
    expect(last?.get('span_f1')).toBeGreaterThan(0.8)
    expect(last?.get('exact_match')).toBeGreaterThan(0.7)
    expect(last?.get('span_f1')).toBeGreaterThanOrEqual(last?.get('exact_match') ?? 1)
  })
})

describe('specs/distilbert-squad.distill', () => {
  it('trains end to end at reduced size, on real questions', async () => {
    const whole = readFileSync('specs/distilbert-squad.distill', 'utf8')
    const sizes =
      'positions = 96, hidden_size = 32, heads = 2, intermediate_size = 64, vocabulary = squad.vocabulary'
    const reduced = [
      [/"data\/squad\/[^"]*"/g, `"${fixture('xquad.json')}"`],
      [/tokenizer = "[^"]*", max_length = 384/, 'tokenizer = wordpiece(size = 800), max_length = 96'],
      ['stride = 128', 'stride = 48'],
      [/weights = "[^"]*", /g, ''],
      [
        'teacher T : bert_base_unpooled',
        `model large = bert_base_unpooled with { layers = 2, ${sizes} }\nmodel small = distilbert with { layers = 1, ${sizes} }\nteacher T : large`,
      ],
      [/student S : distilbert/, 'student S : small'],
      ['3 epochs', '6 steps'],
    ] as const
    const spec = reduced.reduce((text, [from, to]) => {
      const changed = text.replace(from, to)
      expect(changed).not.toBe(text)
      return changed
    }, whole)
    const scores = await scoresOf('squad', spec)
    const values = scores.at(-1)?.values
    expect([...(values?.keys() ?? [])]).toEqual(['exact_match', 'span_f1'])
    for (const value of values?.values() ?? []) expect(value >= 0 && value <= 1).toBe(true)
  })
})
