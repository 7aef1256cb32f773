import { expect, test } from 'vitest'
import { limitSpinning } from '../../src/backends/native/spinning.ts'

test('threads look for work briefly, unless somebody has said how long', () => {
  const fresh: { [name: string]: string | undefined } = {}
  limitSpinning(fresh)
  expect(fresh).toEqual({ GOMP_SPINCOUNT: '1000' })
  for (const own of [{ OMP_WAIT_POLICY: 'active' }, { GOMP_SPINCOUNT: '50000' }]) {
    const kept = { ...own }
    limitSpinning(kept)
    expect(kept).toEqual(own)
  }
})
