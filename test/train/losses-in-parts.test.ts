/**
 * What `distill train` runs, for every loss of the library and for losses of one's own, under every mask: a batch in micro-batches of any size, or in the parts that a backend cuts it into by
 * itself, has the losses and the gradient of the whole batch in float64.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backendNames, createRunner } from '../../src/backends/index.ts'
import { createReferenceRunner } from '../../src/backends/reference/runner.ts'
import { examplesAtOnce } from '../../src/graph/examples-at-once.ts'
import { ops } from '../../src/graph/ops/index.ts'
import { compileStage } from '../../src/lower/stage.ts'
import { cachedParts } from '../../src/optimize/pass.ts'
import type { Runner } from '../../src/run/runner.ts'
import type { StepDone } from '../../src/train/observer.ts'
import { termNormsAt } from '../../src/train/term-norms.ts'
import { admitted, callsOf, libraryFunctions, type Taken } from '../lower/library-calls.ts'
import { batchOf, prepare, programOf } from '../lower/spec-run.ts'
import { describeBackendNames } from '../run/backends.ts'
import { trainerOf } from './trainer-of.ts'

const tested = backendNames.filter((name) => name !== 'reference')
const home = mkdtempSync(join(tmpdir(), 'losses-in-parts-'))
afterAll(() => rmSync(home, { recursive: true }))

// Texts of 3 to 32 words, long and short ones in each part: one batch of 48, which is more than 1,536 tokens, and one of 30.
const words = 'red blue green old new cold warm sea sky stone river wind'.split(' ')
const text = (i: number): string =>
  Array.from({ length: 3 + ((i * 11) % 30) }, (_, k) => words[(i * 5 + k * (i + 3)) % words.length]).join(' ')
const rows = Array.from({ length: 78 }, (_, i) => `${text(i)}\t${i % 3 ? 'warm' : 'cold'}`)
writeFileSync(join(home, 'train.tsv'), ['sentence\tlabel', ...rows, ''].join('\n'))

/** Scores without a mask, so that a softmax over padding is another one. */
const models = `
import { bert_base } from "std/bert.distill"
import { masked_lm, classifier, span } from "std/heads.distill"
import { ${libraryFunctions()
  .map(({ name }) => name)
  .join(', ')} } from "std/losses.distill"
data texts {
  train = "${home}/train.tsv", text = column("sentence"), label = class(column("label"), ["cold", "warm"])
  tokenizer = wordpiece(size = 60), max_length = 40, group = none, mask { probability = 30%, replace = [80%, 10%, 10%] }
}
model large = bert_base with {
  vocabulary = texts.vocabulary, positions = 40, layers = 2, hidden_size = 8, heads = 2, std = 0.4
  layer[m] { attention { scores = dot(query, key) / sqrt(head_size) } }
}
model small = large with { layers = 1 }
teacher T : large { heads { mlm = masked_lm(), task = classifier(texts.label), qa = span() } }
student S : small { heads { mlm = masked_lm(tied = embedding.word), task = classifier(texts.label), qa = span() } }`

const taken: readonly Taken[] = [
  ['scores[1]', 'scores[1]'],
  // not normalised, as states are, whose means are rounding alone
  ['value[1]', 'key[1]'],
  ['hidden[1]', 'hidden[0]'],
  ['pooler', 'pooler'],
  ['task.logits', 'task.logits'],
  ['mlm.logits', 'mlm.logits'],
  ['qa.start', 'qa.end'],
]
const library = libraryFunctions().filter(({ isLoss }) => isLoss)
/** What mixes tokens in a way of its own. */
const own = [
  'cross_entropy(S.task.logits, batch.label, weights = [1, 3])',
  'cross_entropy(S.mlm.logits, softmax(T.mlm.logits / 2))',
  'cosine_distance(S.hidden[1], T.hidden[2])',
  'kl(S.scores[1], T.scores[2]) per head',
  'mean(abs(max(S.hidden[1], over = token) - max(T.hidden[2], over = token)))',
  'mse(mean(S.hidden[1], over = token), mean(T.hidden[2], over = token))',
  'mean(variance(S.hidden[1], over = token) * size(S.hidden[1], token))',
  'mse(normalize(S.hidden[1], over = token), normalize(T.hidden[2], over = token))',
  'mse(softmax(S.scores[1]) @ S.value[1], softmax(T.scores[2]) @ T.value[2])',
  'mse(S.probabilities[1], T.probabilities[2])',
]

