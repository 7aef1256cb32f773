import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { beginSpec } from '../../src/begin/begin.ts'
import { recipeNames } from '../../src/begin/recipes.ts'
import { timeSpec } from '../../src/begin/speed.ts'
import { checkSpec } from '../../src/library/check.ts'
import { trainSpec } from '../../src/library/train.ts'
import { distill } from '../distill.ts'
import { writeFolder } from '../huggingface/folders.ts'
import { layouts } from '../huggingface/layouts.ts'
import { machine, writeDataSets } from './fixtures.ts'

const root = mkdtempSync(path.join(tmpdir(), 'distill-begin-'))
const at = (name: string): string => path.join(root, name)
beforeAll(() => writeDataSets(root))
afterAll(() => rmSync(root, { recursive: true }))

const options = { recipe: 'plain', minutes: 5, time: async () => machine } as const
let count = 0
/** Writes the spec for a data set of the fixtures, and gives its path. */
async function begin(place: string, more: Partial<Parameters<typeof beginSpec>[2]> = {}) {
  const file = at(`${count++}.distill`)
  const remarks: string[] = []
  const found = (_: readonly string[], notes: readonly string[]): number => remarks.push(...notes)
  const begun = await beginSpec(at(place), file, { ...options, found, ...more })
  writeFileSync(file, begun.text)
  return { file, remarks, ...begun }
}

async function problems(file: string): Promise<string[]> {
  const { diagnostics } = await checkSpec(file)
  return diagnostics.map(({ code, message }) => `${code} ${message}`)
}

