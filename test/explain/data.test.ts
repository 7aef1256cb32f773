import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { openTokenizers } from '../../src/data/vocabularies.ts'
import { painter } from '../../src/diagnostics/paint.ts'
import { paintedWidth, textWidth } from '../../src/diagnostics/width.ts'
import { bar } from '../../src/explain/bars.ts'
import { countIn, numberBins, quantiles, wholeBins } from '../../src/explain/data/histogram.ts'
import { outlineData, outlineLine } from '../../src/explain/data/outline.ts'
import { printDataSummary } from '../../src/explain/data/print.ts'
import { type DataSummary, summarizeData } from '../../src/explain/data/summary.ts'
import { distill } from '../distill.ts'
import { programOf } from '../lower/spec-run.ts'

const home = mkdtempSync(join(tmpdir(), 'data-summary-'))
afterAll(() => rmSync(home, { recursive: true }))

function summariesOf(spec: { text: string } | { path: string }, show = 2): readonly DataSummary[] {
  const program = programOf(spec)
  const tokenizers = openTokenizers(program)
  return [...program.data.values()].map((data) => summarizeData(program, data, tokenizers, show))
}
function summaryOf(name: string): DataSummary {
  const [summary] = summariesOf({ path: `test/fixtures/data/${name}.distill` })
  if (summary === undefined) throw new Error(`${name} has a data block`)
  return summary
}
const kinds = ['classes', 'numbers', 'tags', 'span', 'masked'] as const
const plain = painter(false)

