/** What the pass says, and what it decides. Steps that it changes are in test/train/device-step.test.ts. */
import { describe, expect, it } from 'vitest'
import { capabilitiesOf, createRunner } from '../../../src/backends/index.ts'
import { compileStage } from '../../../src/lower/stage.ts'
import type { Passes } from '../../../src/lower/stage-options.ts'
import { programOf } from '../../lower/spec-run.ts'

const root = new URL('../../..', import.meta.url).pathname
const program = programOf({ path: `${root}test/fixtures/tiny/tiny.distill` })
const [learn] = program.stages
if (!learn) throw new Error('no stage')

describe('fuse-optimizer', () => {
  it.each([
    ['wasm', ['41 weights and their moments stay on the device, updated in place']],
    ['cpu', ['41 weights updated on the host: the backend has no update kernel']],
  ] as const)('on %s', async (backend, notes) => {
    const capabilities = await capabilitiesOf(backend)
    const { applied, step } = compileStage(program, learn, { capabilities })
    const last = applied.find(({ name }) => name === 'fuse-optimizer')
    const changed = backend === 'wasm'
    expect(last).toMatchObject({ name: 'fuse-optimizer', phase: 'plan', changed, graph: step, notes })
    expect(step.keepsGradients).toBe(changed ? true : undefined)
    const runner = await createRunner(backend)
    expect(capabilities).toEqual(runner.capabilities)
    expect(runner.updater !== undefined).toBe(backend === 'wasm')
    runner.dispose()
  })

  it.each(['none', { disabled: new Set(['fuse-optimizer']) }] satisfies Passes[])(
    'is left out by %j',
    async (passes) => {
      const capabilities = await capabilitiesOf('wasm')
      const { applied, step } = compileStage(program, learn, { passes, capabilities })
      expect(applied.map(({ name }) => name)).not.toContain('fuse-optimizer')
      expect(step.keepsGradients).toBe(undefined)
    },
  )
})
