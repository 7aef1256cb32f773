import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { readSafetensors } from '../../src/weights/safetensors.ts'

/** A student that starts from a model which an earlier stage of the same spec trains, wherever it is trained. */
const tool = resolve('dist/distill.js')
const home = mkdtempSync(join(tmpdir(), 'trained-source-'))
afterAll(() => rmSync(home, { recursive: true }))

// The second stage has no rate, so what S ends with is what it started from. The word embedding is tied to the head.
writeFileSync(
  join(home, 'spec.distill'),
  `import { bert_base } from "std/bert.distill"
import { masked_lm } from "std/heads.distill"
setting rate = 1e-2
data texts { train = "train.txt", text = lines, tokenizer = wordpiece(size = 60), max_length = 8, mask { probability = 40% } }
model small = bert_base with { vocabulary = texts.vocabulary, positions = 8, layers = 2, hidden_size = 8, heads = 2, intermediate_size = 8
  share layer[*] in 1 group }
student T : small { heads { mlm = masked_lm(tied = embedding.word) } }
student S : small { weights = T, heads { mlm = masked_lm(tied = embedding.word) } }
sweep { rate = [1e-2, 2e-2] }
stage learn {
  minimize cross_entropy(T.mlm.logits, batch.original) where masked
  data = texts, budget = 6 steps, batch = 4, optimizer = adam(rate = rate)
}
stage still after learn {
  minimize cross_entropy(S.mlm.logits, batch.original) where masked
  data = texts, budget = 2 steps, batch = 4, optimizer = sgd(rate = 0)
}
`,
)
writeFileSync(
  join(home, 'train.txt'),
  'a bird sings in the tree\na stone lies under it\na child runs home\nthe river is cold\n'.repeat(4),
)

function run(...args: string[]): string {
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: home, encoding: 'utf8' })
  expect(status, stderr).toBe(0)
  return stderr
}

const weights = (folder: string, model: string): Record<string, number[]> =>
  Object.fromEntries(
    [...readSafetensors(join(home, folder, 'best', `${model}.safetensors`))].map(([name, { data }]) => [
      name,
      [...data],
    ]),
  )

describe('a source that an earlier stage trains', () => {
  it('gives its trained weights in every combination of a sweep and with every seed, tied and shared ones included', () => {
    run(tool, 'train', 'spec.distill', '--seeds', '2', '--backend', 'cpu', '--out', 'swept')
    const folders = ['1e-2', '2e-2'].flatMap((rate) =>
      [0, 1].map((seed) => `swept/rate=${rate}/seed-${seed}`),
    )
    const learnt = folders.map((folder) => weights(folder, 'T'))
    expect(folders.map((folder) => weights(folder, 'S'))).toEqual(learnt)
    // Each run has learnt something else.
    const words = learnt.map((one) => JSON.stringify(one))
    expect(new Set(words).size).toBe(4)
  })
  it('gives them in a trainer program too', () => {
    run(tool, 'compile', 'spec.distill', '--emit', 'trainer', '--output', 'trainer.mts')
    mkdirSync(join(home, 'node_modules'))
    symlinkSync(resolve('.'), join(home, 'node_modules/distill'))
    symlinkSync(resolve('node_modules/@tensorflow'), join(home, 'node_modules/@tensorflow'))
    run(resolve('node_modules/tsx/dist/cli.mjs'), 'trainer.mts', '--out', 'emitted', '--backend', 'wasm')
    expect(weights('emitted', 'S')).toEqual(weights('emitted', 'T'))
  })
})
