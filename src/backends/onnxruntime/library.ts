/** Finds the shared library of ONNX Runtime, which is in the package onnxruntime-node, and binds its functions. */
import { readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { DiagnosticError } from '../../diagnostics/diagnostic.ts'
import { errorLine } from '../../diagnostics/error-text.ts'
import { E1120 } from '../../diagnostics/messages/E1120.ts'
import type { Foreign, ForeignFunction, ForeignLibrary } from '../foreign/foreign.ts'
import { checked, tableVersion, unchecked } from './functions.ts'

type Checked = { readonly [name in keyof typeof checked]: (...values: (number | string)[]) => void }
type Unchecked = { readonly [name in keyof typeof unchecked]: ForeignFunction }

/** Those that give a status throw its message where it is an error. */
export interface Functions extends Checked, Unchecked {}

export interface RuntimeLibrary {
  readonly version: string
  readonly functions: Functions
  /** Calls a function that the library exports by name and that gives a status; throws its message, or that there is no such function. */
  exported(name: string, parameters: Parameters<ForeignLibrary['function']>[2]): (...values: number[]) => void
}

/** Throws E1120 where the package is not installed, or its library cannot be loaded. */
export function loadRuntime(foreign: Foreign): RuntimeLibrary {
  const library = loaded(foreign)
  const base = library.function('OrtGetApiBase', 'address', [])()
  // two functions: GetApi(version), GetVersionString()
  const [getApi = 0, getVersion = 0] = addresses(foreign, base, 2)
  const version = foreign.text(foreign.at(getVersion, 'address', [])())
  const table = foreign.at(getApi, 'address', ['int32'])(tableVersion)
  if (table === 0) throw unusable(`ONNX Runtime ${version} is too old`)
  const last = Math.max(...[...Object.values(checked), ...Object.values(unchecked)].map(({ at }) => at))
  const places = addresses(foreign, table, last + 1)
  const lookUp = named(unchecked, ({ at, parameters, result }) =>
    foreign.at(places[at] ?? 0, result, parameters),
  )
  const check = (status: number): void => {
    if (status === 0) return
    const message = foreign.text(lookUp.getErrorMessage(status))
    lookUp.releaseStatus(status)
    throw new Error(message)
  }
  const throwing = named(checked, ({ at, parameters }) => {
    const call = foreign.at(places[at] ?? 0, 'address', parameters)
    return (...values: (number | string)[]) => check(call(...values))
  })
  return {
    version,
    functions: { ...lookUp, ...throwing },
    exported: (name, parameters) => {
      const call = library.function(name, 'address', parameters)
      return (...values) => check(call(...values))
    },
  }
}

function named<K extends string, E, V>(entries: { readonly [name in K]: E }, make: (entry: E) => V) {
  const names = Object.keys(entries) as K[]
  return Object.fromEntries(names.map((name) => [name, make(entries[name])])) as {
    readonly [name in K]: V
  }
}

function addresses(foreign: Foreign, table: number, count: number): number[] {
  return Array.from(new BigInt64Array(foreign.view(table, 8 * count)), Number)
}

function loaded(foreign: Foreign): ForeignLibrary {
  const path = libraryPath()
  try {
    return foreign.load(path)
  } catch (error) {
    throw unusable(`the library of onnxruntime-node cannot be loaded (${errorLine(error)})`)
  }
}

/** Such as libonnxruntime.so.1, libonnxruntime.1.30.0.dylib, onnxruntime.dll. */
const fileName = /^(libonnxruntime\.(so|1)|onnxruntime\.dll$)/

function libraryPath(): string {
  const { platform, arch } = process
  const folder = join(packageFolder(), 'bin', 'napi-v6', platform, arch)
  const file = filesOf(folder).find((name) => fileName.test(name))
  if (file === undefined) throw unusable(`onnxruntime-node has no build for ${platform} on ${arch}`)
  return join(folder, file)
}

function packageFolder(): string {
  try {
    return dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'))
  } catch {
    throw unusable('onnxruntime-node is not installed')
  }
}

function filesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function unusable(reason: string): DiagnosticError {
  return new DiagnosticError(
    E1120({ backend: 'onnxruntime', reason, remedy: 'npm install onnxruntime-node' }),
  )
}
