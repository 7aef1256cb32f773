/** A standalone trainer on TensorFlow itself, by `@tensorflow/tfjs-node`: the losses of `distill train` but for roundings. */
import { execFileSync } from 'node:child_process'
import { copyFileSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { standingOf } from '../required.ts'
import { describeStanding } from '../run/describe-standing.ts'
import { tensorflowFolder } from '../tensorflow/folder.ts'
import { programOf, root } from './rig.ts'
import { distanceOf, givenText, programFolder, recorded, writeProgram } from './standalone-rig.ts'

const driver = `
import { readFileSync, writeFileSync } from 'node:fs'
import * as tf from '@tensorflow/tfjs-node'
import { train } from './distil.mjs'
const { weights, ...options } = JSON.parse(readFileSync('given.json', 'utf8'))
for (const one of Object.values(weights)) one.data = Float32Array.from(one.data)
const totals = []
const trained = await train({ ...options, weights, onStep: ({ total }) => totals.push(total) })
const plain = Object.fromEntries(Object.entries(trained).map(([path, { data }]) => [path, [...data]]))
writeFileSync('trained.json', JSON.stringify({ backend: tf.getBackend(), totals, weights: plain }))
`

describeStanding('tensorflow', await standingOf('tensorflow'), () => {
  const home = programFolder()
  afterAll(() => rmSync(home, { recursive: true, force: true }))

  it('a standalone trainer trains as distill train does', async () => {
    for (const file of ['train.tsv', 'validation.tsv', 'tiny.distill'])
      copyFileSync(join(root, 'test/fixtures/tiny', file), join(home, file))
    const program = programOf(join(home, 'tiny.distill'))
    const run = await recorded(program, 'distil', join(home, 'run'), 3)
    writeProgram(program, 'distil', home)
    writeFileSync(join(home, 'given.json'), givenText(run))
    writeFileSync(join(home, 'driver.mjs'), driver)
    rmSync(join(home, 'node_modules'))
    symlinkSync(
      join(process.env.DISTILL_TFJS_NODE ?? tensorflowFolder(), 'node_modules'),
      join(home, 'node_modules'),
    )
    execFileSync(process.execPath, ['driver.mjs'], { cwd: home, stdio: 'pipe' })
    const { backend, totals, weights } = JSON.parse(readFileSync(join(home, 'trained.json'), 'utf8'))
    expect(backend).toBe('tensorflow')
    expect(totals).toHaveLength(run.totals.length)
    for (const [i, total] of run.totals.entries()) expect(totals[i]).toBeCloseTo(total, 4)
    expect(distanceOf(run, weights)).toBeLessThan(0.02)
  })
})
