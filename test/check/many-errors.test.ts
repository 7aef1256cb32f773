import { expect, test } from 'vitest'
import { check } from './spec-text.ts'

/** One run shows every mistake of a file, from top to bottom, and none of them twice. */
test('all mistakes of a file at once', () => {
  const { codes, rendered, program } = check(`
import { bert_base, bert_large } from "std/bert.distill"
import { classifier } from "std/heads.distill"
import { soften } from "std/losses.distill"
model small = bert_base with { layers = 2, hiden_size = 48, heads = 5 }
model tiny { width = 8, word = lookup(tokens, 100, width), both = word + linear(word, 9) }
data labelled { train = "a.tsv", text = column("t"), label = class(column("l"), ["a", "b"]), tokenizer = wordpiece(size = 100) }
teacher T : bert_base { weigths = "w", heads { task = classifier(labelled.label) } }
student S : bert_base { heads { task = classifier(labelled.label, befor = relu) } }
student U : nothing { }
map g : bert_base -> bert_base = [1, 2]
loss one = soften(T.task.logits, T.task.logits, temprature = 2)
loss two = mse(T.hidden[13], T.hidden[12])
loss three = kl(S.task.logits, T.task.logits)
loss four(a) = mse(a.hidden[1], b.hidden[1])
def five(x) = five(x)
loss six = mean(five(T.hidden[1]))
`)
  expect(program).toBeUndefined()
  expect(codes).toEqual([
    'E0105', // bert_large
    'E0107', // hiden_size
    'E0205', // heads
    'E0302', // word + 9 units
    'E0118', // weigths
    'E0109', // befor
    'E0101', // nothing
    'E0502', // [1, 2]
    'E0109', // temprature
    'E0117', // hidden[13]
    'E0101', // b
    'E0112', // five
  ])
  expect(rendered).toContain('did you mean `temperature`?')
})
