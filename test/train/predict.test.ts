/** `distill predict` as a person runs it, on every kind of answer that a head can give: small models that have learned a few sentences by heart. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type Outcome, distill as run } from '../distill.ts'

const home = mkdtempSync(join(tmpdir(), 'predict-'))
afterAll(() => rmSync(home, { recursive: true }))

const people = [
  ['ada', 'paris'],
  ['bob', 'rome'],
  ['eve', 'new oslo'],
] as const
const sentences = people.map(([name, place]) => `${name} lives in ${place}`)
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

const spec = `
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

const distill = (words: readonly string[], input = ''): Promise<Outcome> => run(words, { cwd: home, input })
const modelOf: Readonly<Record<string, string>> = { mlm: 'M', qa: 'Q' }
const predict = async (head: string, input: string, ...more: string[]) =>
  await distill(
    ['predict', 'run', '--model', modelOf[head] ?? 'S', '--head', head, '--backend', 'wasm', ...more],
    input,
  )

beforeAll(async () => {
  writeFileSync(join(home, 'spec.distill'), spec)
  mkdirSync(join(home, 'words'))
  const words = new Set(`${sentences.join(' ')} where who ?`.split(' '))
  writeFileSync(
    join(home, 'words/vocab.txt'),
    ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', ...words].join('\n'),
  )
  writeFileSync(join(home, 'text.txt'), `${sentences.join('\n')}\n`)
  writeFileSync(join(home, 'names.conll'), `${tagged.join('\n')}\n`)
  writeFileSync(join(home, 'questions.json'), JSON.stringify({ data: [{ title: 'people', paragraphs }] }))
  writeFileSync(
    join(home, 'pairs.tsv'),
    `a\tb\tscore\n${sentences.map((one) => `${one}\t${one}\t1\n`).join('')}`,
  )
  const { status, err } = await distill(['train', 'spec.distill', '--out', 'run', '--backend', 'wasm'])
  expect(err).not.toContain('error')
  expect(status).toBe(0)
}, 120_000)

describe('distill predict', () => {
  it('fills [MASK] in, and names the pieces that are likely there', async () => {
    const { out, err } = await predict('mlm', 'ada lives [MASK] paris\nbob [MASK] [MASK] rome\n')
    expect(err).toMatch(/^run: M\.mlm {3}wasm\n$/)
    expect(out).toMatch(/^ada lives in paris\t[01]\.\d{4}\nbob lives in rome(\t[01]\.\d{4}){2}\n$/)
    const shape = z.object({
      text: z.string(),
      filled: z.string(),
      masks: z.array(z.array(z.object({ piece: z.string(), probability: z.number() })).length(5)),
    })
    const { text, filled, masks } = shape.parse(
      JSON.parse((await predict('mlm', 'eve [MASK] in rome', '--json')).out),
    )
    expect([text, filled, masks[0]?.[0]?.piece]).toEqual(['eve [MASK] in rome', 'eve lives in rome', 'lives'])
    const falling = masks[0]?.map(({ probability }) => probability) ?? []
    expect(falling).toEqual(falling.toSorted((a, b) => b - a))
  })

  it('tags words as the data do, in parts where a text is longer than the model reads', async () => {
    expect((await predict('tag', 'ada lives in paris\n\n')).out).toBe(
      'ada\tB-person\nlives\tO\nin\tO\nparis\tB-place\n\n\n',
    )
    const long = Array.from({ length: 5 }, () => 'eve lives in new oslo').join(' ')
    const shape = z.object({
      words: z.array(z.object({ word: z.string(), tag: z.string(), probability: z.number() })),
      entities: z.array(
        z.object({ type: z.string(), text: z.string(), first: z.number(), last: z.number() }),
      ),
    })
    const [first, second] = (await predict('tag', `eve lives in new oslo\n${long}\n`, '--json')).out
      .trim()
      .split('\n')
      .map((line) => shape.parse(JSON.parse(line)))
    expect(first?.entities).toEqual([
      { type: 'person', text: 'eve', first: 0, last: 0 },
      { type: 'place', text: 'new oslo', first: 3, last: 4 },
    ])
    expect(second?.words.map(({ word }) => word).join(' ')).toBe(long)
    expect(second?.words.every(({ tag, probability }) => tag !== '' && probability > 0.25)).toBe(true)
  })

  it('answers a question from a text, windows and all', async () => {
    expect((await predict('qa', 'where ?\teve lives in new oslo\nwho ?\tbob lives in rome\n')).out).toMatch(
      /^new oslo\t[01]\.\d{4}\nbob\t[01]\.\d{4}\n$/,
    )
    const context = `eve lives in new oslo ${Array.from({ length: 8 }, () => 'in in in').join(' ')}`
    const shape = z.object({ context: z.string(), answer: z.string(), start: z.number(), end: z.number() })
    const one = shape.parse(JSON.parse((await predict('qa', `who ?\t${context}\n`, '--json')).out))
    expect(one.context).toBe(context)
    expect(context.slice(one.start, one.end)).toBe(one.answer)
  })

  it('gives a number for a pair', async () => {
    expect((await predict('score', 'ada lives in paris\tada lives in paris\n')).out).toMatch(/^-?\d+\.\d+\n$/)
  })

  it('asks the first head of the model that was trained last, where none is named', async () => {
    const { out } = await distill(['predict', 'run', '--backend', 'wasm'], 'bob lives\n')
    expect(out).toBe('bob\tB-person\nlives\tO\n\n')
  })

  it.each([
    [
      'mlm',
      'ada [MASK] in rome\nada lives\n',
      /E0826\]: line 2 of the input has no \[MASK\]\n.*write \[MASK\]/,
    ],
    [
      'mlm',
      `${'ada '.repeat(20)}[MASK]\n`,
      /line 1 of the input has a \[MASK\] behind the 14 tokens .* `lines`/,
    ],
    ['qa', 'where ?\n', /line 1 of the input has no tab\n.*a question and the text that has its answer/],
    ['qa', 'where\t?\tada lives in rome\n', /line 1 of the input has 2 tabs/],
    ['score', 'ada lives in rome\n', /line 1 of the input has no tab\n.*two texts/],
  ])('%s refuses %j', async (head, input, said) => {
    const { status, out, err } = await predict(head, input)
    expect(err).toMatch(said)
    expect([status, out]).toEqual([1, ''])
  })

  it('says where a flag or a head is not for it', async () => {
    expect(await predict('qa', '', '--all')).toMatchObject({
      status: 2,
      err: expect.stringMatching(/E1116\]: --all is for labels, and head qa of Q gives parts of texts/),
    })
    expect(await predict('tags', '')).toMatchObject({
      status: 2,
      err: expect.stringMatching(/did you mean `tag`/),
    })
  })
})
