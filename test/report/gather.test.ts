/** Reports of toy runs of each kind of task, and of a run from before runs kept what they show. */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DiagnosticError } from '../../src/diagnostics/diagnostic.ts'
import { countParameters } from '../../src/explain/parameters.ts'
import { openRun } from '../../src/library/open-run.ts'
import { reportOf } from '../../src/library/report.ts'
import type { RunData } from '../../src/report/schema.ts'
import * as toys from './toys.ts'

const folder = toys.home()
afterAll(() => rmSync(folder, { recursive: true }))

const runOf = (path: string, texts = true): RunData => {
  const [run] = reportOf([path], { texts }).runs
  if (!run) throw new Error('no run')
  return run
}
const panels = ({ absent }: RunData): string[] => absent.map(({ panel }) => panel)

/** Numbers that a report must not change from one reading to the next. */
describe('a run of classes', () => {
  const out = join(folder, 'classes')
  let run: RunData
  beforeAll(async () => {
    await toys.train(toys.write(folder, 'classes.distill', toys.classes), out)
    run = runOf(out)
  })

  it('knows the teacher, the student and the student alone', () => {
    expect(run.models.map(({ name, role, trained }) => [name, role, trained])).toEqual([
      ['T', 'teacher', true],
      ['A', 'alone', true],
      ['S', 'student', true],
    ])
    expect(run.models.map(({ note }) => note)).toEqual([
      '2 layers of 16, 2 heads',
      '1 layer of 8, 2 heads',
      '1 layer of 8, 2 heads',
    ])
    expect(run.metric).toEqual({ name: 'accuracy', share: true, higher_is_better: true })
    expect(run.finished).toBe(true)
    expect(run.verdict.headline).toMatch(/^\*\*S (keeps|is as good as) /)
  })

  it('has parts and blocks that sum up to what explain counts', () => {
    const { program } = openRun(out)
    for (const { name, parameters, blocks, parts } of run.models) {
      const instance = program.instances.get(name)
      if (!instance) throw new Error(`no ${name}`)
      expect(parameters).toBe(countParameters(instance))
      for (const list of [blocks, parts])
        expect(list.reduce((sum, part) => sum + part.parameters, 0)).toBe(parameters)
    }
    expect(run.models[2]?.blocks.map(({ title, state, units }) => [title, state, units])).toEqual([
      ['embedding', 'hidden[0]', 8],
      ['layer 1', 'hidden[1]', 8],
      ['pooler', undefined, undefined],
      ['task', 'task.logits', undefined],
    ])
    expect(run.models[2]?.parts[0]).toMatchObject({ title: 'word embedding', kind: 'embedding' })
  })

  it('links the states that its losses compare, with layer maps expanded', () => {
    expect(run.architecture?.links).toEqual([
      { term: 'soft', student: 'task.logits', teacher: 'task.logits' },
      { term: 'states', student: 'hidden[0]', teacher: 'hidden[0]' },
      { term: 'states', student: 'hidden[1]', teacher: 'hidden[2]' },
    ])
    expect(run.architecture?.terms).toMatchObject([
      { name: 'soft', weight: 1 },
      { name: 'states', weight: 0.5 },
    ])
  })

  it('compares every state of student, and of the student alone, with every state of the teacher', () => {
    expect(run.agreement.map(({ student, teacher }) => `${student} ${teacher}`)).toEqual(['S T', 'A T'])
    for (const { rows, columns, values, examples } of run.agreement) {
      expect(rows.map(({ title }) => title)).toEqual(['embedding', 'layer 1', 'logits'])
      expect(columns.map(({ title }) => title)).toEqual(['embedding', 'layer 1', 'layer 2', 'logits'])
      expect(values.map((row) => row.length)).toEqual([4, 4, 4])
      expect(examples).toBe(30)
      for (const value of values.flat()) expect(value).toBeLessThanOrEqual(1.0001)
    }
  })

  it('counts the answers of the final scores: accuracy, classes and pairs agree', () => {
    const [answers] = run.answers
    if (!answers) throw new Error('no answers')
    expect(answers).toMatchObject({
      data: 'notes',
      split: 'test',
      unit: 'texts',
      count: 30,
      support: [10, 10, 10],
    })
    for (const { model, confusion, bins } of answers.models) {
      const right = confusion.reduce((sum, row, k) => sum + (row[k] ?? 0), 0)
      expect(right / 30).toBeCloseTo(run.models.find(({ name }) => name === model)?.metrics.accuracy ?? -1, 9)
      expect(bins.reduce((sum, { count }) => sum + count, 0)).toBe(30)
    }
    for (const { a, both, only_a, only_b, neither } of answers.pairs) {
      expect(both + only_a + only_b + neither).toBe(30)
      expect((both + only_a) / 30).toBeCloseTo(
        run.models.find(({ name }) => name === a)?.metrics.accuracy ?? -1,
        9,
      )
    }
    expect(answers.pairs.slice(0, 2).map(({ a, b }) => a + b)).toEqual(['ST', 'SA'])
    const shown = Object.values(answers.texts).flat()
    expect(shown.length).toBeGreaterThan(0)
    for (const { text, file, line } of shown)
      expect(readFileSync(file, 'utf8').split('\n')[line - 1]).toContain(text)
  })

  it('has a log with clipping, planned memory, compilation and the clock', () => {
    expect(run.stages.map(({ name, trains, reads, steps }) => [name, trains, reads, steps])).toEqual([
      ['learn', ['T'], [], 24],
      ['alone', ['A'], [], 24],
      ['distil', ['S'], ['T'], 24],
    ])
    for (const { rows, evaluations, seconds } of run.stages) {
      expect(rows.every(({ clipped = -1 }) => clipped >= 0 && clipped <= 1)).toBe(true)
      expect(evaluations).toHaveLength(3)
      expect(seconds).toBeGreaterThan(0)
    }
    expect(run.memory.map(({ stage }) => stage)).toEqual(['learn', 'alone', 'distil'])
    for (const { live, peak, peak_at, turn, peak_name, measured = 0 } of run.memory) {
      expect(live[peak_at]).toBe(peak)
      expect(Math.max(...live)).toBe(peak)
      expect(live.length).toBeLessThanOrEqual(400)
      expect(turn).toBeGreaterThan(0)
      expect(peak_name).not.toBe('')
      expect(measured).toBeGreaterThan(0)
    }
    const [first, second] = run.compile
    expect(first?.spans.slice(0, 3).map(({ name }) => name)).toEqual(['parse', 'check', 'lower'])
    expect(second?.spans[0]?.name).toBe('lower')
    for (const { spans, total_ms } of run.compile) {
      expect(spans.map(({ name }) => name)).toEqual(expect.arrayContaining(['differentiate', 'plan memory']))
      for (const [i, { at_ms, ms }] of spans.entries()) {
        expect(at_ms).toBeGreaterThanOrEqual((spans[i - 1]?.at_ms ?? 0) - 0.02)
        expect(at_ms + ms).toBeLessThanOrEqual(total_ms + 0.02)
      }
    }
    expect(run.clock.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['teach', 'train', 'evaluate']))
    expect(run.processor).toMatch(/, \d+ threads$/)
  })

  it('leaves texts out on request, and says so; labels and places stay', () => {
    const without = runOf(out, false)
    const shown = without.answers.flatMap(({ texts }) => Object.values(texts).flat())
    expect(shown.length).toBeGreaterThan(0)
    for (const one of shown) expect(one.text ?? one.second).toBeUndefined()
    expect(JSON.stringify(without.answers)).not.toContain('bird')
    expect(panels(without)).toContain('texts')
  })

  it('says which texts are missing when a file of the data has changed', () => {
    const moved = join(folder, 'changed')
    for (const name of ['classes', 'classes.distill', 'train.tsv'])
      cpSync(join(folder, name), join(moved, name), { recursive: true })
    const config = join(moved, 'classes/config.json')
    writeFileSync(config, readFileSync(config, 'utf8').replaceAll(folder, moved))
    const answers = join(moved, 'classes/answers/notes.test.json')
    writeFileSync(answers, readFileSync(answers, 'utf8').replaceAll(folder, moved))
    writeFileSync(join(moved, 'test.tsv'), 'label\tstars\ttext\nanimal\t1\tother\n')
    const other = runOf(join(moved, 'classes'))
    expect(other.absent.find(({ panel }) => panel === 'texts')?.why).toContain('has changed since the run')
    expect(JSON.stringify(other.answers)).not.toContain('bird')
  })

  it('tells how to do it again', () => {
    expect(run.again.command).toBe(`distill train ${join(folder, 'classes.distill')} --seed 0 --backend cpu`)
    expect(run.again.texts['classes.distill']).toBe(toys.classes)
    expect(run.again.files.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['classes.distill', 'std/bert.distill', 'train.tsv', 'notes.test']),
    )
  })
})

