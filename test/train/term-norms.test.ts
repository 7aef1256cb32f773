/** The norm of each term's part of the gradient: that of a stage which minimizes this part alone, and no weight is another for it. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { createRunner } from '../../src/backends/index.ts'
import type { Stage } from '../../src/check/program.ts'
import { splitMicrobatches } from '../../src/data/batching.ts'
import { compileStage, compileTaps } from '../../src/lower/stage.ts'
import type { Runner } from '../../src/run/runner.ts'
import { globalNorm } from '../../src/train/clip.ts'
import type { StepDone } from '../../src/train/observer.ts'
import { Trainer } from '../../src/train/run.ts'
import { RunFolder } from '../../src/train/run-folder.ts'
import { evaluateBatch } from '../../src/train/step.ts'
import { canMeasureTerms, logsTermNormsAt, termNormsAt } from '../../src/train/term-norms.ts'
import type { TrainOptions } from '../../src/train/train-options.ts'
import { batchOf, prepare, programOf } from '../lower/spec-run.ts'
import { describeBackends } from '../run/backends.ts'
import {
  adamw,
  hardLoss,
  program,
  softLoss,
  stage,
  TinyData,
  term,
  tinyModel,
  weighted,
} from './tiny-program.ts'

const reference = await createRunner('reference')
const wasm = await createRunner('wasm')
afterAll(() => wasm.dispose())

const spec = (minimize: string, more = '', declared = '') => `
import { bert_base } from "std/bert.distill"
import { classifier } from "std/heads.distill"
import { soften } from "std/losses.distill"
data texts { train = "train.tsv", text = column("text"), label = class(column("label"), ["a", "b"])
  tokenizer = wordpiece(size = 40), max_length = 12 }
model deep = bert_base with { vocabulary = texts.vocabulary, positions = 12, layers = 1, hidden_size = 12, intermediate_size = 16, heads = 2 }
model flat = deep with { hidden_size = 8 }
teacher T : deep { heads { task = classifier(texts.label) } }
student S : flat { heads { task = classifier(texts.label) } }
projection W : flat.hidden_size -> deep.hidden_size = linear
loss hidden = mse(W(S.hidden[1]), T.hidden[1])
loss soft = soften(S.task.logits, T.task.logits, temperature = 4 - 3 * progress)
loss hard = cross_entropy(S.task.logits, batch.label)
${declared}
stage distil {
  minimize ${minimize}
  data = texts, budget = 10 steps, batch = 6, optimizer = adamw(rate = 1e-3)${more}
}
`
const moment = { progress: 0.4, step: 4, epoch: 0 }
const random = { seed: 1, stage: 'distil', step: 4 }
const batch = batchOf([5, 3, 4, 6, 2, 3], { vocabulary: 40, classes: 2 })

/** The norms of the terms of a stage, with dropout, and that of the whole gradient. */
function normsOf(
  minimize: string,
  {
    runner = reference,
    micro = 6,
    more = '',
    declared = '',
    termGradients = 'always',
  }: {
    runner?: Runner
    micro?: number
    more?: string
    declared?: string
    termGradients?: 'from step' | 'always'
  } = {},
) {
  const checked = programOf({ text: spec(minimize, more, declared) })
  const [only] = checked.stages
  if (!only) throw new Error('no stage')
  const { capabilities = new Set<string>() } = runner
  const graphs = compileStage(checked, only, { capabilities, termGradients })
  const context = { ...prepare(checked, only, runner, 0.2), graphs, counter: reference }
  const batches = splitMicrobatches(batch, micro)
  const able = canMeasureTerms(only, graphs)
  const finish = able ? termNormsAt(context, batches, random, moment) : () => new Map<string, number>()
  const { terms, gradients } = evaluateBatch(context, batches, random, moment)
  const norm = globalNorm(gradients.values())
  return { terms, norm, norms: finish({ terms, norm }), able, extra: graphs.termSteps?.size }
}
const alone = (minimize: string): number => normsOf(minimize).norm

