/** The kernels in C under AddressSanitizer and UndefinedBehaviorSanitizer: a short round of bench/faults/sanitize.ts. */
import { describe, expect, it } from 'vitest'
import { sanitized, sanitizerRuntime } from '../../bench/faults/sanitize/sanitized.ts'
import { functionNames } from '../../src/backends/compiled/source/index.ts'

const missing = sanitizerRuntime() === undefined ? ' (skipped: gcc has no AddressSanitizer here)' : ''

describe.skipIf(missing !== '')(`kernels under sanitizers${missing}`, () => {
  it('are clean at random and extreme shapes and values, on one thread and on several', async () => {
    const { status, stderr, told } = await sanitized(30_000, { seed: 7 })
    expect(status === 0 ? '' : stderr).toBe('')
    const never = functionNames.filter((name) => told?.kernels[name] === undefined)
    // called once without being counted, and a call of oneDNN with what it is given
    expect(never).toEqual(['products_here', 'launch_primitive'])
    // indices without a row or a place in the batch
    expect(told?.refused).toBeGreaterThan(100)
  }, 600_000)

  it('are found out where one writes behind its block, or overflows', async () => {
    const atStart = (text: string): string =>
      `__attribute__((constructor)) static void fault(void) { ${text} }`
    const written = atStart('volatile int *p = malloc(4); p[1] = 1;')
    expect((await sanitized(1, { more: written })).stderr).toMatch(/heap-buffer-overflow|insufficient space/)
    const overflown = atStart('volatile int x = 2147483647; x = x + 1;')
    expect((await sanitized(1, { more: overflown })).stderr).toMatch(/signed integer overflow/)
  }, 600_000)
})
