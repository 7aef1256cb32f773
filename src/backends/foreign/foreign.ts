/**
 * C functions by koffi, an optional package that is loaded when the backend starts. Addresses are plain
 * numbers: they are below 2^53 on every machine, and a call with numbers is several times faster than one
 * with BigInt.
 */
import { DiagnosticError } from '../../diagnostics/diagnostic.ts'
import { libraryMissing } from '../../diagnostics/messages/backends.ts'
import { installCommand } from '../../disk/manifest.ts'

/** How values are passed. An `address` is a pointer of any kind; a `text` is a C string. */
export type ForeignType = 'void' | 'address' | 'int32' | 'int64' | 'float32' | 'float64' | 'text'

/** What koffi calls them. Signed integers of 64 bits hold addresses, so that no pointer object is made. */
const koffiTypes: { readonly [type in ForeignType]: string } = {
  void: 'void',
  address: 'int64',
  int32: 'int32',
  int64: 'int64',
  float32: 'float',
  float64: 'double',
  text: 'str',
}

export type ForeignFunction = (...values: (number | string)[]) => number

export interface ForeignLibrary {
  /** Throws where the library has no such function. */
  function(name: string, result: ForeignType, parameters: readonly ForeignType[]): ForeignFunction
  /** The address of a function; undefined if the system or the library does not provide it. */
  addressOf(name: string): number | undefined
}

export interface Foreign {
  /** A function by its address: libraries give tables of them. */
  at(address: number, result: ForeignType, parameters: readonly ForeignType[]): ForeignFunction
  /** The C string at an address. */
  text(address: number): string
  /** Where the elements of an array of the host are, as long as it lives; 0 where it has none. */
  addressOf(array: ArrayBufferView): number
  /**
   * A library by file name or path; null: what this process has loaded already. `global`: the libraries that
   * it loads itself find its symbols. Throws the loader's message.
   */
  load(path: string | null, options?: { readonly global?: boolean }): ForeignLibrary
  /** Memory as host code sees it. At most 4 GiB, and valid as long as the memory is mapped. */
  view(address: number, bytes: number): ArrayBuffer
}

/** As large as the stack of a thread. koffi's default is a quarter of it. */
const stackBytes = 2 ** 23

/**
 * Rejects with E1120, which names the backend, where koffi is not installed or has no build for this machine.
 */
export async function loadForeign(backend = 'native'): Promise<Foreign> {
  const { default: koffi } = await import('koffi').catch((error: unknown) => {
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)
    throw new DiagnosticError(
      libraryMissing({
        backend,
        reason: `koffi cannot be loaded (${reason})`,
        remedy: installCommand(['koffi']),
      }),
    )
  })
  try {
    koffi.config({ sync_stack_size: stackBytes })
  } catch {
    // it has loaded a library before: then the stack is what it is
  }
  const loader = loaderOf(koffi.load(null))
  return {
    at: (address, result, parameters) =>
      koffi.decode(
        address,
        koffi.proto(
          koffiTypes[result],
          parameters.map((type) => koffiTypes[type]),
        ),
      ),
    text: (address) => koffi.decode.string(address),
    addressOf: (array) => Number(koffi.address(array)),
    load: (path, { global = false } = {}) => {
      const library = koffi.load(path, { global, lazy: true })
      const handle = path === null ? 0 : loader.keep(path, global)
      return {
        addressOf: (name) => (handle === 0 ? undefined : loader.find(handle, name) || undefined),
        function: (name, result, parameters) =>
          library.func(
            name,
            koffiTypes[result],
            parameters.map((type) => koffiTypes[type]),
          ),
      }
    },
    view: (address, bytes) => koffi.view(BigInt(address), bytes),
  }
}

/** What koffi gives of a library. */
type Handle = ReturnType<typeof import('koffi')['load']>

/** The loader of the system, if it can be called. */
interface Loader {
  /**
   * Keeps a library loaded until the process ends. Its threads (those of OpenMP) wait in its code when Node
   * unloads it at exit, and would crash if that were unmapped. Returns the loader's handle, or 0.
   */
  keep(path: string, global: boolean): number
  /** The address of a function; 0 where the library has none of that name. */
  find(handle: number, name: string): number
}

function loaderOf(program: Handle): Loader {
  if (process.platform === 'win32') return { keep: () => 0, find: () => 0 }
  const open = program.func('dlopen', 'int64', ['str', 'int32'])
  const find = program.func('dlsym', 'int64', ['int64', 'str'])
  const lazy = 1
  const [noDelete, shared] = process.platform === 'darwin' ? [0x80, 0x8] : [0x1000, 0x100]
  return {
    keep: (path, global) => Number(open(path, lazy | noDelete | (global ? shared : 0))),
    find: (handle, name) => Number(find(handle, name)),
  }
}
