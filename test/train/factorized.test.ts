import { describe, expect, it } from 'vitest'
import { Initialiser } from '../../src/train/initialise.ts'
import { ParameterStore } from '../../src/train/parameters.ts'
import { evaluateBatch } from '../../src/train/step.ts'
import { batchOf, prepare, programOf } from '../lower/spec-run.ts'

/** Students whose matrices are the truncated SVD of their teacher's, the word embedding and its tied decoder among them. */
const spec = (word: number, up: number, rest = '') => `
import { bert_base } from "std/bert.distill"
import { masked_lm } from "std/heads.distill"
model whole = bert_base with { vocabulary = 40, positions = 12, layers = 2, hidden_size = 8, heads = 2, intermediate_size = 12 }
model slim = whole with {
  factorize embedding.word to rank(${word}) from svd
  factorize layer[*].ffn.up to rank(${up}) from svd
}
teacher T : whole { heads { mlm = masked_lm(tied = embedding.word) } }
student S : slim { weights = T, heads { mlm = masked_lm(tied = embedding.word) } }
${rest}
loss states = mse(S.hidden[2], T.hidden[2])
loss words  = kl(S.mlm.logits, T.mlm.logits)
stage s { minimize states + words }`

function distance(word: number, up: number) {
  const program = programOf({ text: spec(word, up) })
  const [stage] = program.stages
  if (!stage) throw new Error('no stage')
  const batch = batchOf([7, 4, 9], { vocabulary: 40, classes: 2 })
  const key = { seed: 0, stage: 's', step: 1 }
  return evaluateBatch(prepare(program, stage), [batch], key, { progress: 0, step: 1, epoch: 0 })
}

describe('a student factorized from its teacher', () => {
  it('is its teacher at full rank, its tied decoder too', () => {
    const { terms } = distance(8, 8)
    expect(terms.get('states')).toBeLessThan(1e-11)
    expect(terms.get('words')).toBeLessThan(1e-11)
  })
  it('is nearer the more it keeps', () => {
    const states = [2, 4, 6].map((rank) => distance(rank, 8).terms.get('states') ?? Number.NaN)
    expect(states).toEqual([...states].sort((a, b) => b - a))
    expect(states[2]).toBeGreaterThan(1e-6)
  })
  it('has gradients of both factors', () => {
    const { gradients } = distance(4, 4)
    for (const factor of ['embedding.word', 'layer[1].ffn.up', 'layer[2].ffn.up']) {
      for (const side of ['left', 'right'])
        expect(Math.hypot(...(gradients.get(`S.${factor}.${side}`) ?? [])), factor).toBeGreaterThan(0)
    }
  })
})

describe('what is said of the energy that is kept', () => {
  const notes = (text: string, later: readonly string[] = []) => {
    const program = programOf({ text })
    const initialiser = new Initialiser(program, new ParameterStore(), { seed: 7, randomWeights: true })
    for (const name of program.instances.keys())
      if (later.includes(name)) initialiser.reserve(name)
      else initialiser.instance(name)
    return { initialiser, said: () => initialiser.notes.map((note) => note.replace(/[\d.]+%/g, 'P%')) }
  }
  it('comes with the first weights, a line for each binding', () => {
    expect(notes(spec(4, 8)).said()).toEqual([
      'S.embedding.word starts as rank 4 of T.embedding.word: P% of its energy kept',
      'S.layer[*].ffn.up starts as rank 8 of T.layer[*].ffn.up: P% of its energy kept',
    ])
  })
  it('waits for the stage where the source is a copy of what it leaves', () => {
    const copy = `teacher A = S after s
student Q : small { weights = A, heads { mlm = masked_lm(tied = embedding.word) } }
model small = whole with { factorize layer[1].ffn.down to rank(3) from svd, factorize embedding.word to rank(8), factorize layer[*].ffn.up to rank(8) }`
    const { initialiser, said } = notes(spec(8, 8, copy), ['A', 'Q'])
    const before = said().length
    expect(said().some((note) => note.startsWith('Q'))).toBe(false)
    initialiser.refresh('A')
    expect(said()).toHaveLength(before)
    initialiser.refresh('Q')
    expect(said().slice(before)).toEqual([
      'Q.layer[1].ffn.down starts as rank 3 of A.layer[1].ffn.down: P% of its energy kept',
    ])
  })
})
