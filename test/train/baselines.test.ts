import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { reportText } from '../../src/cli/train-result.ts'
import { wordsOf } from '../../src/data/words.ts'
import { baselineLines, unbeatenLines } from '../../src/train/baselines/baseline-lines.ts'
import { naiveBayes } from '../../src/train/baselines/naive-bayes.ts'
import { scoreBaselines } from '../../src/train/baselines/score-baselines.ts'
import { nearestSentence } from '../../src/train/baselines/span.ts'
import { ProgramData } from '../../src/train/program-data.ts'
import { formatReport } from '../../src/train/report.ts'
import { scoredHead } from '../../src/train/scoring.ts'
import { programOf } from '../lower/spec-run.ts'

const home = mkdtempSync(join(tmpdir(), 'baselines-'))
afterAll(() => rmSync(home, { recursive: true }))

function file(name: string, text: string): string {
  const path = join(home, name)
  writeFileSync(path, text)
  return path
}
const table = (name: string, rows: readonly string[]): string =>
  file(name, `${['text\tlabel', ...rows].join('\n')}\n`)

/** The baselines of student S in a spec with this data and head, by the given metrics. */
function baselinesOf(data: string, head: string, metrics: readonly string[]) {
  const text = `
import { bert_base } from "std/bert.distill"
import { classifier, masked_lm, regressor, span, token_classifier } from "std/heads.distill"
data d { ${data}, tokenizer = wordpiece(size = 60), max_length = 16 }
model small = bert_base with { vocabulary = d.vocabulary, positions = 16, layers = 1, hidden_size = 8, heads = 2, intermediate_size = 8 }
student S : small { heads { task = ${head} } }
`
  const program = programOf({ path: file('spec.distill', text) })
  const provider = new ProgramData(program)
  const instance = program.instances.get('S')
  const found = instance && scoredHead(program, provider, instance, { final: true, metrics })
  return found === undefined
    ? []
    : scoreBaselines(program, provider, [found]).map(({ name, values, data: block, split }) => [
        `${name} on ${block}.${split}`,
        Object.fromEntries(values),
      ])
}

describe('words', () => {
  it('are runs of letters, marks and digits in lower case, and single characters of scripts without spaces', () => {
    expect(wordsOf("It's 3rd-rate: ÉCOLE, नमस्ते!")).toEqual(['it', 's', '3rd', 'rate', 'école', 'नमस्ते'])
    expect(wordsOf('日本 abc漢1')).toEqual(['日', '本', 'abc', '漢', '1'])
    expect(wordsOf('--- \t')).toEqual([])
  })
})

describe('naive Bayes', () => {
  // Class 0: a, b, "a b", a, c, "a c". Class 1: d, b, "d b". 7 features, and Laplace's alpha for so few texts.
  const rows = [
    { texts: ['A b'], label: 0 },
    { texts: ['a c'], label: 0 },
    { texts: ['d b'], label: 1 },
  ]
  const classify = naiveBayes(rows, 2)

  it('multiplies the prior by (count + 1) / (total + features) of each known feature', () => {
    // b: 2/3 x 2/13 > 1/3 x 2/10
    expect(classify(['b'])).toBe(0)
    // d: 2/3 x 1/13 < 1/3 x 2/10
    expect(classify(['d'])).toBe(1)
    // a d: 2/3 x 3/13 x 1/13 > 1/3 x 1/10 x 2/10
    expect(classify(['a d'])).toBe(0)
    // b d d: 2/3 x 2/13 x (1/13)^2 < 1/3 x (2/10)^3
    expect(classify(['b d d'])).toBe(1)
    // Unknown words: the more frequent class.
    expect(classify(['unknown'])).toBe(0)
  })

  it('tells thousands of classes apart', () => {
    const many = Array.from({ length: 20_000 }, (_, label) => ({
      texts: [`a word${label % 10_000} here`],
      label: label % 10_000,
    }))
    const among = naiveBayes(many, 10_000)
    expect([7, 9_999].map((label) => among([`word${label} here`]))).toEqual([7, 9_999])
  })

  it('knows pairs of neighbouring words', () => {
    const order = [
      { texts: ['not good'], label: 0 },
      { texts: ['good not'], label: 1 },
    ]
    expect([naiveBayes(order, 2)(['not good']), naiveBayes(order, 2)(['good not'])]).toEqual([0, 1])
  })

  it('tells the texts of a pair apart', () => {
    const pairs = [
      { texts: ['cat', 'dog'], label: 0 },
      { texts: ['dog', 'cat'], label: 1 },
    ]
    expect([naiveBayes(pairs, 2)(['cat', 'dog']), naiveBayes(pairs, 2)(['dog', 'cat'])]).toEqual([0, 1])
  })
})