describe('a new spec for data', () => {
  it.each([
    ['classes', 'classes/train.tsv'],
    ['no-header', 'no-header/all.csv'],
    ['numbers', 'numbers/reviews-train.csv.gz'],
    ['prices', 'prices.csv'],
    ['pairs', 'pairs/train.jsonl'],
    ['tags', 'tags/train.conll'],
    ['lists', 'lists'],
    ['questions', 'questions/train.json'],
    ['lines', 'lines/texts.txt'],
    ['folder', 'folder'],
    ['class-folders', 'films'],
    ['newsgroups', 'newsgroups'],
    ['tabs', 'tabs/messages'],
  ])('of %s is this text, checks with its files, and is formatted', async (name, place) => {
    const { text, file } = await begin(place)
    await expect(text).toMatchFileSnapshot(`../golden/begin/${name}.txt`)
    expect(await problems(file)).toEqual([])
    expect((await distill(['fmt', '--check', file])).status).toBe(0)
  })

  const places = ['classes', 'numbers/reviews-train.csv.gz', 'tags', 'questions', 'lines', 'pairs']
  it.each(recipeNames.flatMap((recipe) => places.map((place) => [recipe, place] as const)))(
    'by the recipe %s for %s checks, and is formatted',
    async (recipe, place) => {
      const { file } = await begin(place, { recipe })
      expect(await problems(file)).toEqual([])
      expect((await distill(['fmt', '--check', file])).status).toBe(0)
    },
  )

  it.each(recipeNames)('by the recipe %s trains, each stage for some steps', async (recipe) => {
    const { file } = await begin('classes', { recipe })
    const stages = new Set<string>()
    const terms: number[] = []
    const result = await trainSpec(
      file,
      { out: at(`run-${recipe}`), maxSteps: 2, backend: 'wasm' },
      { step: ({ stage, loss }) => [stages.add(stage), terms.push(loss)] },
    )
    expect(result.kind).toBe('finished')
    expect(terms.every((loss) => Number.isFinite(loss))).toBe(true)
    expect([...stages].slice(0, 2)).toEqual(['learn', 'student_alone'])
    expect(stages.size).toBeGreaterThanOrEqual(3)
  })

  it('times the stages of a real spec, and names no temporary folder in an error', async () => {
    const file = at('timed.distill')
    const { text } = await beginSpec(at('classes'), file, { ...options, time: timeSpec })
    expect(text).toContain('stage distil after learn')
    const wrong = text.replaceAll('classes/train.tsv', at('classes/nothing.tsv'))
    const said = await timeSpec(wrong).catch((error: unknown) => JSON.stringify(error))
    expect(said).toContain('nothing.tsv')
    expect(said).not.toContain('distill-new-')
  })

  it('names siblings, and leaves out one that does not fit', async () => {
    const { text } = await begin('tags')
    expect(text).toContain('validation = "tags/valid.conll"')
    writeFileSync(at('classes/test.tsv'), 'sentence\tlabel\na\t-1\nb\t-1\n')
    const other = await begin('classes')
    expect(other.text).toContain('validation = "classes/dev.tsv"')
    expect(other.text).not.toContain('test = ')
    expect(other.remarks).toEqual(['test.tsv is not used: its labels are others, such as `-1`'])
    rmSync(at('classes/test.tsv'))
  })

  it('asks which column is meant only if somebody can answer', async () => {
    const lines = Array.from({ length: 40 }, (_, i) => `a text of some words ${i}\t${i % 2}\t${i % 3}\n`)
    writeFileSync(at('two.tsv'), `text\tfirst\tsecond\n${lines.join('')}`)
    const asked: string[][] = []
    const answered = await begin('two.tsv', {
      ask: async (question, choices) => {
        asked.push([question, ...choices])
        return 1
      },
    })
    expect(asked).toEqual([
      ['Which column is the label?', 'first', 'second', 'none: learn from the texts alone'],
    ])
    expect(answered.text).toContain('class(column("second"))')
    const guessed = await begin('two.tsv')
    expect(guessed.text).toContain('class(column("first"))')
    expect(guessed.remarks).toEqual(['the label could also be `second`: choose by --label NAME'])
    const named = await begin('two.tsv', { label: 'second' })
    expect([named.text.includes('class(column("second")'), named.remarks]).toEqual([true, []])
    expect((await begin('two.tsv', { label: 'none' })).text).toContain('masked_lm')
  })

  it('budgets fill the minutes, less for a machine that is slower', async () => {
    const fast = await begin('classes', { minutes: 1 })
    expect(fast.seconds).toBeLessThan(60)
    const slower = {
      ...machine,
      stages: new Map([...machine.stages].map(([name, time]) => [name, { ...time, step: 4 * time.step }])),
    }
    const slow = await begin('classes', { minutes: 1, time: async () => slower })
    expect(slow.seconds).toBeGreaterThan(40)
    expect(slow.seconds).toBeLessThan(60)
    expect(slow.design.learn.steps).toBeLessThan(fast.design.learn.steps)
    expect(slow.slowdown).toBe(1)
    // The budget does not shrink with what other programs take for a while: both times are printed.
    const busy = await begin('classes', { minutes: 1, time: async () => ({ ...slower, slowdown: 2 }) })
    expect([busy.slowdown, busy.design]).toEqual([2, slow.design])
  })

  it.each([
    ['BertForSequenceClassification', 'classes', 'plain'],
    ['BertForMaskedLM', 'classes', 'distilbert'],
    ['BertForSequenceClassification', 'numbers/reviews-train.csv.gz', 'svd'],
    ['DistilBertForMaskedLM', 'classes', 'tinybert'],
    ['DistilBertForSequenceClassification', 'pairs', 'minilm'],
    ['BertForTokenClassification', 'tags', 'albert'],
    ['DistilBertForQuestionAnswering', 'questions', 'plain'],
    ['BertForMaskedLM', 'lines', 'distilbert'],
    ['DistilBertForMaskedLM', 'lines', 'plain'],
  ] as const)('a folder of %s teaches %s by the recipe %s', async (name, place, recipe) => {
    const layout = layouts[name]
    if (layout === undefined) throw new Error(name)
    const teacher = writeFolder(at(`teacher-${count}`), name, layout)
    const { file, text } = await begin(place, { teacher, recipe })
    expect(text).toContain(`weights = "${path.basename(teacher)}"`)
    expect(text).toContain(`tokenizer = "${path.basename(teacher)}"`)
    expect(await problems(file)).toEqual([])
    const run = { out: `${file}-run`, maxSteps: 1, backend: 'wasm' }
    expect((await trainSpec(file, run, {})).kind).toBe('finished')
  })
})