describe('the norm of a term', () => {
  it('is that of a stage that minimizes this part alone, its weight and what changes included', () => {
    const { norms, norm } = normsOf('2 * hidden + (1 - progress) * soft - hard / 4')
    expect([...norms.keys()]).toEqual(['hidden', 'soft', 'hard'])
    expect(norms.get('hidden')).toBeCloseTo(alone('2 * hidden'), 6)
    expect(norms.get('soft')).toBeCloseTo(alone('(1 - progress) * soft'), 6)
    expect(norms.get('hard')).toBeCloseTo(alone('hard / 4'), 6)
    expect(Math.min(...norms.values())).toBeGreaterThan(1e-3)
    expect(norm).toBeLessThan([...norms.values()].reduce((sum, one) => sum + one, 0))
  })

  it('is the same over micro-batches, and the mean of theirs where a stage says so', () => {
    const whole = normsOf('hidden + soft').norms
    const parts = normsOf('hidden + soft', { micro: 2, more: ', microbatch = 2' }).norms
    for (const [name, value] of whole) expect(parts.get(name)).toBeCloseTo(value, 5)
    const means = ', microbatch = 2, normalise = microbatch'
    const one = normsOf('hidden', { micro: 2, more: means })
    expect(normsOf('hidden + soft', { micro: 2, more: means }).norms.get('hidden')).toBeCloseTo(one.norm, 6)
    expect(one.norm).not.toBeCloseTo(whole.get('hidden') ?? 0, 4)
  })

  it('is that of the whole gradient where there is one, without another pass', () => {
    const { norms, norm, extra } = normsOf('3 * hidden')
    expect([...norms]).toEqual([['hidden', norm]])
    expect(extra).toBe(0)
    expect(normsOf('3 * hidden', { termGradients: 'from step' }).norms).toEqual(norms)
  })

  it('comes from the step itself where a weighted sum is minimized, else from a graph a term if that is asked for', () => {
    const sum = normsOf('2 * hidden - hard / 4 + mean(S.pooler * S.pooler)', {
      termGradients: 'from step',
    })
    expect([...sum.norms.keys()]).toEqual(['hidden', 'hard', 'rest'])
    expect(sum.norms.get('hidden')).toBeCloseTo(alone('2 * hidden'), 6)
    expect(sum.norms.get('hard')).toBeCloseTo(alone('hard / 4'), 6)
    expect(sum.extra).toBeUndefined()
    for (const [minimize, declared] of [
      ['soft * hard + hidden', ''],
      ['both + hidden', 'loss both = soft + 2 * hidden'],
      [
        'quotient + hidden',
        'loss quotient = cross_entropy(S.task.logits, batch.label) / mean(T.pooler * T.pooler)',
      ],
      ['inside + hidden', 'loss inside = mse(S.pooler, mean(T.pooler * T.pooler) * S.pooler)'],
    ] as const) {
      const told = normsOf(minimize, { declared })
      expect(told.extra, minimize).toBe(told.terms.size)
      expect(told.norms.get('hidden'), minimize).toBeCloseTo(alone('hidden'), 6)
      expect(normsOf(minimize, { declared, termGradients: 'from step' }).able, minimize).toBe(false)
    }
  })

  it('is told of losses that are multiplied, compared and chosen by their share of the total', () => {
    const { terms, norms } = normsOf('max(hard, progress * hidden) + soft * hard')
    const [hard = 0, soft = 0, hidden = 0] = ['hard', 'soft', 'hidden'].map((name) => terms.get(name))
    const larger = hard >= 0.4 * hidden
    expect(norms.get('hard')).toBeCloseTo((soft + (larger ? 1 : 0)) * alone('hard'), 5)
    expect(norms.get('soft')).toBeCloseTo(hard * alone('soft'), 5)
    expect(norms.get('hidden')).toBeCloseTo(larger ? 0 : 0.4 * alone('hidden'), 5)
    const chosen = normsOf(
      '(if progress < 0.5 then hard^2 else soft) - min(soft, constant(hidden)) / hard',
    ).norms
    const slope = 2 * hard + Math.min(soft, hidden) / hard ** 2
    expect((chosen.get('hard') ?? 0) / (slope * alone('hard'))).toBeCloseTo(1, 5)
  })
})

describeBackends('on %s', (open, name) => {
  it('the norms of terms are those of the reference', async () => {
    const runner = await open()
    const there = normsOf('2 * hidden + soft + hard', { runner, micro: 3 }).norms
    const here = normsOf('2 * hidden + soft + hard').norms
    expect([...there.keys()]).toEqual([...here.keys()])
    for (const [term, value] of here)
      expect(Math.abs((there.get(term) ?? Number.NaN) - value) / value, `${name}: ${term}`).toBeLessThan(1e-4)
    runner.dispose()
  })
})