interface Settings {
  readonly weights?: readonly number[]
  readonly microbatch?: number | undefined
}

/** The sum of the losses as stage `s`, each a term. */
function specOf(losses: readonly string[], { weights = [], microbatch }: Settings = {}): string {
  const sum = losses.map((_, i) => `${weights[i] ?? 1} * l${i}`).join(' + ')
  return `${models}
${losses.map((loss, i) => `loss l${i} = ${loss}`).join('\n')}
stage s {
  minimize ${sum}
  data = texts, batch = 48${microbatch === undefined ? '' : `, microbatch = ${microbatch}`}, budget = 2 epochs
  optimizer = sgd(rate = constant(1e-2))
}`
}

const calls = library.map((loss) => callsOf(loss, taken))
/** What is admitted under a suffix: of each loss the first value that it takes, and all of our own. */
const chosen = ['', 'where any', 'where masked', 'where first_piece', 'within example'].map((suffix) => {
  const suffixed = (loss: string) => (suffix === '' ? loss : `(${loss}) ${suffix}`)
  const all = [...calls.flat(), ...own].map(suffixed)
  const fitting = new Set(admitted(all, (losses) => specOf(losses)))
  const firsts = calls.flatMap((some) => some.map(suffixed).find((loss) => fitting.has(loss)) ?? [])
  return [...firsts, ...own.map(suffixed).filter((loss) => fitting.has(loss))]
})
const isAdditive = (() => {
  const losses = chosen.flat()
  const stages = losses.map((loss, i) => `stage s${i} { minimize ${loss}, batch = 48 }`)
  const { stages: compiled } = programOf({ text: [models, ...stages].join('\n') })
  const additive = new Set(losses.filter((_, i) => compiled[i]?.additive))
  return (loss: string) => additive.has(loss)
})()
const [plain = [], any = [], atMasks = [], pieces = [], within = []] = chosen
const groups = {
  'at live tokens': plain,
  'where any': any,
  'where masked': atMasks,
  // one of both each
  'where first_piece or within example': [
    ...pieces.filter((_, i) => i % 2 === 0),
    ...within.filter((_, i) => i % 2 === 1),
  ],
}
/** What has no sum over parts: it compares examples, divides by another loss, or has a number in it. */
const whole = [
  'rkd_distance(S.pooler, T.pooler)',
  'rkd_angle(S.pooler, T.pooler)',
  'mse(S.hidden[1], T.hidden[2]) / mse(constant(S.hidden[0]), T.hidden[0])',
  '1 - mean(dot(normalize(S.hidden[1]), normalize(T.hidden[2]), over = unit))',
]

