/** A standalone trainer in a page: the file as it is written, TensorFlow.js from its package, batches and weights as JSON. */
import { copyFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { programOf, root } from '../emit/rig.ts'
import {
  programFolder,
  type Recorded,
  recorded,
  seed,
  type Weights,
  writeProgram,
} from '../emit/standalone-rig.ts'
import { standingOf } from '../required.ts'
import { openPage } from './chromium.ts'
import { type Site, serve } from './server.ts'
import { tensorflowImports, tensorflowScript } from './tensorflow.ts'

const standing = await standingOf('chromium')

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
    const plain = (weights: Weights): unknown =>
      Object.fromEntries(
        Object.entries(weights).map(([path, { shape, data }]) => [path, { shape, data: [...data] }]),
      )
    writeFileSync(
      join(home, 'given.json'),
      JSON.stringify({ weights: plain(run.before), batches: run.batches, steps: run.steps, seed }),
    )
    site = await serve({ files: home, tensorflow: join(root, 'node_modules/@tensorflow') })
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

  it('on WebAssembly: the same but for roundings', async () => {
    const { totals, weights, backend } = await trainedOn('wasm')
    expect(backend).toBe('wasm')
    for (const [i, total] of totals.entries()) expect(total).toBeCloseTo(run.totals[i] ?? Number.NaN, 4)
    let [difference, moved] = [0, 0]
    for (const [path, data] of Object.entries(weights))
      data.forEach((x, i) => {
        difference += (x - (run.after[path]?.data[i] ?? Number.NaN)) ** 2
        moved += ((run.after[path]?.data[i] ?? 0) - (run.before[path]?.data[i] ?? Number.NaN)) ** 2
      })
    // Adam divides by roots of squares: where a gradient is all rounding, its step has another direction.
    expect(Math.sqrt(difference / moved)).toBeLessThan(0.02)
    expect(moved).toBeGreaterThan(0)
  })
})
