import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Batch } from '../../src/data/dataset.ts'
import { compileStage } from '../../src/lower/stage.ts'
import type { Runner } from '../../src/run/runner.ts'
import { evaluateBatch } from '../../src/train/step.ts'
import { describeBackends } from '../run/backends.ts'
import { batchOf, type Prepared, prepare, programOf, random } from './spec-run.ts'

/**
 * Ids and labels as values: RoBERTa's positions, the relative positions of T5 and DeBERTa, and decoupled distillation, written in the language alone. Values against
 * what they mean (other weights, a count of pairs, the published code), gradients against central differences, and each backend against the reference.
 */
const moment = { progress: 0, step: 1, epoch: 0 }
const key = { seed: 0, stage: 's', step: 1 }
const batch = batchOf([7, 4, 9, 1], { vocabulary: 30, classes: 3, L: 10 })

const bert = `
import { bert_base } from "std/bert.distill"
model plain = bert_base with { vocabulary = 30, positions = 12, layers = 2, hidden_size = 8, heads = 2 }
`
/** Two rows more than places; padding has row 1 and passes no gradient to it. */
const roberta = `${bert}
model roberta = plain with {
  embedding { position = lookup(if attended then places + 2 else 1, positions, embedding_size, padding = 1) }
}
student S : roberta {}
stage s { minimize mean(S.hidden[2] ^ 2) }`
/** A bias for each head and bucket of distances, the same in all layers (Raffel et al. 2020, 8 buckets up to a distance of 16). */
const t5 = `${bert}
def far(n, exact, furthest) = min(exact + floor(log(max(n, 1) / exact) / log(furthest / exact) * exact + 1e-5), 2 * exact - 1)
def near_or_far(n, exact, furthest) = if n < exact then n else far(n, exact, furthest)
def bucket(distance) = (if distance > 0 then 4 else 0) + near_or_far(abs(distance), 2, 16)
model t5 = plain with {
  setting distances = 8
  embedding { without position }
  setting bias = pick(split(lookup(bucket(across(places) - places), distances, heads), heads), unit = 1)
  layer[m] { attention { scores = dot(query, key) + bias + mask } }
}
student S : t5 {}
stage s { minimize mean(S.scores[1]) + mean(S.hidden[2] ^ 2) }`
/** Content to position and position to content, from one table (He et al. 2021), distances up to 4 either way. */
const deberta = `${bert}
def between(distance, most) = min(max(distance + most, 0), 2 * most - 1)
model deberta = plain with {
  setting most = 4
  embedding { without position }
  setting forth = lookup(between(places - across(places), most), 2 * most, hidden_size)
  setting back  = lookup(between(across(places) - places, most), 2 * most, hidden_size, weight = forth)
  layer[m] {
    attention {
      setting query_position = split(linear(back, heads * head_size, bias = none), heads)
      setting key_position   = split(linear(forth, heads * head_size, bias = none), heads)
      setting to_position = dot(query, key_position, pair = none)
      setting to_content  = dot(across(key), query_position, pair = none)
      scores = (dot(query, key) + to_position + to_content) / sqrt(3 * head_size) + mask
    }
  }
}
student S : deberta {}
stage s { minimize mean(S.hidden[2] ^ 2) }`
/** Each token sees the one before it by its number; labels are ids of a table, too. */
const neighbours = `${bert}
model neighbours = plain with {
  embedding {
    setting before = lookup(shift(tokens, 1), vocabulary, embedding_size)
    setting next   = lookup(tokens + 1, vocabulary + 1, embedding_size)
    position = before + next + lookup(places, positions, embedding_size)
  }
}
model kinds { row = lookup(max(batch.label, 0), 3, 8), output = row }
student S : neighbours {}
student K : kinds {}
stage s { minimize mean((S.hidden[2].first - K.output) ^ 2) }`
const specs = { roberta, t5, deberta, neighbours }

function opened(text: string, runner?: Runner): Prepared {
  const program = programOf({ text })
  const [stage] = program.stages
  if (!stage) throw new Error('no stage')
  const prepared = prepare(program, stage, runner, 0.9)
  const capabilities = runner?.capabilities ?? new Set<string>()
  return { ...prepared, graphs: compileStage(program, stage, { dropout: false, capabilities }) }
}
const evaluated = (prepared: Prepared, of: Batch = batch) => evaluateBatch(prepared, [of], key, moment)
const norm = (values: Iterable<number>) => Math.hypot(...values)

