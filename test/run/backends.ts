/** The backends that tests run on, and both ways of wasm: with our vector kernels, and as on an engine without vector instructions. */
import { describe } from 'vitest'
import { thisToolchain } from '../../src/backends/compiled/compiler.ts'
import { type BackendName, backendNames, createRunner, type RunnerName } from '../../src/backends/index.ts'
import { nativeRunner } from '../../src/backends/native/index.ts'
import { onnxRunner } from '../../src/backends/onnxruntime/runner.ts'
import { tensorflowKernels } from '../../src/backends/tensorflow/kernels.ts'
import { cpuDevice, wasmDevice } from '../../src/backends/tfjs/load.ts'
import { wasmKernels } from '../../src/backends/wasm/index.ts'
import { Executor } from '../../src/run/executor.ts'
import type { Runner } from '../../src/run/runner.ts'
import { optionalBackends, type Standing, standingOf } from '../required.ts'
import { describeStanding } from './describe-standing.ts'

type Open = () => Promise<Runner>

/** Each with the backend that it is a way of. */
const ways: readonly (readonly [name: string, backend: BackendName, open: Open])[] = [
  ['cpu', 'cpu', () => createRunner('cpu')],
  ['wasm', 'wasm', () => createRunner('wasm')],
  ['wasm without vectors', 'wasm', plainWasm],
  ['kernels for tensorflow, on cpu', 'cpu', libraryOnCpu],
  ...optionalBackends.map((name) => [name, name, () => createRunner(name)] as const),
  ['native without a compiler', 'native', nativeWithoutCompiler],
  ['onnxruntime without a compiler', 'onnxruntime', onnxWithoutCompiler],
]

const standings = new Map<BackendName, Standing>(
  await Promise.all(optionalBackends.map(async (name) => [name, await standingOf(name)] as const)),
)

/** `describe` for each, with its name for %s in the title: tested where it starts, else skipped with the reason, or failing where it is required. */
export function describeBackends(
  title: string,
  body: (open: Open, name: string) => void,
  also: readonly BackendName[] = [],
  only?: BackendName,
): void {
  for (const name of also) describe(title.replace('%s', name), () => body(() => createRunner(name), name))
  for (const [name, backend, open] of ways)
    if (only === undefined || backend === only) describeBackend(title, name, backend, () => body(open, name))
}

/** The same for tests that start a backend by its name, by the command line for one. */
export function describeBackendNames(
  title: string,
  body: (name: BackendName) => void,
  names: readonly BackendName[] = backendNames,
): void {
  for (const name of names) describeBackend(title, name, name, () => body(name))
}

/** A provider of ONNX Runtime runs on what `like` runs on. */
export function describeProvider(
  name: RunnerName,
  like: BackendName,
  body: (name: RunnerName) => void,
): void {
  describeBackend('on %s', name, like, () => body(name))
}

function describeBackend(title: string, name: string, backend: BackendName, body: () => void): void {
  describeStanding(title.replace('%s', name), standings.get(backend) ?? { kind: 'usable' }, body)
}

async function plainWasm(): Promise<Runner> {
  const parts = await wasmDevice()
  return new Executor(parts.device, wasmKernels(parts, { vectors: false }))
}

/** What `tensorflow` runs, on a backend that is always there: kernels by name, memory out of reach, shapes that belong to values. */
async function libraryOnCpu(): Promise<Runner> {
  return new Executor(await cpuDevice({ shaped: true }), tensorflowKernels)
}

/** As on a machine without a C compiler. */
function nativeWithoutCompiler(): Promise<Runner> {
  return nativeRunner({ toolchain: { ...thisToolchain(), compiler: 'none' } })
}

function onnxWithoutCompiler(): Promise<Runner> {
  return onnxRunner({ toolchain: { ...thisToolchain(), compiler: 'none' } })
}
