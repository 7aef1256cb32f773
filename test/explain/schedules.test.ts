/** What is told of numbers that change over a stage, of optimizers, class weights and evaluations: whatever the spec says, in its own words. */
import { describe, expect, it } from 'vitest'
import type { Program } from '../../src/check/program.ts'
import { filesOnDisk } from '../../src/disk/spec-files.ts'
import { formula } from '../../src/explain/formula.ts'
import { printReport } from '../../src/explain/print.ts'
import { reportSpec } from '../../src/explain/report.ts'
import { shownStages } from '../../src/explain/shown-stages.ts'
import { evaluateScalar } from '../../src/train/schedule.ts'
import { programOf } from '../lower/spec-run.ts'

const models = `
import { bert_base } from "std/bert.distill"
import { classifier } from "std/heads.distill"
import { soften } from "std/losses.distill"
data d {
  train = "train.tsv", validation = "dev.tsv", text = column("text")
  label = class(column("label"), ["a", "b", "c"]), tokenizer = wordpiece(size = 8000)
}
model small = bert_base with { vocabulary = d.vocabulary, layers = 2, hidden_size = 8, heads = 2 }
teacher T : small { heads { task = classifier(d.label) } }
student S : small { heads { task = classifier(d.label) } }
`

function told(rest: string): { readonly text: string; readonly program: Program } {
  const program = programOf({ text: `${models}${rest}` })
  const backend = { name: 'cpu', capabilities: new Set<string>() }
  return {
    text: printReport(reportSpec(program, { files: filesOnDisk, passes: 'none', backend }), { columns: 96 }),
    program,
  }
}

/** The lines of the first stage from its optimizer to the cost of a step. */
function beforeTerms(text: string): string[] {
  const lines = text.split('\n')
  const first = lines.findIndex((line) => line.startsWith('  stage'))
  return lines.slice(
    first + 2,
    lines.findIndex((line) => line.startsWith('    a full step')),
  )
}
/** The table of terms and what is below it, to the table of optimizations. */
function belowTerms(text: string): string[] {
  const lines = text.split('\n').slice(text.split('\n').findIndex((line) => line.startsWith('    term')))
  return lines.slice(
    0,
    lines.findIndex((line) => line.startsWith('    optimizations')),
  )
}