describe.each(Object.entries(specs))('%s', (_, text) => {
  it('has the gradients of central differences', () => {
    const prepared = opened(text)
    const { gradients } = evaluated(prepared)
    let salt = 0
    expect(gradients.size).toBeGreaterThan(5)
    for (const [name, gradient] of gradients) {
      const along = Float64Array.from(gradient, () => random(salt++) - 0.5)
      // padding = 1: the lookup passes no gradient to that row
      if (text === roberta && name.endsWith('position.weight')) along.fill(0, 8, 16)
      const at = (by: number) => {
        prepared.store.edit(name, (data) =>
          data.forEach((x, i) => {
            data[i] = x + by * (along[i] ?? 0)
          }),
        )
        return evaluated(prepared).total
      }
      const step = 2 ** -10
      const rise = at(step) - at(-2 * step)
      at(step)
      const slope = rise / (2 * step)
      const expected = gradient.reduce((sum, g, i) => sum + g * (along[i] ?? 0), 0)
      // weights are float32: a step of 2^-10 is exact to some 1e-4 of it
      expect(Math.abs(slope - expected), name).toBeLessThanOrEqual(2e-3 * norm(gradient) + 2e-5)
    }
  })
})

describe('what the ids mean', () => {
  it("RoBERTa's positions are BERT's two rows further down", () => {
    const [ours, theirs] = [
      opened(roberta),
      opened(`${bert} student S : plain {}\nstage s { minimize mean(S.hidden[2] ^ 2) }`),
    ]
    for (const name of theirs.store.keys()) {
      const data = ours.store.get(name).data
      theirs.store.assign(
        name,
        name.endsWith('position.weight')
          ? Float32Array.of(...data.slice(16), ...data.slice(0, 16))
          : data.slice(),
      )
    }
    expect(evaluated(ours).total).toBeCloseTo(evaluated(theirs).total, 12)
  })

  it("T5's buckets are those of its code", () => {
    const prepared = opened(t5.replace('+ mean(S.hidden[2] ^ 2)', ''))
    const found = evaluated(prepared).gradients.get('S.bias.weight') ?? new Float32Array()
    const counts = new Float64Array(8)
    const lengths = [7, 4, 9, 1]
    for (const length of lengths)
      for (let i = 0; i < length; i++)
        for (let j = 0; j < length; j++) {
          const bucket = t5Bucket(j - i)
          counts[bucket] = (counts[bucket] ?? 0) + 1
        }
    const pairs = lengths.reduce((sum, length) => sum + length ** 2, 0)
    // the mean over pairs and two heads: each head has its own column
    counts.forEach((count, row) => {
      for (const head of [0, 1]) expect(found[2 * row + head]).toBeCloseTo(count / pairs / 2, 6)
    })
  })
})

/** `_relative_position_bucket` of T5, bidirectional, num_buckets = 8, max_distance = 16. */
function t5Bucket(relative: number): number {
  const n = Math.abs(relative)
  const far = 2 + Math.floor((Math.log(n / 2) / Math.log(16 / 2)) * 2 + 1e-9)
  return (relative > 0 ? 4 : 0) + (n < 2 ? n : Math.min(far, 3))
}

describeBackends('on %s', (open) => {
  let runner: Runner
  beforeAll(async () => {
    runner = await open()
  })
  afterAll(() => runner.dispose())
  it.each(Object.entries(specs))('%s is as on the reference', (_, text) => {
    const expected = evaluated(opened(text))
    const found = evaluated(opened(text, runner))
    expect(Math.abs(found.total - expected.total)).toBeLessThanOrEqual(1e-5 * (1 + Math.abs(expected.total)))
    const size = norm([...expected.gradients.values()].map(norm))
    for (const [name, gradient] of expected.gradients) {
      const own = found.gradients.get(name)
      expect(norm(gradient.map((g, i) => g - (own?.[i] ?? Number.NaN))), name).toBeLessThanOrEqual(
        1e-4 * norm(gradient) + 1e-6 * size,
      )
    }
  })
})
