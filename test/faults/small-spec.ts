/** A spec of two stages, the second of which distils what the first trained, and its data. */

const words = [
  'bird sings in the tree',
  'stone lies under the water',
  'child runs to the house',
  'river flows past the town',
]

export interface SmallSpec {
  readonly epochs?: number
  readonly hidden?: number
  /** The file of the training data. */
  readonly rows?: string
  /** The size of the vocabulary. */
  readonly pieces?: number
}

export function smallSpec({ epochs = 6, hidden = 16, rows = 'train.tsv', pieces = 90 }: SmallSpec): string {
  return `
import { bert_base } from "std/bert.distill"
import { classifier } from "std/heads.distill"
import { soften } from "std/losses.distill"

data notes {
  train = "${rows}", validation = "train.tsv"
  text = column("text"), label = class(column("label"), ["animal", "thing", "person", "place"])
  tokenizer = wordpiece(size = ${pieces}), max_length = 16
}
model small = bert_base with {
  vocabulary = notes.vocabulary, positions = 16, layers = 1, hidden_size = ${hidden}, heads = 2
  without embedding.type
  pooler = mean(output, over = token)
}
student T : small { heads { task = classifier(notes.label) } }
model smaller = small with { hidden_size = 8 }
student S : smaller { heads { task = classifier(notes.label) } }
teacher K = T after learn
stage learn {
  minimize cross_entropy(T.task.logits, batch.label)
  data = notes, budget = ${epochs} epochs, batch = 8
  optimizer = adamw(rate = linear(3e-2, warmup = 10%), clip = 1), evaluate = [accuracy]
}
stage distil after learn {
  minimize soften(S.task.logits, K.task.logits, temperature = 2)
  data = notes, budget = ${epochs} epochs, batch = 8
  optimizer = adamw(rate = linear(2e-2, warmup = 10%), clip = 1), evaluate = [accuracy], keep = best(accuracy)
}
`
}

export function dataTable(rows: number): string {
  const kinds = ['animal', 'thing', 'person', 'place']
  const lines = Array.from({ length: rows }, (_, i) => {
    const subject = (words[i % 4] ?? '').split(' ').slice(0, 2 + (i % 4))
    // Numbers give a long vocabulary where there are many rows.
    return `${kinds[i % 4]}\t${subject.join(' ')} ${i > 999 ? i : ''} ${'again '.repeat(i % 5)}`.trim()
  })
  return `label\ttext\n${lines.join('\n')}\n`
}
