/**
 * Finds the shared library of ONNX Runtime, which is in the package onnxruntime-node, and binds its
 * functions.
 */
import { readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { DiagnosticError } from '../../diagnostics/diagnostic.ts'
import { errorLine } from '../../diagnostics/error-text.ts'
import { libraryMissing } from '../../diagnostics/messages/backends.ts'
import { installCommand } from '../../disk/manifest.ts'
import type { Foreign, ForeignFunction, ForeignLibrary } from '../foreign/foreign.ts'
import { checked, tableVersion, unchecked } from './functions.ts'

type Checked = { readonly [name in keyof typeof checked]: (...values: (number | string)[]) => void }
type Unchecked = { readonly [name in keyof typeof unchecked]: ForeignFunction }

/** Those that give a status throw its message where it is an error. */
export interface Functions extends Checked, Unchecked {}

export interface RuntimeLibrary {
  readonly version: string
  readonly functions: Functions
  /**
   * Calls a function that the library exports by name and that gives a status; throws its message, or that
   * there is no such function.
   */
  exported(name: string, parameters: Parameters<ForeignLibrary['function']>[2]): (...values: number[]) => void
}

/** The package on a machine. */
export interface Installation {
  readonly platform: NodeJS.Platform
  readonly arch: NodeJS.Architecture
  /** Undefined where it is not installed. */
  readonly folder: string | undefined
  /** Files of a folder; none where it is not there. */
  readonly list: (folder: string) => readonly string[]
}

function installed(): Installation {
  const { platform, arch } = process
  return { platform, arch, folder: packageFolder(), list: filesOf }
}

function packageFolder(): string | undefined {
  try {
    return dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'))
  } catch {
    return undefined
  }
}

function filesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** Throws E1120 where the package is not installed, or its library cannot be loaded. */
export function loadRuntime(foreign: Foreign, installation: Installation = installed()): RuntimeLibrary {
  const library = loaded(foreign, installation)
  const base = library.function('OrtGetApiBase', 'address', [])()
  // two functions: GetApi(version), GetVersionString()
  const [getApi = 0, getVersion = 0] = addresses(foreign, base, 2)
  const version = foreign.text(foreign.at(getVersion, 'address', [])())
  const table = foreign.at(getApi, 'address', ['int32'])(tableVersion)
  if (table === 0) throw unusable(`ONNX Runtime ${version} is too old`, install())
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

function loaded(foreign: Pick<Foreign, 'load'>, installation: Installation): ForeignLibrary {
  const path = libraryPath(installation)
  try {
    return foreign.load(path)
  } catch (error) {
    const reason = errorLine(error)
    throw unusable(
      `the library of onnxruntime-node cannot be loaded (${reason})`,
      loadRemedy(reason, installation),
    )
  }
}

/** Such as libonnxruntime.so.1, libonnxruntime.1.30.0.dylib, onnxruntime.dll. */
const fileName = /^(libonnxruntime\.(so|1)|onnxruntime\.dll$)/

function libraryPath({ platform, arch, folder, list }: Installation): string {
  if (folder === undefined) throw unusable('onnxruntime-node is not installed', install())
  const builds = join(folder, 'bin', 'napi-v6')
  const own = join(builds, platform, arch)
  const file = list(own).find((name) => fileName.test(name))
  if (file !== undefined) return join(own, file)
  const others = list(builds).flatMap((system) =>
    list(join(builds, system)).map((processor) => `${system} on ${processor}`),
  )
  if (others.length === 0 || others.includes(`${platform} on ${arch}`))
    throw unusable('onnxruntime-node is not whole: it lacks its library', anew())
  throw unusable(
    `onnxruntime-node has no build for ${platform} on ${arch}`,
    `another backend: it has builds for ${others.join(', ')}`,
  )
}

/**
 * Without its install script: that downloads libraries for CUDA, and fails where only the registry can be
 * reached.
 */
const install = (): string => installCommand(['onnxruntime-node'], '--ignore-scripts')
const anew = (): string => `${install()}, after its folder in node_modules was removed`

/** A library that is there and does not load needs another system, except where its file is damaged. */
function loadRemedy(reason: string, { platform }: Installation): string {
  if (/too short|invalid ELF|not a valid|truncated/i.test(reason)) return anew()
  const needs: { readonly [platform: string]: string } = {
    linux: 'a system with glibc 2.28 or later, which Alpine (musl) is not',
    win32: "Microsoft's Visual C++ Redistributable",
    darwin: 'a newer macOS',
  }
  return `another backend, or ${needs[platform] ?? 'another system'}`
}

function unusable(reason: string, remedy: string): DiagnosticError {
  return new DiagnosticError(libraryMissing({ backend: 'onnxruntime', reason, remedy }))
}
