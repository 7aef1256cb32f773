/** A run that was exported as a GraphModel: loaded from a site, by Node and by a page, it predicts what the run does. */
import '@tensorflow/tfjs-backend-cpu'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadGraphModel } from '@tensorflow/tfjs-converter'
import * as tf from '@tensorflow/tfjs-core'
import { Tokenizer } from 'tokenizers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { load } from '../../src/library/index.ts'
import { distill } from '../distill.ts'
import { root } from '../emit/rig.ts'
import { standingOf } from '../required.ts'
import { openPage } from './chromium.ts'
import { type Site, serve } from './server.ts'
import { tensorflowImports, tensorflowScript } from './tensorflow.ts'

const standing = await standingOf('chromium')
const [, ...rows] = readFileSync(join(root, 'test/fixtures/tiny/validation.tsv'), 'utf8').trim().split('\n')
const texts = rows.map((row) => row.split('\t')[0] ?? '')

let home = ''
let site: Site
let expected: readonly (readonly number[])[] = []
let given: { ids: number[][]; mask: number[][]; segments: number[][] }
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'distill-graph-model-'))
  const run = join(home, 'run')
  const trained = await distill(
    ['train', 'test/fixtures/tiny/tiny.distill', '--out', run, '--backend', 'wasm'],
    { cwd: root },
  )
  expect(trained.status).toBe(0)
  const exported = await distill(['export', run, '--to', join(home, 'model'), '--tfjs'], { cwd: root })
  expect([exported.status, exported.out]).toEqual([
    0,
    `S as a GraphModel (logits) -> ${join(home, 'model')}\n`,
  ])
  const model = await load(run, { backend: 'wasm' })
  const predictions = await model.predict(texts)
  expected = predictions.map((one) => ('probabilities' in one ? Object.values(one.probabilities) : []))
  model.dispose()
  const tokenizer = Tokenizer.fromString(readFileSync(join(home, 'model/tokenizer.json'), 'utf8'))
  const encoded = await Promise.all(texts.map((text) => tokenizer.encode(text)))
  const length = Math.max(...encoded.map((one) => one.getIds().length))
  const padded = (values: readonly number[]): number[] => [
    ...values,
    ...new Array<number>(length - values.length).fill(0),
  ]
  given = {
    ids: encoded.map((one) => padded(one.getIds())),
    mask: encoded.map((one) => padded(one.getAttentionMask())),
    segments: encoded.map((one) => padded(one.getTypeIds())),
  }
  site = await serve({ model: join(home, 'model'), tensorflow: join(root, 'node_modules/@tensorflow') })
})
afterAll(() => {
  site.close()
  rmSync(home, { recursive: true, force: true })
})

function compare(probabilities: readonly (readonly number[])[]): void {
  expect(probabilities.map((row) => row.length)).toEqual(texts.map(() => 2))
  for (const [i, row] of probabilities.entries())
    for (const [k, p] of row.entries())
      expect(Math.abs(p - (expected[i]?.[k] ?? Number.NaN))).toBeLessThan(1e-5)
}

describe('an exported GraphModel', () => {
  it('predicts in Node what the run predicts', async () => {
    await tf.setBackend('cpu')
    const model = await loadGraphModel(`${site.address}/model/model.json`)
    expect(model.metadata).toEqual({ model: 'S', labels: ['cold', 'warm'] })
    const logits = model.execute({
      input_ids: tf.tensor2d(given.ids, undefined, 'int32'),
      attention_mask: tf.tensor2d(given.mask, undefined, 'int32'),
      token_type_ids: tf.tensor2d(given.segments, undefined, 'int32'),
    })
    if (Array.isArray(logits)) throw new Error('the model has one output')
    const rows = tf.unstack(tf.softmax(logits)).map((row) => [...row.dataSync()])
    compare(rows)
  })

  it.skipIf(standing.kind === 'skipped').each(['cpu', 'wasm'])(
    'predicts in a page what the run predicts, on %s',
    async (backend) => {
      const { run, log, close } = await openPage(site.address)
      try {
        const rows = await run(
          `${tensorflowScript}
        const { loadGraphModel } = await import('@tensorflow/tfjs-converter')
        const model = await loadGraphModel('/model/model.json')
        const int = (values) => tf.tensor2d(values, undefined, 'int32')
        const { ids, mask, segments } = given
        const logits = model.execute({ input_ids: int(ids), attention_mask: int(mask), token_type_ids: int(segments) })
        return tf.softmax(logits).array()`,
          { imports: tensorflowImports, backend, ...given },
        )
        compare(rows as number[][])
      } catch (error) {
        throw new Error(log.join('\n'), { cause: error })
      } finally {
        await close()
      }
    },
  )
})