describe('baselines', () => {
  it('of classes are the most frequent one and naive Bayes, from the training file alone', () => {
    const train = table('train.tsv', ['a b\tx', 'a c\tx', 'd b\ty'])
    const test = table('test.tsv', ['b\tx', 'd\ty', 'd d\ty', 'c\ty'])
    const data = `train = "${train}", test = "${test}", text = column("text"), label = class(column("label"), ["x", "y"])`
    expect(baselinesOf(data, 'classifier(d.label)', ['accuracy', 'f1'])).toEqual([
      ['most frequent class on d.test', { accuracy: 0.25, f1: 0 }],
      ['naive Bayes on words on d.test', { accuracy: 0.75, f1: expect.closeTo(0.8) }],
    ])
  })

  it('of numbers is the mean of the training labels', () => {
    const train = table('numbers.tsv', ['a\t1', 'b\t2', 'c\t6'])
    const test = table('held.tsv', ['a\t1', 'b\t5'])
    const data = `train = "${train}", validation = "${test}", text = column("text"), label = number(column("label"))`
    expect(baselinesOf(data, 'regressor()', ['mse', 'pearson'])).toEqual([
      ['mean of the training labels on d.validation', { mse: (2 ** 2 + 2 ** 2) / 2, pearson: 0 }],
    ])
  })

  it('of tags are O, and the most frequent tag of each word that a model reads', () => {
    const sentence = (...words: string[]): string => `${words.join('\n')}\n\n`
    const train = file(
      'train.conll',
      sentence('a\tB-PER', 's\tO', 'r\tB-LOC') +
        sentence('r\tB-LOC', 'f\tO', 'o\tO') +
        sentence('r\tB-PER', 'f\tO'),
    )
    // Of the second sentence, 14 words of one letter fit between [CLS] and [SEP].
    const long = Array.from({ length: 30 }, () => 'r\tB-PER')
    const test = file('test.conll', sentence('a\tB-PER', 's\tO', 'r\tB-PER') + sentence('n\tO', ...long))
    const data = `train = "${train}", test = "${test}", text = column("tokens"), label = tags(column("tags"), ["O", "B-PER", "B-LOC"], scheme = bio)`
    expect(baselinesOf(data, 'token_classifier(d.label)', ['entity_f1', 'tag_accuracy'])).toEqual([
      ['O for every word on d.test', { entity_f1: 0, tag_accuracy: expect.closeTo(2 / 17) }],
      // `r` is a location; `n` is not known, so it has the most frequent tag of all.
      [
        'most frequent tag of each word on d.test',
        { entity_f1: expect.closeTo(1 / 15), tag_accuracy: expect.closeTo(3 / 17) },
      ],
    ])
  })

  it('of spans is the sentence nearest the question, and no answer where the training data has such', () => {
    const context = 'Ann was born in Rome. She moved to Paris in 1901! Then she died.'
    expect(nearestSentence({ question: 'When did she move to Paris?', context })).toBe(
      'She moved to Paris in 1901',
    )
    expect(nearestSentence({ question: '?', context })).toBe('Ann was born in Rome')
    const squad = (name: string, unanswered: boolean): string => {
      const qas = [
        {
          id: '1',
          question: 'When did she move to Paris?',
          answers: [{ text: 'moved to Paris in 1901', answer_start: 26 }],
        },
        ...(unanswered ? [{ id: '2', question: 'Why Paris?', is_impossible: true, answers: [] }] : []),
      ]
      return file(name, JSON.stringify({ data: [{ paragraphs: [{ context, qas }] }] }))
    }
    const data = (unanswered: boolean): string => {
      const [train, test] = [squad('train.json', unanswered), squad('test.json', unanswered)]
      return `train = "${train}", test = "${test}", text = [column("question"), column("context")], label = span(stride = 4, question = 6)`
    }
    // The answer is five of the six words.
    const f1 = (2 * 5) / (5 + 6)
    expect(baselinesOf(data(false), 'span()', ['exact_match', 'span_f1'])).toEqual([
      ['sentence nearest the question on d.test', { exact_match: 0, span_f1: expect.closeTo(f1) }],
    ])
    expect(baselinesOf(data(true), 'span()', ['exact_match', 'span_f1'])).toEqual([
      ['no answer on d.test', { exact_match: 0.5, span_f1: 0.5 }],
      ['sentence nearest the question on d.test', { exact_match: 0, span_f1: expect.closeTo(f1 / 2) }],
    ])
  })

  it('of masked tokens is the frequency of pieces', () => {
    const train = file('train.txt', 'a a\na b\n')
    const test = file('test.txt', 'a a b\n')
    const data = `train = "${train}", test = "${test}", text = lines\n mask { probability = 100% }`
    // `a` has 3 of 4 pieces, of a vocabulary of 60: (3 + 1) / (4 + 60).
    const perplexity = ((4 / 64) ** 2 * (2 / 64)) ** (-1 / 3)
    expect(baselinesOf(data, 'masked_lm(tied = embedding.word)', ['perplexity', 'masked_accuracy'])).toEqual([
      [
        'frequency of pieces on d.test',
        { perplexity: expect.closeTo(perplexity), masked_accuracy: expect.closeTo(2 / 3) },
      ],
    ])
  })

  it('of a block without training file come from the block of the classes', () => {
    const train = table('train.tsv', ['a b\tx', 'a c\tx', 'd b\ty'])
    const test = table('other.tsv', ['d\ty'])
    const data = `train = "${train}", text = column("text"), label = class(column("label"), ["x", "y"])`
    const other = `${data.replace(/train = "[^"]*"/, `test = "${test}"`)}, tokenizer = d.tokenizer, max_length = 16`
    const spec = `${data}, tokenizer = wordpiece(size = 60), max_length = 16 }\ndata e { ${other} }\ndata f { train = "${train}", text = column("text")`
    expect(baselinesOf(spec, 'classifier(d.label)', ['accuracy'])).toEqual([
      ['most frequent class on e.test', { accuracy: 0 }],
      ['naive Bayes on words on e.test', { accuracy: 1 }],
    ])
  })
})