describe('other tasks', () => {
  it('numbers: points, an interval, and a headline without a teacher', async () => {
    const run = runOf(
      await toys.train(toys.write(folder, 'numbers.distill', toys.numbers), join(folder, 'numbers')),
    )
    expect(run.verdict.headline).toMatch(
      /^\*\*T has a pearson of -?[\d.]+\*\* with [\d,.]+ (k )?parameters\.$/,
    )
    expect(run.numbers).toMatchObject([{ data: 'notes', split: 'test', count: 30, models: [{ model: 'T' }] }])
    expect(run.numbers[0]?.models[0]?.points).toHaveLength(30)
    const { metrics, interval } = run.models[0] ?? {}
    expect(interval?.low).toBeLessThanOrEqual(metrics?.pearson ?? Number.NaN)
    expect(interval?.high).toBeGreaterThanOrEqual(metrics?.pearson ?? Number.NaN)
    expect(run.absent.find(({ panel }) => panel === 'agreement')?.why).toContain('no teacher')
    expect(run.architecture).toBeUndefined()
  })

  it('tags: by word, with the word in its sentence', async () => {
    const run = runOf(await toys.train(toys.write(folder, 'tags.distill', toys.tags), join(folder, 'tags')))
    const [answers] = run.answers
    expect(answers).toMatchObject({ unit: 'words', labels: ['O', 'B-X', 'I-X'] })
    expect(answers?.support.reduce((sum, count) => sum + count, 0)).toBe(answers?.count)
    expect(answers?.support[1]).toBe(20)
    const shown = Object.values(answers?.texts ?? {}).flat()
    for (const { label, text } of shown) expect(text).toContain(label.split(':')[0])
  })

  it('questions: right or wrong, with the answers from the context', async () => {
    const run = runOf(
      await toys.train(toys.write(folder, 'questions.distill', toys.questions), join(folder, 'questions')),
    )
    const [answers] = run.answers
    expect(answers).toMatchObject({ unit: 'questions', count: 20, labels: [] })
    expect(run.metric?.name).toBe('span_f1')
    expect(run.models[0]?.interval).toBeDefined()
    for (const { text, label } of Object.values(answers?.texts ?? {}).flat()) {
      expect(text).toBe('who is it')
      expect(label).toMatch(/^(red|old|child)$/)
    }
  })

  it('texts alone: nothing is scored, and it says so', async () => {
    const run = runOf(
      await toys.train(toys.write(folder, 'texts.distill', toys.texts), join(folder, 'texts'), {
        randomWeights: true,
      }),
    )
    expect(run.verdict.headline).toMatch(
      /^\*\*S was distilled from K\*\*; no data has answers to score it by\./,
    )
    expect(run.verdict.lede).toMatch(/^In stage `distil` the loss went from /)
    expect(run.stages[0]?.unscored).toContain('names no metric')
    expect(run.agreement).toMatchObject([{ student: 'S', teacher: 'K', data: 'notes', split: 'train' }])
    expect(run.absent.find(({ panel }) => panel === 'classes')?.why).toContain('No data has answers')
  })
})

