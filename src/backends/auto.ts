/** `--backend auto`: the fastest backend that starts here, and why faster ones do not. */
import type { Runner } from '../run/runner.ts'
import { hasGpu, hasNvidiaGpu } from './gpus.ts'
import { type BackendName, createRunner } from './index.ts'
import { reasonOf } from './reason.ts'

export interface Candidate {
  readonly name: BackendName
  /** What it is called where it is not usable: `tensorflow-gpu` and `tensorflow` are one backend. */
  readonly label: string
  /** False if it needs a GPU and there is none. Absent: it is always tried. */
  readonly worthTrying?: () => boolean
  /** Rejects with the reason where it does not start. */
  readonly open: () => Promise<Runner>
}

/** One that would be faster, if it started. */
interface PassedOver {
  readonly label: string
  readonly reason: string
}

export interface Chosen {
  readonly name: BackendName
  readonly runner: Runner
  readonly passedOver: readonly PassedOver[]
}

/** Fastest first. */
export const automatic: readonly Candidate[] = [
  {
    name: 'tensorflow',
    label: 'tensorflow-gpu',
    worthTrying: () => hasNvidiaGpu(),
    open: () => onGpu('tensorflow'),
  },
  { name: 'webgpu', label: 'webgpu', worthTrying: () => hasGpu(), open: () => onGpu('webgpu') },
  ...(['native', 'onnxruntime', 'tensorflow', 'wasm', 'cpu'] as const).map((name) => ({
    name,
    label: name,
    open: () => createRunner(name),
  })),
]

/** The first that starts, of those that `suits` lets through. Rejects with what the last one rejects with. */
export async function chooseRunner(
  suits: (name: BackendName) => boolean = () => true,
  candidates: readonly Candidate[] = automatic,
): Promise<Chosen> {
  const passedOver: PassedOver[] = []
  let failure: unknown
  for (const { name, label, worthTrying, open } of candidates) {
    if (!suits(name) || worthTrying?.() === false) continue
    try {
      return { name, runner: await open(), passedOver }
    } catch (error) {
      failure = error
      passedOver.push({ label, reason: reasonOf(error) })
    }
  }
  throw failure
}

/** `native (oneDNN 3.6, 2 threads)` */
export function describeRunner({ name, detail }: Runner): string {
  return detail === undefined ? name : `${name} (${detail})`
}

/** One line about a faster backend that is not used, with the reason; undefined if there is none. */
export function passedOverLine({ runner, passedOver }: Chosen): string | undefined {
  if (passedOver.length === 0) return undefined
  const missing = passedOver.map(({ label, reason }) => `${label} not usable: ${reason}`)
  return `${missing.join('; ')}; runs on ${runner.name} (distill doctor shows remedies)`
}

/** Rejects if it starts on the processor only, with its runner's reason. */
export async function onGpu(
  name: 'tensorflow' | 'webgpu',
  open: (name: 'tensorflow' | 'webgpu') => Promise<Runner> = createRunner,
): Promise<Runner> {
  const runner = await open(name)
  if (runner.onGpu === true) return runner
  const { detail } = runner
  runner.dispose()
  const reason = name === 'webgpu' ? 'its driver finds no GPU' : 'it finds no GPU'
  throw new Error(detail === undefined ? reason : `${reason} (${detail})`)
}
