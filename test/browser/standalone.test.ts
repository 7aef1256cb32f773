/** A standalone trainer in a page: the file as it is written, TensorFlow.js from its package, batches and weights as JSON. */
import { copyFileSync, existsSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { programOf, root } from '../emit/rig.ts'
import {
  distanceOf,
  givenText,
  programFolder,
  type Recorded,
  recorded,
  writeProgram,
} from '../emit/standalone-rig.ts'
import { standingOf } from '../required.ts'
import { tensorflowFolder } from '../tensorflow/folder.ts'
import { openPage } from './chromium.ts'
import { type Site, serve } from './server.ts'
import { tensorflowImports, tensorflowScript } from './tensorflow.ts'

const standing = await standingOf('chromium')
const installed = join(process.env.DISTILL_TFJS_NODE ?? tensorflowFolder(), 'node_modules/@tensorflow')

describe.skipIf(standing.kind === 'skipped')('a standalone trainer in a page', () => {
  let home = ''
  let site: Site
  let run: Recorded
  beforeAll(async () => {
    home = programFolder()
    for (const file of ['train.tsv', 'validation.tsv', 'tiny.distill'])
      copyFileSync(join(root, 'test/fixtures/tiny', file), join(home, basename(file)))
    const program = programOf(join(home, 'tiny.distill'))
    run = await recorded(program, 'distil', join(home, 'run'), 3)
    writeProgram(program, 'distil', home)
    writeFileSync(join(home, 'given.json'), givenText(run))
    site = await serve({ files: home, tensorflow: join(root, 'node_modules/@tensorflow'), installed })
  })
  afterAll(() => {
    site.close()
    rmSync(home, { recursive: true, force: true })
  })

  /** Totals and trained weights on a backend. */
  async function trainedOn(
    backend: string,
  ): Promise<{ totals: number[]; weights: Record<string, number[]>; backend: string }> {
    const { run: inPage, log, close } = await openPage(site.address)
    try {
      const result = await inPage(
        `${tensorflowScript}
        const { train } = await import('/files/distil.mjs')
        const { weights, ...options } = await (await fetch('/files/given.json')).json()
        for (const one of Object.values(weights)) one.data = Float32Array.from(one.data)
        const totals = []
        const trained = await train({ ...options, weights, onStep: ({ total }) => totals.push(total) })
        return {
          totals,
          backend: tf.getBackend(),
          weights: Object.fromEntries(Object.entries(trained).map(([path, { data }]) => [path, [...data]])),
        }`,
        { imports: tensorflowImports, backend },
      )
      return result as Awaited<ReturnType<typeof trainedOn>>
    } catch (error) {
      throw new Error(log.join('\n'), { cause: error })
    } finally {
      await close()
    }
  }

  it("on TensorFlow.js' plain backend: the losses and weights of distill train, bit for bit", async () => {
    const { totals, weights, backend } = await trainedOn('cpu')
    expect(backend).toBe('cpu')
    expect(totals).toEqual(run.totals)
    expect(Object.keys(weights).length).toBeGreaterThan(40)
    for (const [path, data] of Object.entries(weights))
      expect([path, ...data]).toEqual([path, ...(run.after[path]?.data ?? [])])
  })

  async function trainsAlmostEqually(name: string): Promise<void> {
    const { totals, weights, backend } = await trainedOn(name)
    expect(backend).toBe(name)
    for (const [i, total] of totals.entries()) expect(total).toBeCloseTo(run.totals[i] ?? Number.NaN, 4)
    expect(distanceOf(run, weights)).toBeLessThan(0.02)
  }

  it('on WebAssembly: the same but for roundings', () => trainsAlmostEqually('wasm'))

  it.skipIf(!existsSync(join(installed, 'tfjs-backend-webgl')))('on WebGL: the same but for roundings', () =>
    trainsAlmostEqually('webgl'),
  )
})
