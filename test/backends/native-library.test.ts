import { describe, expect, it } from 'vitest'
import { type Foreign, type ForeignLibrary, loadForeign } from '../../src/backends/foreign/foreign.ts'
import { loadOneDnn, type Machine } from '../../src/backends/native/library.ts'

const linux: Machine = { platform: 'linux', environment: {}, list: () => [], fault: () => undefined }

/** Libraries by path, each with a version, or whatever `dnnl_version` is to say. */
function machineWith(versions: {
  readonly [path: string]: readonly [number, number, number]
}): Pick<Foreign, 'load' | 'view'> {
  const paths = Object.keys(versions)
  return {
    load: (path): ForeignLibrary => {
      const index = paths.indexOf(String(path))
      if (index < 0) throw new Error(`cannot open ${path}`)
      return { function: () => () => index, addressOf: () => undefined }
    },
    view: (address) => Int32Array.from(versions[paths[address] ?? ''] ?? []).buffer,
  }
}

describe('the library of the native backend', () => {
  it('is missing: one line with the remedy of the platform', () => {
    expect(() => loadOneDnn(machineWith({}), linux)).toThrowError(
      'E1120: backend native does not start: oneDNN (libdnnl) is not installed',
    )
    for (const [platform, remedy] of [
      ['linux', 'apt-get install libdnnl3.6'],
      ['linux', 'dnf install onednn'],
      ['linux', 'pip install onednn'],
      ['darwin', 'brew install onednn'],
      ['win32', 'conda install -c conda-forge onednn'],
    ] as const) {
      try {
        loadOneDnn(machineWith({}), { ...linux, platform })
        expect.unreachable()
      } catch (error) {
        expect(error).toMatchObject({
          diagnostics: [{ code: 'E1120', help: expect.stringContaining(remedy) }],
        })
      }
    }
  })

  it('is too old: says which was found and which is needed', () => {
    const old = machineWith({ 'libdnnl.so.3': [2, 7, 0] })
    expect(() => loadOneDnn(old, linux)).toThrowError(
      /libdnnl\.so\.3 is oneDNN 2\.7, needed is 3\.3 or a later 3/,
    )
  })

  it('is too old, and its file says so: that is told from none, and a newer one elsewhere is taken', () => {
    const list = (folder: string): string[] =>
      ({ '/usr/lib64': ['libdnnl.so.2.7'], '/home/me/.local/lib': ['libdnnl.so.3.10', 'libdnnl.so.3.9'] })[
        folder
      ] ?? []
    const old = { '/usr/lib64/libdnnl.so.2.7': [2, 7, 0] } as const
    expect(() => loadOneDnn(machineWith(old), { ...linux, list })).toThrowError(
      /libdnnl\.so\.2\.7 is oneDNN 2\.7, needed is 3\.3 or a later 3/,
    )
    expect(() => loadOneDnn(machineWith({ 'libdnnl.so.2': [2, 6, 0] }), linux)).toThrowError(
      /libdnnl\.so\.2 is oneDNN 2\.6, needed/,
    )
    const newer = machineWith({
      ...old,
      '/home/me/.local/lib/libdnnl.so.3.9': [3, 9, 0],
      '/home/me/.local/lib/libdnnl.so.3.10': [3, 10, 0],
    })
    // where pip puts it for one user
    for (const environment of [{ HOME: '/home/me' }, { HOME: '/other', PYTHONUSERBASE: '/home/me/.local' }])
      expect(loadOneDnn(newer, { ...linux, environment, list }).path).toBe(
        '/home/me/.local/lib/libdnnl.so.3.10',
      )
  })

  it('is looked for where package managers put it, the newest first', () => {
    const machine: Machine = {
      platform: 'linux',
      environment: { CONDA_PREFIX: '/conda' },
      fault: (folder) => `${folder} is not this user's`,
      list: (folder) => (folder === '/conda/lib' ? ['libdnnl.so.3', 'libdnnl.so.3.6', 'libz.so'] : []),
    }
    const foreign = machineWith({
      '/conda/lib/libdnnl.so.3': [3, 7, 2],
      '/conda/lib/libdnnl.so.3.6': [3, 7, 2],
    })
    expect(loadOneDnn(foreign, machine).path).toBe('/conda/lib/libdnnl.so.3.6')
  })

  it('is not taken from a folder that others can write, unless a variable names that folder', () => {
    const at = (folder: string): string => `${folder}/libdnnl.so.3`
    const folders = ['/opt/homebrew/lib', '/home/me/.local/lib', '/usr/lib64']
    const foreign = machineWith(Object.fromEntries(folders.map((folder) => [at(folder), [3, 7, 0]])))
    const open = (mine: string): Machine => ({
      ...linux,
      environment: { HOME: '/home/me' },
      list: (folder) => (folders.includes(folder) ? ['libdnnl.so.3'] : []),
      fault: (folder) => (folder === mine ? undefined : `${folder} belongs to another user`),
    })
    for (const folder of folders) expect(loadOneDnn(foreign, open(folder)).path).toBe(at(folder))
    expect(() => loadOneDnn(foreign, open(''))).toThrowError(/\(libdnnl\) is not installed/)
    const named = { ...open(''), environment: { PYTHONUSERBASE: '/home/me/.local' } }
    expect(loadOneDnn(foreign, named).path).toBe('/home/me/.local/lib/libdnnl.so.3')
  })

  it('is the one that the setting names, and no other', () => {
    const foreign = machineWith({ 'libdnnl.so.3': [3, 7, 0], '/own/libdnnl.so': [3, 9, 0] })
    const named = (path: string): Machine => ({ ...linux, environment: { DISTILL_DNNL: path } })
    expect(loadOneDnn(foreign, named('/own/libdnnl.so')).path).toBe('/own/libdnnl.so')
    expect(() => loadOneDnn(foreign, named('/gone.so'))).toThrowError(
      /DISTILL_DNNL names \/gone\.so, which cannot be loaded/,
    )
  })

  it('is told by its version, read from memory', async () => {
    const foreign = await loadForeign()
    expect(() => foreign.load('/nowhere/libdnnl.so')).toThrowError()
    expect(() => foreign.load(null).function('no_such_function_here', 'void', [])).toThrowError()
    expect(foreign.load(null).function('labs', 'int64', ['int64'])(-(2 ** 46))).toBe(2 ** 46)
  })
})
