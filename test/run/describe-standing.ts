import { describe, expect, it } from 'vitest'
import type { Standing } from '../required.ts'

/** Tests on a backend that starts; else one that is skipped with the reason, or that fails where the backend is required. */
export function describeStanding(title: string, standing: Standing, body: () => void): void {
  if (standing.kind === 'usable') describe(title, body)
  else if (standing.kind === 'skipped') it.skip(`${title}: ${standing.reason}`)
  else it(title, () => expect(standing.reason, 'required, and it does not start').toBeUndefined())
}