describe('explain tells', () => {
  it('weights, temperatures and other numbers that change, class weights and smoothing', () => {
    const { text } = told(`
loss soft  = soften(S.task.logits, T.task.logits, temperature = 4 - 3 * progress)
loss plain = soften(S.task.logits, T.task.logits, temperature = 2)
loss rare  = cross_entropy(S.task.logits, smooth(batch.label, 10%), weights = [1, 2, 5])
loss ramp  = mse(S.task.logits, T.task.logits) * (if step < 100 then 0.01 * step else 1)
stage distil {
  minimize (1 - progress) * soft + plain + progress / 2 * rare + ramp
  data = d, budget = 2 epochs, batch = 4, optimizer = adam(rate = 1e-4)
}`)
    expect(belowTerms(text)).toEqual([
      '    term   weight        mask  divided by',
      '    soft   1 - progress  -     example',
      '    plain  1             -     example',
      '    rare   progress / 2  -     example',
      '    ramp   1             -     example x class',
      '    soft: temperature = 4 - 3 * progress',
      '    rare: weights = [1, 2, 5]; labels smoothed by 10%',
      '    ramp: reads if step < 100 then 0.01 * step else 1',
    ])
  })

  it('what is minimized where it is no weighted sum', () => {
    const { text } = told(`
loss soft = soften(S.task.logits, T.task.logits)
loss hard = cross_entropy(S.task.logits, batch.label)
stage distil { minimize max(progress * soft, hard) + 0.5 * soft, data = d, budget = 1 epoch, batch = 4, optimizer = adam(rate = 1e-4) }`)
    expect(belowTerms(text).at(-1)).toBe('    minimized: max(progress * soft, hard) + 0.5 * soft')
    expect(belowTerms(text)).toContain('    hard  not a plain factor  -     example')
  })

  it.each([
    [
      'adamw(rate = linear(5e-4, warmup = 5%), betas = [0.9, 0.98], epsilon = 1e-6, weight_decay = 0.01, clip = 5)',
      'adamw, 5e-4 linear, warm-up 5%, decay 0.01, betas 0.9 0.98, epsilon 1e-6, clip 5',
    ],
    ['adamw(rate = 1e-3, betas = [0.9, 0.999], epsilon = 1e-8)', 'adamw, 0.001 constant'],
    ['bert_adam(rate = 3e-5)', 'bert_adam, 3e-5 constant, clip 1 per parameter'],
    [
      'bert_adam(rate = 3e-5, epsilon = 1e-8, clip = 2)',
      'bert_adam, 3e-5 constant, epsilon 1e-8, clip 2 per parameter',
    ],
    ['bert_adam(rate = 3e-5, clip = none)', 'bert_adam, 3e-5 constant, no clip'],
    ['lamb(rate = 1e-3, epsilon = 1e-6)', 'lamb, 0.001 constant'],
    ['lamb(rate = 1e-3, trust = off)', 'lamb, 0.001 constant, trust off'],
    ['sgd(rate = 0.1 * 0.5^epoch, momentum = 0.9)', 'sgd, rate 0.1 * 0.5^epoch, momentum 0.9'],
    [
      'adam(rate = 1e-3) except [**.bias] { betas = [0.8, 0.9] }',
      'adam, 0.001 constant, except [**.bias] betas 0.8 0.9',
    ],
  ])('of %s what differs from its defaults, and what it does unasked', (optimizer, line) => {
    const { text } = told(`
stage learn { minimize cross_entropy(S.task.logits, batch.label), data = d, budget = 1 epoch, batch = 4, optimizer = ${optimizer} }`)
    expect(beforeTerms(text)).toEqual([`    ${line}`])
  })

  it('when a stage is evaluated, what stays of it, and whether its optimizer goes on', () => {
    const stage = (more: string) => `
stage learn { minimize cross_entropy(S.task.logits, batch.label), data = d, budget = 9 epochs, batch = 4, optimizer = adam(rate = 1e-3)${more} }`
    const lines = (more: string) => beforeTerms(told(stage(more)).text).slice(1)
    expect(lines('')).toEqual([])
    expect(lines(', evaluate = [accuracy, f1]')).toEqual(['    evaluated after each epoch: accuracy, f1'])
    expect(lines(', every = 1_500 steps, keep = [best(f1), last(3)], patience = 2')).toEqual([
      '    evaluated every 1,500 steps: f1; kept: the weights of the best f1 and the last 3',
      '      checkpoints; ends after 2 without a better f1',
    ])
    expect(lines(', keep = last(1)')).toEqual(['    saved after each epoch; kept: the last checkpoint'])
    const two = `${stage('')}
stage more after learn { minimize cross_entropy(S.task.logits, batch.label), data = d, budget = 1 epoch, batch = 4, continue optimizer }`
    expect(told(two).text.split('\n')).toContain(
      '    the optimizer keeps its state of the stage before (continue optimizer)',
    )
  })

  it('a number that an argument has under two names without either', () => {
    const { text } = told(`
def warm(s, t, heat) = soften(s, t, temperature = heat)
loss soft = warm(S.task.logits, T.task.logits, 2 - progress)
stage distil { minimize soft, batch = 4 }`)
    expect(belowTerms(text).slice(2)).toEqual(['    soft: reads 2 - progress'])
  })

  it('stages of a family apart that differ in such a number alone', () => {
    const family = (temperature: string) =>
      told(`
stage climb[m] for m in 1..6 {
  minimize soften(S.task.logits, T.task.logits, temperature = ${temperature}), batch = 4
}`).program
    expect(shownStages(family('2 - progress')).others).toHaveLength(1)
    expect(shownStages(family('m - 0.5 * progress')).others).toHaveLength(0)
  })
})

describe('formula', () => {
  const rateOf = (expression: string) => {
    const { program } = told(`
stage learn { minimize cross_entropy(S.task.logits, batch.label), batch = 4, optimizer = sgd(rate = ${expression}) }`)
    const rate = program.stages[0]?.optimizer?.settings.rate
    if (rate?.kind !== 'expression') throw new Error(`${expression} is no expression`)
    return rate.term
  }

  it.each([
    '1 - progress',
    '2 * (1 - progress)',
    '1 - (2 - progress)',
    '1 - 2 - progress',
    '3 / (2 * (1 + step))',
    '3 / 2 * (1 + step)',
    '(1 - progress)^0.5',
    '2^(-progress)',
    '2^-progress^2',
    '(2^progress)^2',
    '-(1 - progress)^2',
    '(-progress)^2',
    '3 - -progress * 2',
    'max(1 - progress, min(0.1, 1e-4 * step))',
    'if step < 100 then 0.01 * step else if epoch == 2 then 1 else 0.5^epoch',
    '1 + (if progress < 0.5 then 1 else 2)',
    'exp(-progress) * sqrt(1 + step) / (1 + abs(epoch - 1))',
  ])('%s is read back as the same number', (expression) => {
    const term = rateOf(expression)
    const text = formula(term)
    const again = rateOf(text)
    for (const [progress, step, epoch] of [
      [0, 0, 0],
      [0.3, 40, 1],
      [0.75, 120, 2],
    ] as const)
      expect(evaluateScalar(again, { progress, step, epoch })).toBe(
        evaluateScalar(term, { progress, step, epoch }),
      )
    expect(formula(again)).toBe(text)
  })

  it('needs no parentheses that the language does not', () => {
    const shown = (expression: string) => formula(rateOf(expression))
    expect(shown('((0.9 + (0.1 * ((1 - progress) ^ 0.5))))')).toBe('0.9 + 0.1 * (1 - progress)^0.5')
    expect(shown('(2 * progress) * 3 - (1 - step)')).toBe('2 * progress * 3 - (1 - step)')
    expect(shown('2^(3^progress)')).toBe('2^3^progress')
  })
})