describe('the final table', () => {
  const score = (model: string, accuracy: number, data = 'd') => ({
    model,
    data,
    split: 'test',
    values: new Map([['accuracy' as const, accuracy]]),
  })
  const model = (name: string, accuracy: number) => ({
    name,
    model: 'tinybert_4',
    score: score(name, accuracy),
    parameters: 14_350_874,
    bytes: 57_403_496,
    latency: 4.9,
  })
  const baseline = (name: string, accuracy: number) => {
    const { model: _, ...rest } = score('', accuracy)
    return { name, ...rest }
  }
  const baselines = [baseline('most frequent class', 0.3), baseline('naive Bayes on words', 0.771)]

  it('has a row for each baseline, named behind its metrics', async () => {
    const models = [model('T', 0.92), model('S', 0.77)]
    const tables = [120, 80].map((columns) => formatReport(models, baselines, columns))
    await expect(`${tables.join('\n\n')}\n`).toMatchFileSnapshot('../golden/train/baselines.txt')
    for (const line of tables[1]?.split('\n') ?? []) expect(line.length).toBeLessThanOrEqual(80)
  })

  it('is followed by lines as wide as the terminal', () => {
    const models = [...'TABCDEF'].map((name) => model(name, 0.3))
    const { columns } = process.stdout
    process.stdout.columns = 80
    const text = reportText({ models, baselines, trained: models.map(({ name }) => name) })
    process.stdout.columns = columns
    const lines = text.split('\n')
    expect(lines.filter((line) => line.length > 80)).toEqual([])
    expect(lines.slice(-2)).toEqual([
      '  T (30.0), A (30.0), B (30.0), C (30.0), D (30.0), E (30.0), F (30.0) are not',
      '  better than naive Bayes on words (accuracy 77.1)',
    ])
  })

  it('of several runs is followed by each baseline once', () => {
    expect(baselineLines([...baselines, ...baselines])).toEqual([
      'baseline most frequent class on d.test: accuracy 30.0',
      'baseline naive Bayes on words on d.test: accuracy 77.1',
    ])
  })

  it('is followed by the models that are not better than the best baseline of their split', () => {
    expect(unbeatenLines([score('T', 0.92), score('S', 0.771), score('A', 0.5)], baselines)).toEqual([
      'S (77.1), A (50.0) are not better than naive Bayes on words (accuracy 77.1)',
    ])
    expect(unbeatenLines([score('S', 0.1, 'other')], baselines)).toEqual([])
    const perplexity = { ...score('M', 0), values: new Map([['perplexity' as const, 30]]) }
    const frequency = {
      ...baseline('frequency of pieces', 0),
      values: new Map([['perplexity' as const, 20]]),
    }
    expect(unbeatenLines([perplexity], [frequency])).toEqual([
      'M (30.00) is not better than frequency of pieces (perplexity 20.00)',
    ])
  })
})
