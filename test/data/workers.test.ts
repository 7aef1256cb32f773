/** Processes that read data together have the tokenizer and the examples of one that reads it alone. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { deserialize, serialize } from 'node:v8'
import { afterAll, expect, it } from 'vitest'
import type { DataSpec } from '../../src/check/program.ts'
import { loadDataset } from '../../src/data/load-dataset.ts'
import type { Workers } from '../../src/data/workers.ts'
import { block, classes, files, programOf, span, unusedStage } from './blocks.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'distill-workers-'))
afterAll(() => rmSync(folder, { recursive: true }))
function write(name: string, text: string): string {
  const place = path.join(folder, name)
  writeFileSync(place, text)
  return place
}

const asked: string[] = []
/** Their results arrive as copies, and were not computed in order. */
const workers = (count: number): Workers => ({
  count,
  each(items, work, what) {
    const all = [...items]
    const backwards = all.reverse().map((item) => serialize(work(item)))
    asked.push(`${what}: ${all.length}`)
    return backwards.reverse().map((bytes) => deserialize(bytes))
  },
  first: (find) => find(),
})

const sentences = Array.from({ length: 700 }, (_, i) => `s${i % 97} a${i % 13} fine film${i % 7}`)
const table = write(
  'table.tsv',
  `sentence\tlabel\n${sentences.map((text, i) => `${text}\t${i % 3 === 0 ? 'bad' : 'good'}\n`).join('')}`,
)
const documents = write('documents.txt', sentences.map((text, i) => `${text}\n${i % 9 ? '' : '\n'}`).join(''))
const squad = path.resolve('test/fixtures/tasks/xquad.json')
const wordpiece = (size: number) => ({ kind: 'wordpiece', size, lowercase: true, data: 'd', span }) as const
const blocks: Readonly<Record<string, DataSpec>> = {
  table: block({ name: 'd', train: files(table), label: classes('bad', 'good') }),
  documents: block({ name: 'd', train: files(documents), text: { kind: 'documents' }, maxLength: 24 }),
  questions: block({
    ...{ name: 'd', train: files(squad), tokenizer: wordpiece(900), maxLength: 96 },
    text: { kind: 'pair', columns: ['question', 'context'], span },
    label: { kind: 'span', stride: 32, question: 24, span },
  }),
}

for (const [kind, spec] of Object.entries(blocks))
  it.each([2, 3])(`${kind}, by %i`, (count) => {
    const order = { ...unusedStage, data: 'd', targets: new Map([['order', span]] as const) }
    const program = { ...programOf(spec), stages: kind === 'documents' ? [order] : [] }
    const alone = loadDataset(program, 'd')
    asked.length = 0
    const together = loadDataset(program, 'd', { workers: workers(count) })
    expect(together).toEqual(alone)
    expect(asked[0]).toBe(`its counts of words: ${count}`)
    expect(asked[1]).toMatch(/^its encoded texts: [1-9]/)
  })
