import { describe, expect, test } from 'vitest'
import { instance, program } from './spec-text.ts'

const published = (text: string, name = 'S') => {
  const { names } = instance(program(text), name)
  const table = names.get('huggingface')
  if (table === undefined) throw new Error('no table')
  return table
}
const imports = `
  import { bert_base, distilbert, albert_base } from "std/bert.distill"
  import { classifier, masked_lm, span } from "std/heads.distill"
`
const small = 'with { layers = 2, hidden_size = 12, heads = 2, vocabulary = 30 }'

describe('tables', () => {
  test('BERT, with heads, which carry no prefix', () => {
    const { prefix, parameters } = published(`${imports}
      model m = bert_base ${small}
      student S : m { heads { task = classifier(2), mlm = masked_lm(tied = embedding.word) } }`)
    const name = (path: string) => parameters.get(path)
    expect(prefix).toBe('bert.')
    expect(name('embedding.norm.scale')).toEqual({ name: 'embeddings.LayerNorm.weight', head: false })
    expect(name('layer[2].ffn.down.bias')).toEqual({ name: 'encoder.layer.1.output.dense.bias', head: false })
    expect(name('task.logits.weight')).toEqual({ name: 'classifier.weight', head: true })
    expect(name('mlm.logits.bias')).toEqual({ name: 'cls.predictions.bias', head: true })
    expect(name('mlm.norm.scale')?.name).toBe('cls.predictions.transform.LayerNorm.weight')
    expect(parameters.size).toBe(3 + 2 + 2 * 16 + 2 + 2 + 5)
  })
  test('a line may name one parameter of a binding', () => {
    const { parameters } = published(`${imports}
      model m = bert_base ${small}
      student S : m { heads { mlm = masked_lm() } }`)
    expect(parameters.get('mlm.logits.weight')?.name).toBe('cls.predictions.decoder.weight')
    expect(parameters.get('mlm.logits.bias')?.name).toBe('cls.predictions.bias')
  })
  test('a matrix may be stored with rows and columns exchanged', () => {
    const { parameters } = published(`
      import { mobilebert, mobilebert_masked_lm } from "std/mobilebert.distill"
      model m = mobilebert with { layers = 2 }
      student S : m { heads { mlm = mobilebert_masked_lm() } }`)
    expect(parameters.get('mlm.extra.weight')).toEqual({
      name: 'cls.predictions.dense.weight',
      head: true,
      transposed: true,
    })
    expect(parameters.get('mlm.transform.weight')?.transposed).toBeUndefined()
  })
  test('a derived model has a table of its own', () => {
    const { prefix, parameters } = published(`${imports}
      model m = distilbert ${small}
      student S : m { heads { qa = span() } }`)
    expect(prefix).toBe('distilbert.')
    expect(parameters.get('layer[1].attention.norm.bias')?.name).toBe(
      'transformer.layer.0.sa_layer_norm.bias',
    )
    expect(parameters.get('qa.both.weight')?.name).toBe('qa_outputs.weight')
  })
  test('groups of layers share a name, groups of one do not', () => {
    const text = (groups: number) => `${imports}
      model m = albert_base with { layers = 4, hidden_size = 12, heads = 2, vocabulary = 30, embedding_size = 6, groups = ${groups} }
      student S : m { }`
    const names = (groups: number) =>
      [1, 2, 3, 4].map((m) => published(text(groups)).parameters.get(`layer[${m}].ffn.up.weight`)?.name)
    const name = (group: number) => `encoder.albert_layer_groups.${group}.albert_layers.0.ffn.weight`
    expect(names(1)).toEqual([name(0), name(0), name(0), name(0)])
    expect(names(2)).toEqual([name(0), name(0), name(1), name(1)])
    expect(names(4)).toEqual([name(0), name(1), name(2), name(3)])
    expect(published(text(1)).parameters.get('input.weight')?.name).toBe(
      'encoder.embedding_hidden_mapping_in.weight',
    )
  })
  test('a table given later replaces the inherited one; a removed binding may keep its line', () => {
    const { prefix, parameters } = published(`${imports}
      model m = bert_base with {
        layers = 1, hidden_size = 12, heads = 2, vocabulary = 30
        without embedding.type
        names huggingface { leaf scale -> "gain", embedding.type -> "types", embedding.norm -> "n", pooler.bias -> "b" }
      }
      student S : m { }`)
    expect(prefix).toBe('')
    expect([...parameters].map(([path, { name }]) => [path, name])).toEqual([
      ['embedding.norm.scale', 'n.gain'],
      ['embedding.norm.bias', 'n.bias'],
      ['pooler.bias', 'b'],
    ])
  })
})
