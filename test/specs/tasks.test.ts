/** GLUE's tasks, each a file of specs/tasks: both TinyBERT specs check with every one, and say of it what GLUE's files and the published code do. */
import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { DataSpec, Program } from '../../src/check/program.ts'
import { filesOf } from '../../src/check/splits.ts'
import { renderDiagnostics } from '../../src/diagnostics/render.ts'
import { checkFile } from '../../src/disk/check-file.ts'

const root = new URL('../..', import.meta.url).pathname

/** Folder, columns of the text, column of the label, labels (none: a number), pieces, epochs of the intermediate stage, copies of a text, what is kept. */
const tasks = {
  cola: ['CoLA', ['sentence'], 'label', ['0', '1'], 64, 50, 30, 'matthews'],
  mnli: [
    'MNLI',
    ['sentence1', 'sentence2'],
    'gold_label',
    ['contradiction', 'entailment', 'neutral'],
    128,
    5,
    10,
    'accuracy',
  ],
  mrpc: ['MRPC', ['#1 String', '#2 String'], 'Quality', ['0', '1'], 128, 20, 30, 'accuracy'],
  qnli: [
    'QNLI',
    ['question', 'sentence'],
    'label',
    ['entailment', 'not_entailment'],
    128,
    10,
    20,
    'accuracy',
  ],
  qqp: ['QQP', ['question1', 'question2'], 'is_duplicate', ['0', '1'], 128, 5, 10, 'accuracy'],
  rte: [
    'RTE',
    ['sentence1', 'sentence2'],
    'label',
    ['entailment', 'not_entailment'],
    128,
    20,
    30,
    'accuracy',
  ],
  sst2: ['SST-2', ['sentence'], 'label', ['0', '1'], 64, 10, 20, 'accuracy'],
  stsb: ['STS-B', ['sentence1', 'sentence2'], 'score', undefined, 128, 20, 30, 'pearson'],
} as const

function programOf(spec: string, task: string): Program {
  const { program, diagnostics, sources } = checkFile(join(root, 'specs', spec), { settings: { task } })
  expect(renderDiagnostics(diagnostics, sources, { color: false })).toBe('')
  if (!program) throw new Error(`${spec} does not check`)
  return program
}

function textOf({ text }: DataSpec): readonly string[] {
  return text.kind === 'pair' ? text.columns : text.kind === 'column' ? [text.column] : []
}

it('each file of specs/tasks is a task', () => {
  const files = readdirSync(join(root, 'specs/tasks')).map((file) => basename(file, '.distill'))
  expect(files.sort()).toEqual(Object.keys(tasks))
})

describe.each(Object.entries(tasks))(
  '%s',
  (task, [folder, text, column, labels, pieces, epochs, copies, kept]) => {
    it.each(['tinybert-4.distill', 'tinybert-6.distill'])('in %s', (spec) => {
      const { data, stages, instances } = programOf(spec, task)
      const augmented = data.get('augmented')
      if (!augmented) throw new Error('no data')
      const files = (['train', 'validation'] as const).map((split) =>
        filesOf(augmented, split)[0]?.path.split('/').slice(-2).join('/'),
      )
      expect(files).toEqual([
        `${folder}/train.tsv`,
        `${folder}/${task === 'mnli' ? 'dev_matched' : 'dev'}.tsv`,
      ])
      expect(textOf(augmented)).toEqual(text)
      const { label } = augmented
      expect([label?.kind, label && 'column' in label && label.column]).toEqual([
        labels ? 'class' : 'number',
        column,
      ])
      expect(label?.kind === 'class' ? label.labels : undefined).toEqual(labels)
      expect([augmented.maxLength, augmented.pad, augmented.group]).toEqual([pieces, 'max_length', 'none'])
      expect(augmented.columns).toEqual(task === 'cola' ? ['source', 'label', 'mark', 'sentence'] : undefined)
      expect(augmented.augment).toMatchObject({ copies, candidates: 15, probability: 0.4 })
      const stage = (name: string) => stages.find((one) => one.name === name)
      expect(stage('intermediate')?.budget).toEqual({ amount: epochs, unit: 'epochs' })
      expect(stage('prediction')?.keep).toEqual({ best: { metric: kept } })
      // A number is learnt from the labels, classes from the teacher.
      expect([...(stage('prediction')?.targets.keys() ?? [])]).toEqual(labels ? [] : ['label'])
      expect(stage('prediction')?.instances.includes('T')).toBe(labels !== undefined)
      for (const name of ['T', 'S']) {
        const instance = instances.get(name)
        expect(instance?.heads.get('task')?.kind).toBe(labels ? 'classifier' : 'regressor')
        const published = [...(instance?.names.get('huggingface')?.parameters.values() ?? [])]
        expect(published.filter(({ head }) => head).map((one) => one.name)).toEqual([
          'classifier.weight',
          'classifier.bias',
        ])
      }
    })
  },
)

it('a task that is not there is an error that says what is looked for', () => {
  const { program, diagnostics } = checkFile(join(root, 'specs/tinybert-4.distill'), {
    settings: { task: 'wnli' },
  })
  expect(program).toBeUndefined()
  expect(diagnostics.map(({ code, message }) => `${code} ${message}`)).toEqual([
    expect.stringMatching(/^E0103 .*tasks\/wnli\.distill/),
  ])
})
