/**
 * Which backends and other programs tests run on. What does not start here is skipped, and the reason is
 * said, unless `DISTILL_REQUIRE` names it: then its tests fail. So a bare machine passes, and the one that is
 * meant to test everything cannot lose a backend unseen.
 */
import { type BackendName, backendNames, createRunner } from '../src/backends/index.ts'
import { reasonOf } from '../src/backends/reason.ts'
import { isTool, type ToolName, tools } from './tools.ts'

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

type Name = BackendName | ToolName

/** What is to be done with what starts, or does not for a reason. `required`: names with commas. Throws for a name that is none. */
export function decide(name: Name, reason: string | undefined, required: string | undefined): Standing {
  const names = (required ?? '').split(',').map((word) => word.trim())
  const isKnown = (word: string): boolean => isTool(word) || backendNames.some((known) => known === word)
  const unknown = names.filter((word) => word !== '' && !isKnown(word))
  if (unknown.length > 0)
    throw new Error(`DISTILL_REQUIRE names ${unknown.join(', ')}: no such backend or program`)
  if (reason === undefined) return { kind: 'usable' }
  return { kind: names.includes(name) ? 'missing' : 'skipped', reason }
}

const asked = new Map<Name, Promise<Standing>>()

/** Starts it, once for each file of tests. */
export function standingOf(name: Name): Promise<Standing> {
  const standing = asked.get(name) ?? start(name)
  asked.set(name, standing)
  return standing
}

async function start(name: Name): Promise<Standing> {
  if (isTool(name)) return decide(name, tools[name](), process.env.DISTILL_REQUIRE)
  const reason = await createRunner(name).then(
    (runner) => runner.dispose(),
    (error: unknown) => reasonOf(error),
  )
  return decide(name, reason ?? undefined, process.env.DISTILL_REQUIRE)
}
