import { describe, expect, test } from 'vitest'
import { check } from './spec-text.ts'

/** A model whose one table is looked up with `ids`, trained on texts of up to 16 tokens of 30 pieces and labels of three classes. */
function spec(ids: string, { rows = 20, data = true, more = '' } = {}): string {
  return `
data texts { train = "train.tsv", text = column("text"), label = class(column("label"), ["a", "b", "c"])
  tokenizer = wordpiece(size = 30), max_length = 16 }
def bucket(n, exact) = if n < exact then n else min(exact + floor(log(max(n, 1) / exact) / log(8) * exact), 2 * exact - 1)
model tiny {
  vocabulary = 30
  word = lookup(tokens, vocabulary, 4)
  other = lookup(${ids}, ${rows}, 4)
  output = word.first + other
}
student S : tiny {}
stage s { minimize mean(S.output ^ 2), ${data ? 'data = texts, ' : ''}budget = 10 steps, optimizer = sgd(rate = 0.1) }
${more}`
}
const codes = (ids: string, options = {}) => check(spec(ids, options)).codes

describe('ids that fit the table', () => {
  test.each([
    ['places', 16],
    ['places + 2', 18],
    ['if attended then places + 2 else 1', 18],
    ['shift(tokens, 1)', 30],
    ['tokens + 1', 31],
    ['segments * 2 + 1', 4],
    ['15 - places', 16],
    ['abs(across(places) - places)', 16],
    ['min(max(across(places) - places + 4, 0), 7)', 8],
    ['max(batch.label, 0)', 3],
    ['max(batch.label + 1, 0)', 4],
    ['floor(places / 2)', 8],
    ['bucket(places, 4)', 8],
    ['(if across(places) > places then 8 else 0) + bucket(abs(across(places) - places), 4)', 16],
    ['if places == 0 then 0 else if places < 4 then places - 1 else 3', 4],
  ])('%s in %d rows', (ids, rows) => {
    expect(codes(ids, { rows })).toEqual([])
    expect(codes(ids, { rows: rows - 1 })).toEqual(['E0376'])
  })
  test('and nothing is known of the longest text without data', () => {
    expect(codes('places', { rows: 4, data: false })).toEqual([])
    expect(codes('across(places) - places', { rows: 4, data: false })).toEqual([])
  })
})

describe('ids that do not', () => {
  test.each(['tokens - 1', 'places + 2 - 3', '0 - segments', 'segments + 20', 'min(tokens, 30)'])(
    '%s, whatever the data',
    (ids) => expect(codes(ids, { data: ids === 'min(tokens, 30)' })).toEqual(['E0376']),
  )
  test.each(['across(places) - places', 'batch.label', 'places * places', 'floor(word.first)'])(
    '%s',
    (ids) => {
      expect(codes(ids)).toEqual(['E0376'])
    },
  )
  test('the remedy works when followed', () => {
    const { rendered } = check(spec('places + 10'))
    expect(rendered).toContain('write max_length = 10 at most, or give the table 26 rows')
    expect(check(spec('places + 10').replace('max_length = 16', 'max_length = 10')).codes).toEqual([])
    expect(codes('places + 10', { rows: 26 })).toEqual([])
    expect(check(spec('across(places) - places')).rendered).toContain(
      '`min(max(x, 0), 19)` keeps ids inside the table',
    )
    expect(codes('min(max(across(places) - places, 0), 19)')).toEqual([])
  })
  test('also where max_length is not written', () => {
    const { codes: found, rendered } = check(spec('places').replace(', max_length = 16', ''))
    expect(found).toEqual(['E0376'])
    expect(rendered).toContain('where max_length is not given')
  })
  test('of data that training only scores a model on', () => {
    const text = (length: number, held: string) => `
import { bert_base } from "std/bert.distill"
import { classifier } from "std/heads.distill"
data d { train = "t.tsv", ${held} text = column("text"), label = class(column("label"), ["a", "b"]), tokenizer = wordpiece(size = 40), max_length = 16 }
data test { test = "test.tsv", text = column("text"), label = class(column("label"), ["a", "b"]), tokenizer = d.tokenizer, max_length = ${length} }
model small = bert_base with { vocabulary = d.vocabulary, positions = 16, layers = 1, hidden_size = 8, heads = 2 }
student S : small { heads { task = classifier(d.label) } }
stage s { minimize cross_entropy(S.task.logits, batch.label), data = d, budget = 1 epoch, optimizer = sgd(rate = 0.1) }`
    expect(check(text(16, '')).codes).toEqual([])
    const { codes: found, rendered } = check(text(24, ''))
    expect(found).toEqual(['E0376'])
    expect(rendered).toMatch(/max_length = 24[\s\S]*texts of up to 24 tokens, on which S is scored/)
    // The classes are those of d: where it has held-out texts, S is scored on them.
    expect(check(text(24, 'validation = "dev.tsv",')).codes).toEqual([])
  })
  test('of a model that only proposes words', () => {
    const text = `
import { bert_base } from "std/bert.distill"
import { masked_lm } from "std/heads.distill"
data d { train = "t.tsv", text = column("text"), label = class(column("label"), ["a", "b"]), tokenizer = wordpiece(size = 40), max_length = 24 }
model small = bert_base with { vocabulary = d.vocabulary, positions = 32, layers = 1, hidden_size = 8, heads = 2 }
model short = small with { positions = 16 }
teacher G : short { weights = "w", heads { mlm = masked_lm(tied = embedding.word) } }
student S : small {}
data more = d with { augment { proposals = G.mlm, vectors = "v.txt" } }
stage s { minimize mean(S.hidden[1] ^ 2), data = more, budget = 1 epoch, optimizer = sgd(rate = 0.1) }`
    expect(check(text).codes).toEqual(['E0376'])
  })
})

