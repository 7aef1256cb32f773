import { describe, expect, it } from 'vitest'
import { capabilitiesOf, createRunner } from '../../src/backends/index.ts'
import { describeBackendNames } from './backends.ts'

/** Commands that only compile do not start a backend: what they assume of it must be what it has. */
describe('what is assumed of backends', () => {
  describeBackendNames('%s', (name) => {
    it('has the fused ops that are assumed', async () => {
      const runner = await createRunner(name)
      expect([...(await capabilitiesOf(name))].sort()).toEqual([...(runner.capabilities ?? [])].sort())
      runner.dispose()
    })
  })
})
