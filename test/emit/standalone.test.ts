/** A stage as one file that imports TensorFlow.js alone: on its own `cpu` backend, the bits of `distill train --backend cpu`. */
import '@tensorflow/tfjs-backend-cpu'
import { spawnSync } from 'node:child_process'
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { shippedText } from '../../src/disk/shipped.ts'
import { emitStandalone } from '../../src/emit/standalone/emit.ts'
import { programOf, root } from './rig.ts'
import { load, programFolder, recorded, seed, writeProgram } from './standalone-rig.ts'

/** Spec, stage, and how many steps of it are compared. */
const stages = [
  ['test/fixtures/tiny/tiny.distill', 'learn', 6],
  ['test/fixtures/tiny/tiny.distill', 'distil', 6],
  ['test/emit/specs/recipe.distill', undefined, 3],
  ['test/emit/specs/climb.distill', undefined, 2],
  ['test/emit/specs/masked.distill', undefined, 2],
  ['test/emit/specs/students.distill', undefined, 3],
  ['test/emit/specs/spans.distill', undefined, 2],
] as const

/** Of published size, and others whose programs are too slow to run here. */
const others = ['specs/demo.distill', 'specs/distilbert.distill', 'test/emit/specs/wide.distill']

describe('a standalone trainer', () => {
  let home = ''
  beforeAll(async () => {
    await tf.setBackend('cpu')
    home = programFolder()
    for (const file of ['tiny/train.tsv', 'tiny/validation.tsv', 'tasks/xquad.json'])
      copyFileSync(join(root, 'test/fixtures', file), join(home, basename(file)))
  })
  afterAll(() => rmSync(home, { recursive: true, force: true }))

  it.each(stages)(
    'of %s, stage %s: the losses and weights of distill train, bit for bit',
    async (spec, stage, steps) => {
      const file = join(home, basename(spec))
      copyFileSync(join(root, spec), file)
      const program = programOf(file)
      for (const { name } of program.stages.filter((one) =>
        stage === undefined ? one.optimizer : one.name === stage,
      )) {
        const { before, after, batches, totals, ...schedule } = await recorded(
          program,
          name,
          join(home, `${basename(spec)} ${name}`),
          steps,
        )
        const { train } = await load(
          writeProgram(program, name, home, `${basename(spec, '.distill')}-${name}`),
        )
        const held = tf.memory().numTensors
        const losses: number[] = []
        const trained = await train({
          weights: before,
          batches,
          ...schedule,
          seed,
          onStep: ({ total }) => losses.push(total),
        })
        expect(losses).toEqual(totals)
        expect(losses.length).toBeGreaterThan(1)
        for (const [path, { data }] of Object.entries(trained))
          expect([path, ...data]).toEqual([path, ...(after[path]?.data ?? [])])
        const moved = Object.keys(trained).filter(
          (path) => String(before[path]?.data) !== String(after[path]?.data),
        )
        expect(moved.length).toBeGreaterThan(1)
        expect(tf.memory().numTensors).toBe(held)
      }
    },
  )

  it('computes values again where memory is short, and nothing changes', async () => {
    const file = join(home, 'sparing.distill')
    copyFileSync(join(root, 'test/emit/specs/recipe.distill'), file)
    const program = programOf(file)
    const { before, batches, totals, steps, stepsPerEpoch } = await recorded(
      program,
      'prediction',
      join(home, 'sparing'),
      2,
    )
    const [usual, sparing] = [undefined, 200_000].map((memory) =>
      writeProgram(program, 'prediction', home, `sparing-${memory}`, memory),
    )
    const calls = (path = ''): number =>
      readFileSync(path, 'utf8').match(/\btf\.\w+\(|dropout_mask\(/g)?.length ?? 0
    expect(calls(sparing)).toBeGreaterThan(calls(usual))
    const { train } = await load(sparing ?? '')
    const losses: number[] = []
    const schedule = { steps, stepsPerEpoch, seed }
    await train({ weights: before, batches, ...schedule, onStep: ({ total }) => losses.push(total) })
    expect(losses).toEqual(totals)
    expect(losses).toHaveLength(2)
  })

  it('stops where it is told to, and says what is missing or does not fit', async () => {
    const program = programOf(join(root, 'test/fixtures/tiny/tiny.distill'))
    const { train } = await load(writeProgram(program, 'learn', home, 'told'))
    const weights = { 'T.pooler.bias': { shape: [3], data: new Float32Array(3) } }
    await expect(train({ weights, batches: [], steps: 1 })).rejects.toThrow(
      'weight T.pooler.bias: [16] needed, [3] given',
    )
    const batch = { tokens: [[1, 2]] }
    await expect(train({ weights: {}, batches: [batch], steps: 1 })).rejects.toThrow('the batch has no label')
    await expect(train({ weights: {}, batches: [{ ...batch, label: [0] }], steps: 1 })).rejects.toThrow(
      'there is no weight T.',
    )
    const stopped = new AbortController()
    stopped.abort()
    const options = { weights: {}, batches: [batch], steps: 1, signal: stopped.signal }
    expect(await train(options)).toEqual({})
  })

  it('of each spec type-checks under strict, and imports TensorFlow.js alone', () => {
    for (const spec of [...stages.slice(1).map(([file]) => file), ...others]) {
      const program = programOf(join(root, spec))
      for (const stage of program.stages.filter(({ optimizer, data }) => optimizer && data)) {
        const name = `${basename(spec, '.distill')}-${stage.name.replace(/\W/g, '_')}.ts`
        const text = emitStandalone(program, stage, { source: shippedText })
        writeFileSync(join(home, name), text)
        expect([...text.matchAll(/^import .*$/gm)].map(String)).toEqual([
          "import * as tf from '@tensorflow/tfjs-core'",
        ])
      }
    }
    const compilerOptions = {
      strict: true,
      noEmit: true,
      noUnusedLocals: true,
      target: 'ES2022',
      lib: ['ES2022', 'DOM', 'DOM.Iterable'],
      module: 'ESNext',
      moduleResolution: 'bundler',
      types: [],
      skipLibCheck: true,
    }
    writeFileSync(join(home, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }))
    const tsc = spawnSync(join(root, 'node_modules/.bin/tsc'), ['-p', home], { encoding: 'utf8' })
    expect(tsc.stdout).toBe('')
  }, 180_000)

  it('reads well', async () => {
    const program = programOf('test/fixtures/tiny/tiny.distill')
    const stage = program.stages.find(({ name }) => name === 'learn')
    const text = stage === undefined ? '' : emitStandalone(program, stage, { source: shippedText })
    await expect(text).toMatchFileSnapshot(join(root, 'test/golden/trainer/standalone.ts.txt'))
  })
})
