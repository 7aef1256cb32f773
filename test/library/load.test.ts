/**
 * Models that are loaded: what they answer is what `distill predict` prints, from runs and from exported
 * folders.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  DistillError,
  exportModel,
  type LoadedModel,
  load,
  type Text,
  train,
} from '../../src/library/index.ts'
import { distill } from '../distill.ts'
import { files, sentences, spec } from '../train/people.ts'

const root = new URL('../..', import.meta.url).pathname
const home = mkdtempSync(join(tmpdir(), 'load-'))
const at = (name: string): string => join(home, name)
const opened: LoadedModel[] = []
afterAll(() => {
  for (const model of opened) model.dispose()
  rmSync(home, { recursive: true })
})

async function open(...[folder, options]: Parameters<typeof load>): Promise<LoadedModel> {
  const model = await load(folder, { backend: 'cpu', ...options })
  opened.push(model)
  return model
}

/** What the command prints for lines, as data; without the kind, which it leaves out. */
async function predicted(lines: readonly string[], ...more: readonly string[]): Promise<unknown[]> {
  const words = ['predict', ...more, '--backend', 'cpu', '--json']
  const { status, out, err } = await distill(words, { cwd: home, input: `${lines.join('\n')}\n` })
  if (status !== 0) throw new Error(err)
  return out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
}

const codeOf = async (call: Promise<unknown>): Promise<string | undefined> => {
  const error = await call.catch((thrown: unknown) => thrown)
  return error instanceof DistillError ? error.diagnostics[0]?.code : undefined
}

beforeAll(async () => {
  await train({ text: spec, files }, { backend: 'cpu', maxSteps: 20, out: at('people') })
  await train(join(root, 'test/fixtures/tiny/tiny.distill'), { backend: 'cpu', out: at('tiny') })
}, 120_000)

describe('a model of a run', () => {
  const who: readonly (readonly [string, string])[] = sentences.map((one) => ['who ?', one])
  const pairs: readonly (readonly [string, string])[] = sentences.map((one) => [one, 'ada'])
  const joined = (texts: readonly Text[]): string[] =>
    texts.map((text) => (typeof text === 'string' ? text : text.join('\t')))

  it.each([
    ['labels', 'tiny', 'S', 'task', 'class', ['a warm day', 'frost on the hills']],
    ['words for [MASK]', 'people', 'M', 'mlm', 'masked', ['ada lives in [MASK]', '[MASK] lives in rome']],
    ['answers to questions', 'people', 'Q', 'qa', 'span', who],
    ['tags of words', 'people', 'S', 'tag', 'tags', sentences],
    ['a number for a pair', 'people', 'S', 'score', 'number', pairs],
  ] as const)('gives %s, as the command does', async (_, run, model, head, kind, texts) => {
    const loaded = await open(at(run), { model, head })
    expect([loaded.model, loaded.head, loaded.kind, loaded.backend]).toEqual([model, head, kind, 'cpu'])
    const predictions = await loaded.predict(texts)
    const printed = await predicted(joined(texts), run, '--model', model, '--head', head)
    expect(predictions.map(({ kind: own, ...rest }) => rest)).toEqual(printed)
    expect(new Set(predictions.map((one) => one.kind))).toEqual(new Set([kind]))
    expect(await loaded.predict(joined(texts))).toEqual(predictions)
  })

  it('is by default the one that was trained last, and says its labels', async () => {
    const loaded = await open(at('tiny'))
    expect([loaded.model, loaded.head, loaded.labels, loaded.maxLength]).toEqual([
      'S',
      'task',
      ['cold', 'warm'],
      16,
    ])
    const [one] = await loaded.predict(['a warm day'])
    if (one?.kind !== 'class') throw new Error(one?.kind)
    expect(Object.keys(one.probabilities)).toEqual(loaded.labels)
    expect(await loaded.predict([])).toEqual([])
  })

  it('reads many texts, each as if it were alone', async () => {
    const loaded = await open(at('tiny'))
    const [alone] = await loaded.predict(['a warm day'])
    const many = await loaded.predict(Array.from({ length: 130 }, () => 'a warm day'))
    expect(many).toHaveLength(130)
    expect(many[129]).toEqual(alone)
  })

  it('has the weights of a checkpoint that is asked for', async () => {
    const [kept, early] = [
      await open(at('people'), { model: 'Q' }),
      await open(at('people'), { model: 'Q', checkpoint: 'last' }),
    ]
    expect(await early.predict(who)).toEqual(await kept.predict(who))
    expect(await codeOf(load(at('people'), { checkpoint: 'first' }))).toBe('E1105')
  })

  it('answers no more once it was disposed', async () => {
    const loaded = await load(at('tiny'), { backend: 'cpu' })
    loaded.dispose()
    loaded.dispose()
    await expect(loaded.predict(['a'])).rejects.toThrow('the model was disposed')
  })

  it('is refused with the reason', async () => {
    expect(await codeOf(load(at('nowhere')))).toBe('E1107')
    expect(await codeOf(load(home))).toBe('E1107')
    expect(await codeOf(load(at('tiny'), { model: 'X' }))).toBe('E1105')
    expect(await codeOf(load(at('tiny'), { head: 'X' }))).toBe('E1105')
    expect(await codeOf(load(at('tiny'), { backend: 'gpu' }))).toBe('E1101')
    const stop = new AbortController()
    stop.abort()
    const options = { backend: 'cpu', out: at('unfinished'), signal: stop.signal }
    await train(join(root, 'test/fixtures/tiny/tiny.distill'), options)
    expect(await codeOf(load(at('unfinished')))).toBe('E1107')
  })

  it('refuses two texts where it reads one, and one where it reads two', async () => {
    expect(await codeOf((await open(at('tiny'))).predict([['a', 'b']]))).toBe('E0826')
    expect(await codeOf((await open(at('people'), { head: 'score' })).predict(['a']))).toBe('E0826')
  })
})

