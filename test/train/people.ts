/** Models with every kind of answer that a head can give, which learn a few sentences by heart. */

const people = [
  ['ada', 'paris'],
  ['bob', 'rome'],
  ['eve', 'new oslo'],
] as const
export const sentences = people.map(([name, place]) => `${name} lives in ${place}`)
const tagged = people.map(([name, place]) => {
  const places = place.split(' ').map((word, i) => `${word}\t${i === 0 ? 'B' : 'I'}-place`)
  return [`${name}\tB-person`, 'lives\tO', 'in\tO', ...places, ''].join('\n')
})
const paragraphs = people.map(([name, place], i) => {
  const context = `${name} lives in ${place}`
  const answer = (text: string) => [{ text, answer_start: context.indexOf(text) }]
  return {
    context,
    qas: [
      { id: `${i} where`, question: 'where ?', answers: answer(place) },
      { id: `${i} who`, question: 'who ?', answers: answer(name) },
    ],
  }
})

/** Its students: M fills [MASK] in, Q answers questions, S tags words and scores pairs. */
export const spec = `
import { bert_base } from "std/bert.distill"
import { masked_lm, regressor, span, token_classifier } from "std/heads.distill"
data lines {
  train = "text.txt", text = lines, tokenizer = "words", max_length = 16
  mask { probability = 25%, replace = [100%, 0%, 0%] }
}
data names {
  train = "names.conll", text = column("tokens"), tokenizer = lines.tokenizer, max_length = 8
  label = tags(column("tags"), ["O", "B-person", "B-place", "I-place"], scheme = bio)
}
data questions {
  train = "questions.json", text = [column("question"), column("context")]
  label = span(stride = 4, question = 4), tokenizer = lines.tokenizer, max_length = 16
}
data pairs {
  train = "pairs.tsv", text = [column("a"), column("b")], label = number(column("score"))
  tokenizer = lines.tokenizer, max_length = 24
}
model small = bert_base with {
  vocabulary = lines.vocabulary, positions = 24, layers = 1, hidden_size = 32, heads = 2, intermediate_size = 64
  hidden_dropout = 0, attention_dropout = 0
}
student M : small { heads { mlm = masked_lm(tied = embedding.word) } }
student Q : small { heads { qa = span() } }
// two heads of one published name
student S : small { heads { tag = token_classifier(names.label), score = regressor() } }
stage fill {
  minimize cross_entropy(M.mlm.logits, batch.original) where masked
  data = lines, budget = 150 epochs, batch = 3, optimizer = adamw(rate = linear(1e-2))
}
stage answer {
  minimize cross_entropy(Q.qa.start, batch.start) + cross_entropy(Q.qa.end, batch.end)
  data = questions, budget = 100 epochs, batch = 6, optimizer = adamw(rate = linear(1e-2))
}
stage tag {
  minimize cross_entropy(S.tag.logits, batch.tags) where first_piece
  data = names, budget = 60 epochs, batch = 3, optimizer = adamw(rate = linear(1e-2))
}
stage compare after tag {
  train S.score
  minimize mse(S.score.value, batch.label)
  data = pairs, budget = 2 epochs, batch = 3, optimizer = adamw(rate = linear(1e-3))
}
`

const words = new Set(`${sentences.join(' ')} where who ?`.split(' '))

export const files: Readonly<Record<string, string>> = {
  'words/vocab.txt': ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', ...words].join('\n'),
  'text.txt': `${sentences.join('\n')}\n`,
  'names.conll': `${tagged.join('\n')}\n`,
  'questions.json': JSON.stringify({ data: [{ title: 'people', paragraphs }] }),
  'pairs.tsv': `a\tb\tscore\n${sentences.map((one) => `${one}\t${one}\t1\n`).join('')}`,
}
