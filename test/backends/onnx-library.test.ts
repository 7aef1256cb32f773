/** What is said where the library of ONNX Runtime cannot be used, and what would help: it depends on the reason. */
import { createRequire } from 'node:module'
import { describe, expect, it } from 'vitest'
import { loadForeign } from '../../src/backends/foreign/foreign.ts'
import { type Installation, loadRuntime } from '../../src/backends/onnxruntime/library.ts'
import { DiagnosticError } from '../../src/diagnostics/diagnostic.ts'

const folders: { readonly [folder: string]: readonly string[] } = {
  '/ort/bin/napi-v6': ['darwin', 'linux'],
  '/ort/bin/napi-v6/darwin': ['arm64'],
  '/ort/bin/napi-v6/linux': ['x64'],
  '/ort/bin/napi-v6/linux/x64': ['onnxruntime_binding.node', 'libonnxruntime.so.1'],
}
const linux: Installation = {
  platform: 'linux',
  arch: 'x64',
  folder: '/ort',
  list: (folder) => folders[folder] ?? [],
}
/** Of the package that the tests run with. */
const { version }: { version: string } = createRequire(import.meta.url)('onnxruntime-node/package.json')
const foreign = await loadForeign('onnxruntime')

/** The message and the help; `loads`: what the loader says. */
function refusal(installation: Installation, loads = 'cannot open'): readonly (string | undefined)[] {
  const load = (): never => {
    throw new Error(`${loads}\nand more`)
  }
  try {
    loadRuntime({ ...foreign, load }, installation)
  } catch (error) {
    if (!(error instanceof DiagnosticError)) throw error
    const [first] = error.diagnostics
    return [first?.message, first?.help]
  }
  throw new Error('it loads')
}

describe('the library of onnxruntime-node', () => {
  it('is not there: the package is to be installed', () => {
    expect(refusal({ ...linux, folder: undefined })).toEqual([
      'backend onnxruntime does not start: onnxruntime-node is not installed',
      `npm install --ignore-scripts onnxruntime-node@${version}`,
    ])
  })

  it('has no build for a Mac of Intel, which installing does not change', () => {
    expect(refusal({ ...linux, platform: 'darwin' })).toEqual([
      'backend onnxruntime does not start: onnxruntime-node has no build for darwin on x64',
      'another backend: it has builds for darwin on arm64, linux on x64',
    ])
  })

  it('is lost: the package is to be installed anew', () => {
    const [message, help] = refusal({
      ...linux,
      list: (folder) => (folder.endsWith('x64') ? [] : linux.list(folder)),
    })
    expect(message).toMatch(/is not whole/)
    expect(help).toMatch(/^npm install .*onnxruntime-node@[\d.]+, after its folder .* was removed$/)
  })

  it.each([
    ['linux', "/lib/libc.so.6: version `GLIBC_2.27' not found", /^another backend, or .*glibc 2\.28.*musl/],
    ['linux', 'libonnxruntime.so.1: file too short', /^npm install .*onnxruntime-node@[\d.]+, after/],
  ] as const)('does not load on %s: %s', (platform, says, remedy) => {
    expect(refusal({ ...linux, platform }, says)).toEqual([
      `backend onnxruntime does not start: the library of onnxruntime-node cannot be loaded (${says})`,
      expect.stringMatching(remedy),
    ])
  })
})
