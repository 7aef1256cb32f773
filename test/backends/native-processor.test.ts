/** Older processors, as far as oneDNN can be told to take this one for one: precisions that it lacks are not claimed, and those that are not exact are not chosen. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { describeProvider } from '../run/backends.ts'

const script = fileURLToPath(new URL('../fixtures/native-processor.ts', import.meta.url))

async function on(ISA: string) {
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', script], {
    env: { ...process.env, ONEDNN_MAX_CPU_ISA: ISA },
  })
  return JSON.parse(stdout)
}

describeProvider('native', 'native', () => {
  describe.skipIf(process.arch !== 'x64').each(['AVX2', 'SSE41'])('on a processor with %s', (isa) => {
    it('lacks bf16, which it says, and refuses int8, which is not exact', async () => {
      const { facts, capabilities, automatic, teacher, student, elsewhere } = await on(isa)
      expect(capabilities).toEqual(['int8_products'])
      expect(facts).toMatchObject({
        usable: true,
        gflops: expect.any(Number),
        refused: { int8: expect.stringMatching(/^products are off by \d+% on this processor$/) },
      })
      expect(facts.low).toBeUndefined()
      expect(automatic).toEqual({ read: 'float32', trained: 'float32' })
      expect(teacher).toMatchObject({
        code: 'E1007',
        help: expect.stringMatching(/say precision = float32 or precision = auto$/),
      })
      expect(student).toMatchObject({
        code: 'E1006',
        message: '`S` is in bf16, which backend native on this machine does not have',
        help: 'precision = auto takes what the backend has',
      })
      // another backend that lacks bf16 does not send anyone to this one
      expect(elsewhere).toMatchObject({
        code: 'E1006',
        message: '`S` is in bf16, which backend cpu does not have',
        help: 'precision = auto takes what the backend has',
      })
    }, 60_000)
  })
})
