/** Emitted programs on the GPU. */
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { standingOf } from '../required.ts'
import { describeStanding } from '../run/describe-standing.ts'
import { folderOf, runPrograms, stepsIn, trained } from './rig.ts'

describeStanding('webgpu', await standingOf('webgpu'), () => {
  const home = folderOf({ tiny: 'test/fixtures/tiny/tiny.distill' })
  afterAll(() => rmSync(home, { recursive: true, force: true }))

  it('an emitted trainer has the losses and weights of distill train, bit for bit', async () => {
    const run = { program: 'tiny', backend: 'webgpu', maxSteps: 1, out: 'own' } as const
    const [said = []] = runPrograms(home, [run])
    const expected = await trained(join(home, 'tiny.distill'), { ...run, out: join(home, 'expected') })
    expect(expected.length).toBeGreaterThan(1)
    expect(stepsIn(said)).toEqual(expected)
    const weights = (folder: string): Buffer => readFileSync(join(home, folder, 'best/S.safetensors'))
    expect(weights('own').equals(weights('expected'))).toBe(true)
  })
})