describe('the summary of data', () => {
  it.each([
    ['classes', 'summary-classes.txt'],
    ['numbers', 'summary-numbers.txt'],
    ['tags', 'summary-tags.txt'],
    ['span', 'summary-span.txt'],
    ['masked', 'summary-masked.txt'],
  ])('%s, in 80 columns', async (name, golden) => {
    const text = printDataSummary(summaryOf(name), 80, plain)
    await expect(text).toMatchFileSnapshot(`../golden/data/${golden}`)
  })

  it.each(kinds)('%s keeps to the width of a terminal, and colours add nothing to it', (name) => {
    const summary = summaryOf(name)
    for (const columns of [60, 80, 120]) {
      const text = printDataSummary(summary, columns, plain)
      for (const line of text.split('\n')) expect(textWidth(line)).toBeLessThanOrEqual(columns)
      const painted = printDataSummary(summary, columns, painter(true)).split('\n')
      expect(painted.map(paintedWidth)).toEqual(text.split('\n').map(textWidth))
    }
  })

  it('counts texts, labels, long and empty texts, and unknown pieces', () => {
    const { parts, labels, labelled, tokenizer } = summaryOf('classes')
    expect(labelled).toBe('class')
    expect(tokenizer).toEqual({ pieces: 90, from: 'requests', trained: true })
    expect(parts).toMatchObject([
      { part: 'train', texts: 12, examples: 12, empty: 1, unknown: { pieces: 0 } },
      // Two words need pieces that the training texts do not have.
      { part: 'test', texts: 3, examples: 3, empty: 0, unknown: { pieces: 2 } },
    ])
    expect(labels).toEqual({
      kind: 'class',
      labels: [
        { label: 'music', counts: { train: 5, test: 0 } },
        { label: 'food', counts: { train: 3, test: 2 } },
        { label: 'weather', counts: { train: 3, test: 1 } },
        { label: 'heating', counts: { train: 1, test: 0 } },
        { label: 'travel', counts: { train: 0, test: 0 } },
      ],
    })
  })

  it('finds duplicates, conflicting labels and leaks, whatever the capitals and spaces', () => {
    const { parts, leaks } = summaryOf('classes')
    const [train, test] = ['test/fixtures/data/train.tsv', 'test/fixtures/data/test.tsv']
    expect(parts[0]).toMatchObject({
      duplicates: {
        texts: 2,
        first: {
          text: 'play some jazz for me',
          places: [
            { file: train, line: 2 },
            { file: train, line: 5 },
          ],
        },
      },
      conflicts: {
        texts: 1,
        first: {
          text: 'turn it up',
          places: [
            { line: 11, label: 'music' },
            { line: 12, label: 'heating' },
          ],
        },
      },
    })
    expect(parts[1]).toMatchObject({ duplicates: { texts: 0 }, conflicts: { texts: 0 } })
    expect(leaks).toEqual([
      {
        part: 'test',
        also: 'train',
        texts: 1,
        share: 1 / 3,
        first: {
          text: 'Order a pizza with olives',
          places: [
            { file: test, line: 3, label: 'food' },
            { file: train, line: 10, label: 'food' },
          ],
        },
      },
    ])
  })

  it('measures texts before they are cut, packed or divided into windows', () => {
    const write = (name: string, text: string): string => {
      writeFileSync(join(home, name), text)
      return join(home, name)
    }
    const letters = (count: number): string => Array.from({ length: count }, () => 'a').join(' ')
    const table = write('table.tsv', `t\n${letters(3)}\n${letters(9)}\n`)
    const lines = write('lines.txt', `${letters(3)}\n${letters(20)}\n`)
    const context = letters(17)
    const qas = [{ id: '1', question: letters(2), answers: [{ text: 'a', answer_start: 0 }] }]
    const squad = write('squad.json', JSON.stringify({ data: [{ paragraphs: [{ context, qas }] }] }))
    const own = 'tokenizer = wordpiece(size = 7), max_length = 8'
    const [cut, packed, divided] = summariesOf({
      text: `data cut { train = "${table}", text = column("t"), ${own} }
data packed { train = "${lines}", text = lines, ${own} }
data divided { train = "${squad}", text = [column("question"), column("context")], label = span(stride = 2, question = 4), ${own} }
`,
    })
    expect(cut).toMatchObject({ long_texts: 'cut', parts: [{ examples: 2, long: { texts: 1, share: 0.5 } }] })
    expect(cut?.lengths.parts.train).toMatchObject({ least: 5, longest: 11 })
    // 20 pieces in blocks of 6.
    expect(packed).toMatchObject({
      long_texts: 'blocks',
      parts: [{ texts: 2, examples: 5, long: { texts: 1 } }],
    })
    expect(packed?.lengths.parts.train).toMatchObject({ least: 5, longest: 22 })
    // [CLS], 2 pieces, [SEP], 3 pieces of a context of 17, [SEP]; windows are 2 apart.
    expect(divided).toMatchObject({
      long_texts: 'windows',
      parts: [{ texts: 1, examples: 8, long: { texts: 1 } }],
    })
    expect(divided?.lengths.parts.train).toMatchObject({ least: 22, longest: 22 })
  })

  it('shows examples as the model reads them: segments, tags, masks, answers', () => {
    const pieces = (name: string): string[][] =>
      summaryOf(name).examples.flatMap(({ segments }) => segments.map((one) => one.map(({ piece }) => piece)))
    expect(
      pieces('numbers')
        .slice(0, 2)
        .map((one) => [one[0], one.at(-1)]),
    ).toEqual([
      ['[CLS]', '[SEP]'],
      ['a', '[SEP]'],
    ])
    const tagged = summaryOf('tags').examples.flatMap(({ segments }) => segments.flat())
    expect(tagged.filter(({ piece }) => piece.startsWith('##')).every(({ tag }) => tag === undefined)).toBe(
      true,
    )
    expect(tagged.some(({ tag }) => tag === 'O')).toBe(true)
    const masked = summaryOf('masked').examples.flatMap(({ segments }) => segments.flat())
    expect(masked.filter(({ piece }) => piece === '[MASK]').every(({ original }) => original)).toBe(true)
    expect(masked.some(({ piece }) => piece === '[MASK]')).toBe(true)
    expect(summaryOf('span').examples.some(({ segments }) => segments[1]?.some(({ answer }) => answer))).toBe(
      true,
    )
  })

  it('is outlined in a line by explain where the files are there', () => {
    const lineOf = (name: string): string[] =>
      [...programOf({ path: `test/fixtures/data/${name}.distill` }).data.values()].flatMap((data) => {
        const outline = outlineData(data)
        return outline ? [outlineLine(outline)] : []
      })
    expect(kinds.flatMap(lineOf)).toEqual([
      'data requests: 12 texts in train and 3 in test; 5 labels, music most often (41.7%)',
      'data likeness: 12 texts in train; numbers from 0.2 to 5, 3.02917 on average',
      'data names: 80 texts in train; 6 types of entities, person most often (42.9%)',
      'data questions: 43 texts in train; answers of 2 words at the median',
      'data lines: 31 texts in train',
    ])
    const absent = programOf({
      text: 'data d { train = "nowhere.tsv", text = column("t"), tokenizer = wordpiece(size = 9), max_length = 8 }',
    })
    expect([...absent.data.values()].map((spec) => outlineData(spec))).toEqual([undefined])
  })
})