describe('a model of an exported folder', () => {
  const exported = async (run: string, model: string, to: string): Promise<string> => {
    const { folders } = await exportModel(at(run), at(to), { model, backend: 'cpu' })
    expect(folders).toEqual([
      expect.objectContaining({ folder: at(to), class: expect.stringMatching(/^BertFor/) }),
    ])
    return at(to)
  }

  it('has the files that the command writes, to the byte', async () => {
    const begun: string[] = []
    const options = { model: 'T', backend: 'cpu', license: 'mit', languages: ['en'] }
    const onBegin = (event: { model: string; backend: string }): unknown =>
      begun.push(event.model, event.backend)
    expect(await exportModel(at('tiny'), at('ours'), { ...options, onBegin })).toEqual({
      model: 'T',
      license: 'mit',
      folders: [
        { folder: at('ours'), class: 'BertForSequenceClassification', heads: ['task'], notes: [], files: [] },
      ],
    })
    expect(begun).toEqual(['T', 'cpu'])
    const words = ['export', at('tiny'), '--model', 'T', '--to', at('theirs'), '--backend', 'cpu']
    expect((await distill([...words, '--license', 'mit', '--language', 'en'])).status).toBe(0)
    const names = readdirSync(at('theirs'))
    expect(names.length).toBeGreaterThan(4)
    for (const name of names)
      expect(readFileSync(at(`ours/${name}`))).toEqual(readFileSync(at(`theirs/${name}`)))
    expect(readdirSync(at('ours'))).toEqual(names)
  })

  it('is not written for what is not there, or what the Hub would refuse', async () => {
    const into = at('refused')
    expect(await codeOf(exportModel(at('nowhere'), into))).toBe('E1107')
    expect(await codeOf(exportModel(at('tiny'), into, { head: 'X' }))).toBe('E1105')
    expect(await codeOf(exportModel(at('tiny'), into, { license: 'My License' }))).toBe('E1101')
    expect(await codeOf(exportModel(at('tiny'), into, { datasets: ['../x'] }))).toBe('E1101')
    expect(existsSync(into)).toBe(false)
  })

  it('gives the labels of the run, and the command predicts with the folder too', async () => {
    const texts = ['a warm day', 'frost on the hills', 'the sun shines on the sea and on the land']
    const folder = await exported('tiny', 'T', 'labels')
    const [own, loaded] = [await open(at('tiny'), { model: 'T' }), await open(folder)]
    expect([loaded.kind, loaded.labels]).toEqual(['class', ['cold', 'warm']])
    const [expected, predictions] = [await own.predict(texts), await loaded.predict(texts)]
    for (const [k, one] of predictions.entries()) {
      const other = expected[k]
      if (one.kind !== 'class' || other?.kind !== 'class') throw new Error(one.kind)
      expect(one.label).toBe(other.label)
      for (const label of loaded.labels)
        expect(one.probabilities[label]).toBeCloseTo(other.probabilities[label] ?? Number.NaN, 5)
    }
    expect(await predicted(texts, 'labels')).toEqual(predictions.map(({ kind, ...rest }) => rest))
    expect((await loaded.predict([['a warm day', 'a cold day']]))[0]?.kind).toBe('class')
  })

  it('that has ONNX files alone is refused with what to do', async () => {
    const { folders } = await exportModel(at('tiny'), at('both'), {
      model: 'T',
      backend: 'cpu',
      onnx: true,
      unproved: true,
    })
    expect(folders[0]?.files.map(({ name }) => name)).toEqual(['onnx/model.onnx'])
    expect((await open(at('both'))).kind).toBe('class')
    rmSync(at('both/model.safetensors'))
    await expect(load(at('both'))).rejects.toMatchObject({
      diagnostics: [{ code: 'E1107', help: expect.stringContaining('name the run') }],
    })
  })

  it('answers questions and fills words in', async () => {
    const [questions, words] = [
      await exported('people', 'Q', 'questions'),
      await exported('people', 'M', 'words'),
    ]
    const question: Text = ['where ?', 'ada lives in paris']
    const ask = async (model: LoadedModel) =>
      (await model.predict([question])).map((one) => one.kind === 'span' && one.answer)
    expect(await ask(await open(questions))).toEqual(await ask(await open(at('people'), { model: 'Q' })))
    const filled = async (model: LoadedModel) =>
      (await model.predict(['ada lives in [MASK]'])).map((one) => one.kind === 'masked' && one.filled)
    expect(await filled(await open(words))).toEqual(await filled(await open(at('people'), { model: 'M' })))
  })
})