describe('sampled', () => {
  const stepsOf = (often: 'sampled' | 'logged', terms: number, total: number): number[] => {
    const { stages } = programOf({ text: spec(['hidden', 'soft', 'hard'].slice(0, terms).join(' + ')) })
    const [only] = stages
    if (!only) throw new Error('no stage')
    expect(only.terms.length).toBe(terms)
    const steps = Array.from({ length: total }, (_, step) => step + 1)
    return steps.filter((step) => logsTermNormsAt(often, only, step, total))
  }
  it('is at the first line and then every so many steps that all terms take 2% of them', () => {
    expect(stepsOf('sampled', 2, 350)).toEqual([20, 100, 200, 300])
    expect(stepsOf('sampled', 3, 350)).toEqual([20, 160, 320])
    expect(stepsOf('sampled', 2, 7)).toEqual([7])
  })
  it('is at each line where the norm of a term is known, or where that is asked for', () => {
    expect(stepsOf('sampled', 1, 50)).toEqual([20, 40, 50])
    expect(stepsOf('logged', 3, 50)).toEqual([20, 40, 50])
  })
})

describe('a run that tells the gradients of its terms', () => {
  const root = mkdtempSync(join(tmpdir(), 'term-norms-'))
  afterAll(() => rmSync(root, { recursive: true }))
  const teacher = tinyModel('T', 'teacher', 8)
  const student = tinyModel('S', 'student', 4, { rate: 0.1 })
  const soft = softLoss(student.logits, teacher.logits)
  const hard = hardLoss(student.logits)
  const both = term({ op: 'binary', name: '+' }, [weighted(2, soft), hard], [])
  const number = (value: number) => term({ op: 'number', value }, [], [])
  const own: Partial<Stage> & Pick<Stage, 'trained'> = {
    trained: student.keys,
    training: new Set(['S']),
    instances: ['S', 'T'],
    microbatch: 3,
    optimizer: adamw(0.05),
    terms: [
      { name: 'soft', term: soft, weight: number(2), span: student.instance.span },
      { name: 'hard', term: hard, weight: number(1), span: student.instance.span },
    ],
  }
  const whole = program([teacher, student], [stage('distil', both, own)])
  let folders = 0
  const trainer = (folder: RunFolder, runner: Runner, change: Partial<TrainOptions> = {}): Trainer =>
    new Trainer({
      program: whole,
      runner,
      data: new TinyData(),
      compileStage,
      compileTaps,
      folder,
      seed: 3,
      observer: {},
      clock: () => 0,
      ...change,
    })
  const fresh = (): RunFolder => new RunFolder(join(root, `run-${folders++}`))
  const weights = (made: Trainer): number[][] =>
    student.keys.map((key) => Array.from(made.store.get(key).read()))

  it.each([
    ['reference', reference],
    ['wasm, updated on the device', wasm],
  ])('has the weights of one without, bit for bit, also when it is interrupted: %s', async (_, runner) => {
    const plain = trainer(fresh(), runner)
    await plain.run()
    const steps: StepDone[] = []
    const telling = trainer(fresh(), runner, {
      termGradients: 'logged',
      observer: { step: (event) => steps.push(event) },
    })
    await telling.run()
    expect(weights(telling)).toEqual(weights(plain))
    const told = steps.filter(({ termNorms }) => termNorms)
    expect(told.map(({ step }) => step)).toEqual([20, 24])
    for (const { termNorms } of told)
      expect([...(termNorms ?? [])].map(([name]) => name)).toEqual(['soft', 'hard'])
    const lines = readFileSync(join(telling.folder.path, 'metrics.jsonl'), 'utf8').trim().split('\n')
    const logged = lines.flatMap((line) => JSON.parse(line).term_gradient_norms ?? [])
    expect(logged).toEqual(told.map(({ termNorms }) => Object.fromEntries(termNorms ?? [])))
    const sampled = trainer(fresh(), runner, { termGradients: 'sampled' })
    await sampled.run()
    const [first, ...others] = readFileSync(join(sampled.folder.path, 'metrics.jsonl'), 'utf8')
      .split('\n')
      .filter((line) => line.includes('term_gradient_norms'))
    expect(others).toEqual([])
    expect(JSON.parse(first ?? '').term_gradient_norms).toEqual(logged[0])
    expect(readFileSync(join(plain.folder.path, 'metrics.jsonl'), 'utf8')).not.toContain(
      'term_gradient_norms',
    )

    const folder = fresh()
    let asked = 0
    const part = trainer(folder, runner, { termGradients: 'logged', interrupted: () => asked++ === 13 })
    expect((await part.run()).kind).toBe('interrupted')
    const rest = trainer(folder, runner, { termGradients: 'sampled' })
    rest.resume()
    await rest.run()
    expect(weights(rest)).toEqual(weights(plain))
  })
})