describe('labels as values', () => {
  const losses = (loss: string, label = 'class(column("label"), ["a", "b", "c"])') =>
    check(`
import { bert_base } from "std/bert.distill"
import { classifier } from "std/heads.distill"
data d { train = "t.tsv", text = column("text"), label = ${label}, tokenizer = wordpiece(size = 40), max_length = 16 }
model small = bert_base with { vocabulary = 40, positions = 16, layers = 1, hidden_size = 8, heads = 2 }
student S : small { heads { task = classifier(3) } }
def nine(y) = 1 - 9 * one_hot(y)
stage s { minimize ${loss}, data = d, budget = 1 epoch, optimizer = sgd(rate = 0.1) }`).codes
  test.each([
    'cross_entropy(S.task.logits, one_hot(batch.label))',
    'mse(softmax(S.task.logits), one_hot(batch.label, classes = 3))',
    'mse(softmax(S.task.logits), one_hot(batch.label))',
    'cross_entropy(S.task.logits - 1000 * one_hot(batch.label), smooth(batch.label, 10%))',
    'mean(sum(softmax(S.task.logits) * (1 - one_hot(batch.label)), over = class))',
    'mean(sum(S.task.logits * nine(batch.label), over = class))',
    'mean(sum(if one_hot(batch.label) > 0 then 0 else S.task.logits, over = class))',
    'mean((if batch.label == 2 then 1 else 0.5) * S.hidden[1].first)',
    'cross_entropy(S.task.logits, min(batch.label + 1, 2))',
  ])('%s', (loss) => {
    expect(losses(loss)).toEqual([])
  })
  test.each([
    ['mean(one_hot(batch.label))', 'E0110'],
    ['mean(1 - one_hot(batch.label))', 'E0110'],
    ['mse(S.task.logits, one_hot(batch.label))', 'E0375'],
    ['cross_entropy(S.task.logits, one_hot(batch.label, classes = 4))', 'E0314'],
    ['mse(pick(S.task.logits, class = 1), batch.label + 1)', 'E0852'],
  ])('%s is %s', (loss, code) => {
    expect(losses(loss)).toEqual([code])
  })
  test('other labels than those of the data are refused in one_hot, too', () => {
    const labels = 'class(column("label"), ["a", "b"])'
    expect(losses('cross_entropy(S.task.logits, one_hot(batch.label))', labels)).toEqual(['E0851'])
  })
})

describe('numbers that no run survives', () => {
  const lines = (text: string) => check(spec('places', { more: text })).codes
  test.each([
    ['loss l = mean(S.output / 0)', 'E0174'],
    ['loss l = mean(S.output * (1 / 0))', 'E0174'],
    ['setting zero = 0\nloss l = mean(S.output / zero)', 'E0174'],
    ['loss l = mean(S.output * log(0))', 'E0174'],
    ['loss l = mean(S.output * sqrt(-2))', 'E0174'],
    ['loss l = mean(S.output * (5 % 0))', 'E0174'],
    [
      'import { soften } from "std/losses.distill"\nloss l = soften(S.output, S.output, temperature = 0)',
      'E0174',
    ],
    ['model m = tiny with { word = dropout(lookup(tokens, vocabulary, 4), 1.5) }', 'E0175'],
    ['model m = tiny with { word = dropout(lookup(tokens, vocabulary, 4), 1) }', 'E0175'],
    ['model m = tiny with { word = dropout(lookup(tokens, vocabulary, 4), -0.1) }', 'E0175'],
  ])('%s is %s', (text, code) => {
    expect(lines(text)).toEqual([code])
  })
})
