import { describe, expect, test } from 'vitest'
import { check } from './spec-text.ts'

/** Metrics that nothing could measure: a run would have measured others, or none. */
const preamble = `
import { bert_base } from "std/bert.distill"
import { classifier, regressor } from "std/heads.distill"
setting asked = ["accuracy", "f1"]
data labelled {
  train = "train.tsv", validation = "dev.tsv", text = column("text"), tokenizer = wordpiece(size = 1000)
  label = class(column("label"), ["no", "yes"])
}
data apart = labelled with { validation = none }
data rated = labelled with { label = number(column("score")) }
model small = bert_base with { layers = 1, hidden_size = 48, heads = 4, vocabulary = labelled.vocabulary }
student S : small { heads { task = classifier(labelled.label) } }
student N : small { heads { score = regressor() } }
student B : small { heads { task = classifier(labelled.label), score = regressor() } }
student H : small {}
`
const hard = 'minimize cross_entropy(S.task.logits, batch.label), data = labelled'
const rest = 'budget = 1 epoch, optimizer = adam(rate = 1e-4)'
const found = (lines: string, spec = preamble) => check(`${spec}\nstage s { ${lines}, ${rest} }`)

/** Without the other block, whose validation file would do. */
const unvalidated = preamble.replace(', validation = "dev.tsv"', '').replace(/^data (apart|rated).*$/gm, '')

describe('metrics of a stage', () => {
  test.each([
    ['a head of that kind', `${hard}, evaluate = [accuracy, f1], keep = best(matthews)`],
    ['a setting that holds a list', `${hard}, evaluate = asked`],
    ['a number', 'minimize mse(N.score.value, batch.label), data = rated, evaluate = [pearson]'],
    [
      'the second head of a model',
      'minimize mse(B.score.value, batch.label), data = rated, evaluate = [pearson, spearman]',
    ],
    ['labels of another data block', `${hard.replace('labelled', 'apart')}, evaluate = [accuracy]`],
  ])('pass: %s', (_, lines) => {
    expect(found(lines).rendered).toBe('')
  })

  test.each([
    [
      'evaluate = [spearman]',
      '`spearman` cannot be measured: head `task` of `S` gives classes',
      'accuracy, f1, macro_f1',
    ],
    [
      'evaluate = [accuracy, pearson, mse]',
      '`pearson`, `mse` cannot be measured: head `task` of `S` gives classes',
      '',
    ],
    ['keep = best(spearman)', '`spearman` cannot be measured: head `task` of `S` gives classes', ''],
    ['evaluate = [accuracy], keep = best(entity_f1)', '`entity_f1` cannot be measured', ''],
  ])('of another kind: %s', (lines, message, help) => {
    const { codes, rendered } = found(`${hard}, ${lines}`)
    expect(codes).toEqual(['E0731'])
    expect(rendered).toContain(message)
    expect(rendered).toContain(`can be measured here: ${help}`)
  })

  test.each(['evaluate = [accuracy]', 'keep = best(accuracy)', 'keep = best(accuracy), patience = 2'])(
    'without validation data: %s',
    (lines) => {
      const { codes, rendered } = found(`${hard}, ${lines}`, unvalidated)
      expect(codes).toEqual(['E0731'])
      expect(rendered).toContain('`accuracy` cannot be measured: data `labelled` has no validation file')
      expect(rendered).toContain('add one to data labelled: validation = "dev.tsv"')
    },
  )

  describe('on a data block', () => {
    const texts = `${preamble}
data plain { train = "texts.tsv", text = column("text"), tokenizer = labelled.tokenizer }
data other {
  train = "train.tsv", validation = "dev.tsv", text = column("text"), tokenizer = wordpiece(size = 500)
  label = class(column("label"), ["no", "yes"])
}
data more = labelled with { label = class(column("label"), ["a", "b", "c"]) }`
    const soft = 'minimize mean(S.task.logits ^ 2), data = plain'
    const stage = (lines: string) => check(`${texts}\nstage s { ${soft}, ${lines}, ${rest} }`)
    const on = (metric: string) => ({ metric, on: 'labelled' })

    test.each([
      ['evaluate = accuracy on labelled', [on('accuracy')]],
      ['evaluate = [accuracy on labelled, f1]', [on('accuracy'), { metric: 'f1' }]],
      ['evaluate = [accuracy, f1] on labelled', [on('accuracy'), on('f1')]],
      ['evaluate = asked on labelled', [on('accuracy'), on('f1')]],
    ])('%s', (lines, evaluate) => {
      const { program, rendered } = stage(lines)
      expect(rendered).toBe('')
      expect(program?.stages[0]?.evaluate).toEqual(evaluate)
    })

    test('keep = best(accuracy on labelled)', () => {
      const { program, rendered } = stage('keep = best(accuracy on labelled), patience = 2')
      expect(rendered).toBe('')
      expect(program?.stages[0]?.keep).toEqual({ best: on('accuracy') })
    })

    test.each([
      ['labeled', 'E0101', 'did you mean `labelled`'],
      ['S', 'E0142', 'the name of a data block behind `on`'],
      ['plain', 'E0731', 'data `plain` has no labels for head `task` of `S`, which gives classes'],
      ['plain', 'E0731', 'data labelled has such labels: evaluate = accuracy on labelled'],
      ['rated', 'E0731', 'data `rated` has no labels for head `task` of `S`'],
      ['more', 'E0731', 'data `more` has no labels for head `task` of `S`'],
      ['apart', 'E0731', 'data `apart` has no validation file'],
      ['other', 'E0850', '500'],
    ])('evaluate = accuracy on %s: %s', (block, code, says) => {
      const { codes, rendered } = stage(`evaluate = accuracy on ${block}`)
      expect(rendered).toContain(says)
      expect(codes).toEqual([code])
    })

    test('a metric of another kind, and `on` behind something else', () => {
      const { codes, rendered } = stage('evaluate = [accuracy, pearson] on labelled')
      expect(codes).toEqual(['E0731'])
      expect(rendered).toContain('`pearson` cannot be measured: head `task` of `S` gives classes')
      expect(check(`${texts}\nloss l = mean(S.task.logits) on labelled`).codes).toEqual(['E0734'])
      expect(stage('evaluate = accuracy per token on labelled').rendered).toContain('found `per token`')
    })
  })

  test('without a head, and without labels', () => {
    const states = 'minimize mean(H.hidden[1] ^ 2), data = labelled, evaluate = [accuracy]'
    expect(found(states).rendered).toContain('stage `s` trains no head that gives answers')
    const numbers = 'minimize mean(N.score.value ^ 2), data = labelled, evaluate = [pearson]'
    const { codes, rendered } = found(numbers, preamble.replace(/^data rated.*$/m, ''))
    expect(codes).toEqual(['E0731'])
    expect(rendered).toContain('no data block has labels for head `score` of `N`, which gives numbers')
  })
})
