/** A folder of a run as a training leaves it, without a training. */
import type { RunConfig } from '../../src/train/run-folder.ts'
import { RunFolder } from '../../src/train/run-folder.ts'

const spec = `
import { bert_base } from "std/bert.distill"
import { classifier } from "std/heads.distill"
import { soften } from "std/losses.distill"
data notes {
  train = "notes.tsv", validation = "dev.tsv", text = column("text"), label = class(column("label"), ["bad", "good"])
  tokenizer = wordpiece(size = 60)
}
model small = bert_base with { vocabulary = notes.vocabulary, layers = 1, hidden_size = 8, heads = 2, intermediate_size = 16 }
student T : small { heads { task = classifier(notes.label) } }
student S : small { heads { task = classifier(notes.label) } }
teacher K = T after learn
loss soft = soften(S.task.logits, K.task.logits, temperature = 2)
loss hard = cross_entropy(S.task.logits, batch.label)
stage learn {
  minimize cross_entropy(T.task.logits, batch.label)
  data = notes, budget = 100 steps, batch = 2, optimizer = adamw(rate = 1e-3, clip = 1)
}
stage distil after learn {
  minimize 3 * soft + hard
  data = notes, budget = 200 steps, batch = 2, optimizer = adamw(rate = 1e-3, clip = 1), evaluate = [accuracy]
}
`

const config: RunConfig = {
  ...{
    version: 1,
    spec: 'my.distill',
    folder: '/home',
    settings: {},
    seed: 0,
    backend: 'cpu',
    randomWeights: false,
  },
  ...{ passes: '', texts: {}, data: {}, versions: {}, created: '2026-12-01T21:05:33.000Z' },
}

export const time = (seconds: number): Date => new Date(Date.parse(config.created) + 1000 * seconds)

export function madeRun(path: string, change: Partial<RunConfig> = {}): RunFolder {
  const folder = new RunFolder(path)
  folder.create({ ...config, ...change }, new Map([['my.distill', spec]]))
  return folder
}

/** The lines of `distil` from one step to another. */
export function logSteps(folder: RunFolder, from: number, to: number): void {
  for (let step = from; step <= to; step += 20) {
    const [soft, hard] = [1 / step, 2 / step]
    const speeds = { steps_per_second: 10, tokens_per_second: 500 }
    const norms = { gradient_norm: 0.7, term_gradient_norms: { soft: 0.5, hard: 0.2 } }
    const line = { epoch: 1, terms: { soft, hard }, total: 3 * soft + hard, ...norms, rate: 1e-3, ...speeds }
    folder.log({ stage: 'distil', step, steps: 200, ...line }, time(step))
  }
}

export function logScore(folder: RunFolder, step: number, accuracy: number): void {
  const score = { model: 'S', data: 'notes', split: 'validation', metrics: { accuracy } }
  folder.log({ event: 'evaluation', stage: 'distil', step, ...score }, time(step))
}