describe('distill data', () => {
  it('prints the blocks, or one of them, and everything as JSON', async () => {
    const path = 'test/fixtures/data/classes.distill'
    const run = await distill(['data', path, '--show', '1'])
    expect(run).toMatchObject({ status: 0, err: '' })
    expect(run.out).toMatch(
      /^data requests: a class for each text\n.*\n {2}vocabulary of 90 pieces, trained on requests\n/,
    )
    const json = await distill(['data', path, '--data', 'requests', '--json'])
    expect(JSON.parse(json.out)).toMatchObject({
      data: [{ data: 'requests', leaks: [{ share: 1 / 3 }], examples: [{ part: 'train' }, {}, {}] }],
    })
    expect(await distill(['data', path, '--data', 'request'])).toMatchObject({
      status: 2,
      err: expect.stringMatching(/E1105.*[\s\S]*did you mean `requests`/),
    })
  })

  it('names all missing files in one error', async () => {
    const path = join(home, 'missing.distill')
    const block = (name: string): string =>
      `data ${name} { train = "${name}.tsv", text = column("t"), tokenizer = wordpiece(size = 9), max_length = 8 }\n`
    writeFileSync(path, block('first') + block('second'))
    const run = await distill(['data', path])
    expect(run).toMatchObject({ status: 1, out: '' })
    expect(run.err.match(/error\[E\d+\]/g)).toEqual(['error[E0801]'])
    expect(run.err).toMatch(/first\.tsv[\s\S]*second\.tsv/)
  })
})

describe('histograms', () => {
  it('take quantiles by nearest rank', () => {
    const hundred = Float64Array.from({ length: 100 }, (_, i) => 100 - i)
    expect(quantiles(hundred)).toEqual({ least: 1, median: 50, p95: 95, p99: 99, longest: 100, mean: 50.5 })
    expect(quantiles(Float64Array.of(7))).toEqual({
      least: 7,
      median: 7,
      p95: 7,
      p99: 7,
      longest: 7,
      mean: 7,
    })
  })

  it('have bins of a round width; the last has all of the largest 1%', () => {
    const lengths = Float64Array.from({ length: 1000 }, (_, i) => (i === 999 ? 5000 : 3 + (i % 40)))
    const bins = wholeBins(lengths)
    expect(bins.map(({ from, to }) => [from, to])).toEqual([
      [3, 4],
      ...[5, 10, 15, 20, 25, 30, 35].map((from) => [from, from + 4]),
      [40, 5000],
    ])
    expect(countIn(bins, lengths).reduce((sum, count) => sum + count, 0)).toBe(1000)
    expect(countIn(bins, Float64Array.of(3, 4, 5, 39, 40, 5000))).toEqual([2, 1, 0, 0, 0, 0, 0, 1, 2])
  })

  it('of numbers have a bin for each of few values, else equal bins around all', () => {
    expect(numberBins(Float64Array.of(2, 1, 2))).toEqual([
      { from: 1, to: 1 },
      { from: 2, to: 2 },
    ])
    const values = Float64Array.from({ length: 30 }, (_, i) => (i - 8) / 20)
    const bins = numberBins(values)
    expect(bins[0]).toEqual({ from: -0.4, to: -0.2 })
    expect(bins.at(-1)?.to).toBeGreaterThan(1.05)
    expect(countIn(bins, values)).toEqual([4, 4, 4, 4, 4, 4, 4, 2])
    // The largest number is in the last bin, also at its edge.
    const edge = Float64Array.from({ length: 11 }, (_, i) => i)
    expect(numberBins(edge).at(-1)).toEqual({ from: 9, to: 10 })
    expect(countIn(numberBins(edge), edge).at(-1)).toBe(2)
  })

  it('draw bars in eighths of a column, and a mark for what is not 0', () => {
    expect([bar(1, 4), bar(0.5, 4), bar(0.4, 4), bar(0.001, 4), bar(0, 4)]).toEqual([
      '████',
      '██',
      '█▋',
      '▏',
      '',
    ])
  })
})
