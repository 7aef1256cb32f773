import { describe, expect, it } from 'vitest'
import { capabilitiesOf, createRunner } from '../../src/backends/index.ts'
import { productsIn } from '../../src/graph/precision.ts'
import { describeBackendNames } from './backends.ts'

/** Commands that only compile do not start a backend: what they assume of it must be what it has. */
describe('what is assumed of backends', () => {
  describeBackendNames('%s', (name) => {
    it('has the fused ops that are assumed', async () => {
      const runner = await createRunner(name)
      const own = runner.capabilities ?? new Set<string>()
      // products in bf16 are up to the processor as well, and are asked of the runner before a run
      const assumed = [...(await capabilitiesOf(name))].filter(
        (one) => one !== productsIn('bf16') || own.has(one),
      )
      expect(assumed.sort()).toEqual([...own].sort())
      runner.dispose()
    })
  })
})
