import { expect, test } from 'vitest'
import type { DeclaredModel } from '../../src/check/program.ts'
import { instance, program } from './spec-text.ts'

/** Parameters that are stored: a shared or tied one once. */
function stored(model: DeclaredModel, part?: 'encoder' | 'heads'): number {
  return model.parameters
    .filter((parameter) => parameter.canonical === parameter.path && (!part || parameter.part === part))
    .reduce((total, { shape }) => total + shape.reduce((product, size) => product * size, 1), 0)
}

const checked = program(`
import { bert_base, bert_base_unpooled, tinybert_4, tinybert_6, distilbert } from "std/bert.distill"
import { albert_base, albert_base_attention_shared, albert_base_ffn_shared, albert_base_unshared } from "std/bert.distill"
import { albert_base_e768, albert_base_e768_attention_shared } from "std/bert.distill"
import { albert_base_e768_ffn_shared, albert_base_e768_unshared } from "std/bert.distill"
import { classifier, masked_lm, span } from "std/heads.distill"
data sst2 {
  train = "train.tsv", text = column("sentence"), tokenizer = wordpiece(size = 1000)
  label = class(column("label"), ["negative", "positive"])
}
teacher B : bert_base_unpooled { heads { mlm = masked_lm(tied = embedding.word) } }
student D : distilbert { heads { mlm = masked_lm(tied = embedding.word) } }
student Q : distilbert { heads { qa = span() } }
student S4 : tinybert_4 { heads { task = classifier(sst2.label) } }
student S6 : tinybert_6 { heads { task = classifier(sst2.label) } }
projection W4 : tinybert_4.hidden_size -> bert_base.hidden_size = linear
projection W6 : tinybert_6.hidden_size -> bert_base.hidden_size = linear
projection each[m] for m in 0..S4.layers : tinybert_4.hidden_size -> bert_base.hidden_size = linear
model slim_bert = bert_base with { factorize layer[*].ffn.* to rank(128) }
`)
const count = (name: string) => stored(checked.models.get(name) ?? instance(checked, name))
function projected(name: string): number {
  const parameters = checked.projections.get(name)?.parameters ?? []
  return parameters.reduce(
    (total, { shape }) => total + shape.reduce((product, size) => product * size, 1),
    0,
  )
}

test.each([
  ['bert_base', 109_482_240],
  ['bert_base_unpooled', 108_891_648],
  ['B', 109_514_298],
  ['distilbert', 66_362_880],
  ['D', 66_985_530],
  ['Q', 66_364_418],
  ['tinybert_4', 14_350_248],
  ['tinybert_6', 66_955_008],
  ['albert_base_e768', 31_114_752],
  ['albert_base_e768_attention_shared', 83_078_400],
  ['albert_base_e768_ffn_shared', 57_117_696],
  ['albert_base_e768_unshared', 109_081_344],
  ['albert_base', 11_683_584],
  ['albert_base_attention_shared', 63_647_232],
  ['albert_base_ffn_shared', 37_686_528],
  ['albert_base_unshared', 89_650_176],
  ['slim_bert', 64_655_616],
])('%s has %i parameters', (name, expected) => {
  expect(count(name)).toBe(expected)
})

test('students with their projections', () => {
  expect(count('S4') + projected('W4')).toBe(14_591_258)
  expect(count('S6') + projected('W6')).toBe(67_547_138)
  expect(projected('each')).toBe(5 * projected('W4'))
})

test('heads and encoder are told apart', () => {
  expect(stored(instance(checked, 'D'), 'encoder')).toBe(66_362_880)
  expect(stored(instance(checked, 'D'), 'heads')).toBe(66_985_530 - 66_362_880)
})