describe('other folders', () => {
  it('a run from before: what is missing is said', () => {
    const old = runOf('test/fixtures/old-run')
    expect(panels(old)).toEqual(['agreement', 'classes', 'memory', 'compile'])
    for (const { why } of old.absent) expect(why).toContain('before runs kept this')
    expect(old.verdict.headline).toBe(
      '**S keeps 60.0% of its teacher\u2019s accuracy** with 1.6\u00d7 fewer parameters, and answers 2.7\u00d7 faster.',
    )
    expect(old.stages.map(({ steps, seconds }) => [steps, seconds > 0])).toEqual([
      [40, true],
      [40, true],
    ])
  })

  it('a run that was interrupted: what there is, and where it is', async () => {
    const out = join(folder, 'interrupted')
    const stop = new AbortController()
    const { trainSpec } = await import('../../src/library/train.ts')
    const spec = toys.write(folder, 'classes.distill', toys.classes)
    await trainSpec(
      spec,
      { out, backend: 'cpu', signal: stop.signal },
      {
        step: ({ stage, step }) => {
          if (stage === 'distil' && step === 20) stop.abort()
        },
      },
    )
    const run = runOf(out)
    expect(run.finished).toBe(false)
    expect(run.verdict.headline).toMatch(/^This run is not finished: stage `distil` is at step 20\./)
    expect(run.verdict.checks).toContainEqual(
      expect.objectContaining({ kind: 'look', title: 'Not finished' }),
    )
  })

  it('no run: E1107 says what is there', () => {
    const empty = join(folder, 'empty')
    mkdirSync(empty, { recursive: true })
    for (const [path, said] of [
      [empty, 'holds no run'],
      [join(folder, 'nowhere'), 'is not there'],
    ] as const) {
      try {
        reportOf([path], { texts: true })
        throw new Error('it was a run')
      } catch (error) {
        if (!(error instanceof DiagnosticError)) throw error
        expect(error.diagnostics[0]).toMatchObject({ code: 'E1107', message: expect.stringContaining(said) })
      }
    }
  })
})
