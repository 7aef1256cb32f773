/** Whole runs of what is text alone, as a person starts them: MobileBERT's transfer layer by layer out of a teacher that is trained first, RKD, and SVD. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { random } from '../lower/spec-run.ts'

const tool = resolve('dist/distill.js')
const home = mkdtempSync(join(tmpdir(), 'architectures-'))
afterAll(() => rmSync(home, { recursive: true }))

const words =
  'the cat dog ran on a mat hill river slow fast big small red green house tree and then under near'.split(
    ' ',
  )
const word = (n: number): string => words[Math.floor(random(n) * words.length)] ?? ''
const sentence = (n: number): string =>
  `${Array.from({ length: 5 + (n % 6) }, (_, i) => word(31 * n + i)).join(' ')}.`
const documents = Array.from({ length: 24 }, (_, d) =>
  Array.from({ length: 6 }, (_, i) => sentence(6 * d + i)).join('\n'),
)
writeFileSync(join(home, 'text.txt'), `${documents.join('\n\n')}\n`)

const data = (text: string) => `
data corpus {
  train = "text.txt", text = ${text}, tokenizer = wordpiece(size = 110), max_length = 32
  mask { probability = 15%, replace = [80%, 10%, 10%] }
}`
const mobilebert = `
import { ib_bert_large, mobilebert, mobilebert_masked_lm } from "std/mobilebert.distill"
import { sentence_order } from "std/heads.distill"
import { attention_transfer, feature_map_transfer, mean_transfer, rkd_angle, rkd_distance } from "std/losses.distill"
import { soft_cross_entropy, variance_transfer } from "std/losses.distill"
${data('documents')}
model large = ib_bert_large with {
  vocabulary = corpus.vocabulary, positions = 32, layers = 2, heads = 2
  hidden_size = 16, embedding_size = 4, inner_size = 32, intermediate_size = 64
}
model small = mobilebert with {
  vocabulary = corpus.vocabulary, positions = 32, layers = 2, heads = 2
  hidden_size = 16, embedding_size = 4, inner_size = 8, intermediate_size = 12, stacked = 2
}
student G : large { heads { mlm = mobilebert_masked_lm(), order = sentence_order() } }
teacher T = G after teach
student S : small {
  heads { mlm = mobilebert_masked_lm(), order = sentence_order() }
  init { embedding from T.embedding, mlm from T.mlm }
}
def transfer(s, t) = feature_map_transfer(s, t) + mean_transfer(s, t) + variance_transfer(s, t)
def both(M) = (cross_entropy(M.mlm.logits, batch.original) where masked) + cross_entropy(M.order.logits, batch.order)
stage teach { minimize both(G), data = corpus, budget = 4 steps, batch = 8, optimizer = adamw(rate = 2e-3) }
stage climb[m] for m in 1..S.layers after teach {
  train S.layer[1..m]
  minimize transfer(S.hidden[m], T.hidden[m]) + attention_transfer(S.scores[m], T.scores[m])
  data = corpus, batch = 8, microbatch = 4, budget = 40 steps
  optimizer = lamb(rate = 1e-2) except [S.layer[1..m - 1]] { rate = 1e-3 }
}
stage distil after climb {
  minimize both(S) + (soft_cross_entropy(S.mlm.logits, T.mlm.logits) where masked)
  data = corpus, budget = 4 steps, batch = 8, optimizer = adamw(rate = 2e-3)
}
stage relate after distil {
  minimize 25 * rkd_distance(S.pooler, T.pooler) + 50 * rkd_angle(S.pooler, T.pooler)
  data = corpus, budget = 4 steps, batch = 8, optimizer = adamw(rate = 1e-3)
}
`
const svd = `
import { bert_base } from "std/bert.distill"
import { masked_lm } from "std/heads.distill"
${data('lines')}
model base = bert_base with { vocabulary = corpus.vocabulary, positions = 32, layers = 2, hidden_size = 16, heads = 2 }
model slim = base with { factorize embedding.word to rank(4) from svd, factorize layer[*].ffn.* to rank(4) from svd }
student G : base { heads { mlm = masked_lm(tied = embedding.word) } }
teacher T = G after teach
student S : slim { weights = T, heads { mlm = masked_lm(tied = embedding.word) } }
stage teach {
  minimize cross_entropy(G.mlm.logits, batch.original) where masked
  data = corpus, budget = 4 steps, batch = 8, optimizer = adamw(rate = 2e-3)
}
stage tune after teach {
  minimize mse(S.hidden[2], T.hidden[2])
  data = corpus, budget = 4 steps, batch = 8, optimizer = adamw(rate = 1e-3)
}
`
const logged = z.object({ stage: z.string(), step: z.number(), total: z.number() })

function train(name: string, text: string) {
  writeFileSync(join(home, `${name}.distill`), text)
  const out = join(home, name)
  const { status, stderr } = spawnSync(
    process.execPath,
    [tool, 'train', join(home, `${name}.distill`), '--out', out],
    { encoding: 'utf8' },
  )
  expect(stderr).not.toContain('error')
  expect(status).toBe(0)
  const steps = readFileSync(join(out, 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .flatMap((line) => logged.safeParse(JSON.parse(line)).data ?? [])
  return { steps, stderr }
}

describe('distill train', () => {
  it('transfers MobileBERT layer by layer, distils it and compares examples', () => {
    const { steps } = train('mobilebert', mobilebert)
    expect([...new Set(steps.map(({ stage }) => stage))]).toEqual([
      'teach',
      'climb[1]',
      'climb[2]',
      'distil',
      'relate',
    ])
    expect(steps.every(({ total }) => Number.isFinite(total))).toBe(true)
    for (const stage of ['climb[1]', 'climb[2]']) {
      const [early, late] = [20, 40].map((step) =>
        steps.find((one) => one.stage === stage && one.step === step),
      )
      expect(late?.total ?? Number.NaN).toBeLessThan(early?.total ?? Number.NaN)
    }
  })

  it('says what a truncated SVD keeps, once the stage before has left its teacher', () => {
    const { steps, stderr } = train('svd', svd)
    expect(steps.at(-1)?.stage).toBe('tune')
    const notes = stderr.match(/S\.\S+ starts as rank 4 of T\.\S+: [\d.]+%( to [\d.]+%)? of its energy kept/g)
    expect(notes?.map((note) => note.split(' ')[0])).toEqual([
      'S.embedding.word',
      'S.layer[*].ffn.up',
      'S.layer[*].ffn.down',
    ])
  })
})
