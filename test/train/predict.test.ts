/** `distill predict` as a person runs it, on every kind of answer that a head can give: small models that have learned a few sentences by heart. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type Outcome, distill as run } from '../distill.ts'
import { files, spec } from './people.ts'

const home = mkdtempSync(join(tmpdir(), 'predict-'))
afterAll(() => rmSync(home, { recursive: true }))

const distill = (words: readonly string[], input = ''): Promise<Outcome> => run(words, { cwd: home, input })
const modelOf: Readonly<Record<string, string>> = { mlm: 'M', qa: 'Q' }
const predict = async (head: string, input: string, ...more: string[]) =>
  await distill(
    ['predict', 'run', '--model', modelOf[head] ?? 'S', '--head', head, '--backend', 'wasm', ...more],
    input,
  )

beforeAll(async () => {
  mkdirSync(join(home, 'words'))
  for (const [name, text] of Object.entries({ ...files, 'spec.distill': spec }))
    writeFileSync(join(home, name), text)
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
