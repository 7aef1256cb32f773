/**
 * Exported folders under the real transformers.js, in Node and in headless Chromium, for every task: the same
 * answers as `distill predict`. In float32 and with weights in 8 bits.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import * as transformers from '@huggingface/transformers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { standingOf } from '../required.ts'
import { type OpenPage, openPage } from './chromium.ts'
import { distill, linesOf, specs, type TaskName, trainAndExport } from './models.ts'
import { type Site, serve } from './server.ts'

const home = mkdtempSync(path.join(tmpdir(), 'distill-pipelines-'))
const tasks = Object.keys(specs) as TaskName[]
const script = readFileSync(path.join(import.meta.dirname, 'ask.js'), 'utf8')
const modules = path.resolve(import.meta.dirname, '../../node_modules')
type Dtype = 'fp32' | 'q8'

beforeAll(async () => {
  for (const task of tasks) await trainAndExport(task, path.join(home, task))
}, 600_000)
afterAll(() => rmSync(home, { recursive: true }))

/** In this process. */
async function askNode(task: TaskName, dtype: Dtype): Promise<readonly unknown[]> {
  Object.assign(transformers.env, { allowRemoteModels: false, localModelPath: home })
  const run = new Function('given', `return (async () => {${script}})()`)
  const folder = `${task}/export`
  return run({ library: transformers, task, folder, dtype, device: 'cpu', lines: linesOf(task) })
}

const inPage = `
  const library = await import('/transformers/transformers.min.js')
  Object.assign(library.env, { allowRemoteModels: false, allowLocalModels: true, localModelPath: '/models/' })
  library.env.useBrowserCache = false
  Object.assign(library.env.backends.onnx.wasm, { wasmPaths: '/ort/', numThreads: 1 })
  given.library = library
`

interface Predicted {
  readonly probabilities: Readonly<Record<string, number>>
  readonly words: readonly { readonly tag: string; readonly probability: number }[]
  readonly answer: string
  readonly masks: readonly (readonly { readonly piece: string; readonly probability: number }[])[]
}

/** What a pipeline should answer, from what `distill predict` says. */
const expected: { readonly [Task in Exclude<TaskName, 'states'>]: (one: Predicted) => unknown } = {
  classes: ({ probabilities }) => probabilities,
  pairs: ({ probabilities }) => Object.values(probabilities),
  tags: ({ words }) => words.map(({ tag, probability }) => ({ entity: tag, score: probability })),
  questions: ({ answer }) => letters(answer),
  masked: ({ masks }) => masks[0]?.map(({ piece, probability }) => ({ piece, score: probability })),
}

/** The pipeline puts pieces together, `distill predict` takes the text from the context. */
const letters = (text: string): string => text.toLowerCase().replace(/##|\s/g, '')

/** A pipeline's answer as `expected` has it. */
const answered: { readonly [Task in Exclude<TaskName, 'states'>]: (one: never) => unknown } = {
  classes: (one) => one,
  pairs: (logits: readonly number[]) => {
    const powers = logits.map((one) => Math.exp(one - Math.max(...logits)))
    return powers.map((one) => one / powers.reduce((sum, power) => sum + power, 0))
  },
  // The pipeline tags pieces, and the model words: by their first ones.
  tags: (all: readonly { word: string; entity: string; score: number }[]) =>
    all.filter(({ word }) => !word.startsWith('##')).map(({ entity, score }) => ({ entity, score })),
  questions: ({ answer }: { answer: string }) => letters(answer),
  masked: (one) => one,
}

/** Equal but for the last digits of numbers. */
function close(value: unknown, digits: number): unknown {
  if (typeof value === 'number') return expect.closeTo(value, digits)
  if (Array.isArray(value)) return value.map((one) => close(one, digits))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, close(one, digits)]))
}

async function predictions(task: Exclude<TaskName, 'states'>): Promise<readonly unknown[]> {
  const input = `${linesOf(task).join('\n')}\n`
  const run = path.join(home, task, 'run')
  const out = await distill(['predict', run, '--json', '--backend', 'wasm'], input)
  return out
    .trim()
    .split('\n')
    .map((line) => expected[task](JSON.parse(line)))
}

const labelled = tasks.filter((task) => task !== 'states')

describe('pipelines of transformers.js in Node', () => {
  it.each(labelled)(
    '%s answer as distill predict',
    async (task) => {
      const answers = await askNode(task, 'fp32')
      const own = answers.map((one) => answered[task](one as never))
      expect(own).toEqual(close(await predictions(task), 5))
    },
    120_000,
  )

  it('of features give a state for each token', async () => {
    const [first] = (await askNode('states', 'fp32')) as { dims: number[]; data: number[] }[]
    expect(first?.dims).toEqual([1, 12, 32])
    expect(first?.data.every(Number.isFinite)).toBe(true)
  }, 120_000)
})

const chromium = await standingOf('chromium')

describe.skipIf(chromium.kind === 'skipped')('pipelines of transformers.js in Chromium', () => {
  let site: Site
  let open: OpenPage
  beforeAll(async () => {
    site = await serve({
      models: home,
      transformers: path.join(modules, '@huggingface/transformers/dist'),
      ort: path.join(modules, 'onnxruntime-web/dist'),
    })
    open = await openPage(site.address)
  })
  afterAll(async () => {
    await open.close()
    site.close()
  })

  const ask = (task: TaskName, dtype: Dtype): Promise<unknown> =>
    open.run(inPage + script, { task, folder: `${task}/export`, dtype, device: 'wasm', lines: linesOf(task) })

  it.each(tasks)(
    '%s answer as in Node',
    async (task) => {
      expect(await ask(task, 'fp32')).toEqual(close(await askNode(task, 'fp32'), 4))
    },
    120_000,
  )

  it.each(['classes', 'tags'] as const)(
    '%s answer with weights in 8 bits',
    async (task) => {
      expect(await ask(task, 'q8')).toEqual(close(await askNode(task, 'q8'), 2))
    },
    120_000,
  )
})