it('every loss of the library is here, and every one of our own', () => {
  expect(library.length).toBeGreaterThan(15)
  const missing = library.filter(({ name }) => !plain.some((loss) => loss.startsWith(`${name}(`)))
  expect(missing.map(({ name }) => name)).toEqual([])
  expect(own.filter((loss) => !plain.includes(loss))).toEqual([])
  const called = (loss: string) => loss.replace(/\(.*/s, '')
  const compared = plain.filter((loss) => !isAdditive(loss)).map(called)
  expect(compared.filter((name) => !whole.some((loss) => called(loss) === name))).toEqual([])
})

/** Factors that give all losses gradients of one size, so that a wrong one is not lost among larger ones. */
function evenWeights(losses: readonly string[]): readonly number[] {
  const program = programOf({ text: specOf(losses) })
  const [stage] = program.stages
  if (stage === undefined) throw new Error('no stage')
  const prepared = prepare(program, stage, createReferenceRunner(ops), 0.3)
  const graphs = compileStage(program, stage, { dropout: false, termGradients: 'always' })
  const batch = batchOf([5, 3, 6], { vocabulary: 20, classes: 2 })
  const moment = { progress: 0, step: 0, epoch: 0 }
  const found = { terms: new Map(stage.terms.map(({ name }) => [name, 1])), norm: 1 }
  const norms = termNormsAt({ ...prepared, graphs }, [batch], { seed: 1, stage: 's', step: 0 }, moment)(found)
  return losses.map((_, i) => Number((1 / (norms.get(`l${i}`) || 1)).toPrecision(2)))
}

let folders = 0
/** Two steps of `distill train`: a whole batch, and what is left. */
async function train(spec: string, runner: Runner): Promise<readonly StepDone[]> {
  const steps: StepDone[] = []
  const trainer = trainerOf(programOf({ text: spec }), join(home, `run-${folders++}`), {
    runner,
    randomWeights: true,
    cache: 0,
    maxSteps: 2,
    observer: { step: (done) => steps.push(done) },
  })
  await trainer.run()
  trainer.dispose()
  return steps
}

/**
 * What is not as `wanted`. The second step has the weights that the first gradient made, so a gradient that is wrong in any direction shows in its losses.
 */
function differences(
  got: readonly StepDone[],
  wanted: readonly StepDone[],
  losses: readonly string[],
  tolerance = 1e-4,
): readonly string[] {
  const found: string[] = []
  const compare = (name: string, value = Number.NaN, other = Number.NaN): void => {
    if (!(Math.abs(value - other) <= tolerance * (1e-2 + Math.abs(other))))
      found.push(`${name}: ${value}, not ${other}`)
  }
  for (const [i, { terms, norm }] of wanted.entries()) {
    for (const [term, value] of terms)
      compare(`step ${i} ${losses[Number(term.slice(1))] ?? term}`, got[i]?.terms.get(term), value)
    compare(`step ${i} |g|`, got[i]?.norm, norm)
  }
  return found
}

const reference = createReferenceRunner(ops)
/** 48 texts in two parts, and 30 in parts of 24 and 6. */
const microbatch = 24

/** Made when first asked for. */
function once<T>(make: () => T): () => T {
  const made: T[] = []
  return () => {
    const [first = make()] = made
    made[0] = first
    return first
  }
}

describe.each(Object.entries(groups))('losses %s', (group, all) => {
  const losses = all.filter(isAdditive)
  const weights = once(() => evenWeights(losses))
  const spec = (size?: number) => specOf(losses, { weights: weights(), microbatch: size })
  const wanted = once(() => train(spec(), reference))

  it('in parts are those of the whole, in float64', async () => {
    const parts = await train(spec(microbatch), reference)
    expect(differences(parts, await wanted(), losses, 1e-6)).toEqual([])
  })

  describeBackendNames(
    'on %s',
    (name) => {
      let runner: Runner
      beforeAll(async () => {
        runner = await createRunner(name)
      })
      afterAll(() => runner.dispose())

      // Adapters in software are slow: there, the masks that read padding are tested.
      it.skipIf(name === 'webgpu' && group !== 'where any')('in parts are those of the whole', async () => {
        const parts = await train(spec(microbatch), runner)
        expect(differences(parts, await wanted(), losses)).toEqual([])
      })

      // Adapters in software are slow, and cut nothing by themselves.
      it.skipIf(name === 'webgpu')('in the parts that the backend makes, too', async () => {
        const { capabilities = new Set() } = runner
        const program = programOf({ text: spec() })
        const atOnce = program.stages.map((stage) => {
          const { tokensAtOnce } = compileStage(program, stage, { hoist: true, capabilities })
          return examplesAtOnce({ B: 48, L: 36 }, tokensAtOnce?.withFrozen)
        })
        expect(atOnce).toEqual([capabilities.has(cachedParts) ? 24 : 48])
        expect(differences(await train(spec(), runner), await wanted(), losses)).toEqual([])
      })
    },
    tested,
  )
})

describe('losses that are no sum over parts', () => {
  const spec = specOf(whole)
  const wanted = once(() => train(spec, reference))

  it.each(whole)('%s is refused in micro-batches', (loss) => {
    expect(() => programOf({ text: specOf([loss], { microbatch }) })).toThrow('error[E0715]')
  })

  describeBackendNames(
    'on %s',
    (name) => {
      it('are not cut by the backend', async () => {
        const runner = await createRunner(name)
        expect(differences(await train(spec, runner), await wanted(), whole)).toEqual([])
        runner.dispose()
      })
    },
    tested,
  )
})
