/**
 * Which backends tests run on. One that does not start here is skipped, and the reason is said, unless `DISTILL_REQUIRE` names it: then its tests fail. So a bare
 * machine passes, and the one that is meant to test everything cannot lose a backend unseen.
 */
import { type BackendName, backendNames, createRunner } from '../src/backends/index.ts'
import { reasonOf } from '../src/backends/reason.ts'

/** Those that need something which a machine may lack. */
export const optionalBackends = [
  'onnxruntime',
  'native',
  'tensorflow',
  'webgpu',
] as const satisfies readonly BackendName[]

export type Standing =
  | { readonly kind: 'usable' }
  | { readonly kind: 'skipped' | 'missing'; readonly reason: string }

/** What is to be done with a backend that starts, or does not for a reason. `required`: names with commas. Throws for a name that is none. */
export function decide(
  name: BackendName,
  reason: string | undefined,
  required: string | undefined,
): Standing {
  const names = (required ?? '').split(',').map((word) => word.trim())
  const unknown = names.filter((word) => word !== '' && !backendNames.some((known) => known === word))
  if (unknown.length > 0) throw new Error(`DISTILL_REQUIRE names ${unknown.join(', ')}: no such backend`)
  if (reason === undefined) return { kind: 'usable' }
  return { kind: names.includes(name) ? 'missing' : 'skipped', reason }
}

const asked = new Map<BackendName, Promise<Standing>>()

/** Starts it, once for each file of tests. */
export function standingOf(name: BackendName): Promise<Standing> {
  const standing = asked.get(name) ?? start(name)
  asked.set(name, standing)
  return standing
}

async function start(name: BackendName): Promise<Standing> {
  const reason = await createRunner(name).then(
    (runner) => runner.dispose(),
    (error: unknown) => reasonOf(name, error),
  )
  return decide(name, reason ?? undefined, process.env.DISTILL_REQUIRE)
}
