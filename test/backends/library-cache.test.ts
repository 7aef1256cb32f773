/** Native code of others: planted in the cache, or in the way to it, it is not loaded. And caches that are shared, full or read-only. */
import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type CompiledLibrary, compiledLibrary, thisToolchain } from '../../src/backends/compiled/compiler.ts'
import { type Foreign, loadForeign } from '../../src/backends/foreign/foreign.ts'
import { makePrivateTemporary, openPrivateFolder } from '../../src/run/private-folder.ts'

const posix = process.platform !== 'win32'
const root = process.getuid?.() === 0
const stranger = 12345
const text = 'int answer(void) { return 42; }'
const folder = mkdtempSync(join(tmpdir(), 'distill-test-'))
let foreign: Foreign
/** The name under which the library is cached, and another library under a name that its hash agrees with. */
let kept: string
let planted: { readonly name: string; readonly content: Buffer }
let made = 0

const fresh = (): string => {
  const place = join(folder, String(made++))
  mkdirSync(place, { mode: 0o700 })
  return place
}

const compiled = (cache: string, code = text): Promise<CompiledLibrary> =>
  compiledLibrary(code, { ...thisToolchain(), cache })

/** What the library that is loaded answers, and what is said of it. */
async function loaded(cache: string): Promise<{ readonly answer: number; readonly lack: string }> {
  const library = await compiled(cache)
  if (library.path === undefined) throw new Error(library.reason)
  const answer = foreign.load(library.path).function('answer', 'int32', [])()
  library.done()
  expect(existsSync(dirname(library.path))).toBe(false)
  return { answer, lack: library.lack ?? '' }
}

const libraries = (cache: string): readonly string[] =>
  readdirSync(cache).filter((name) => name.endsWith('.so'))

beforeAll(async () => {
  foreign = await loadForeign()
  const mine = join(fresh(), 'native')
  await loaded(mine)
  kept = libraries(mine)[0] ?? ''
  const other = await compiled(join(fresh(), 'native'), text.replace('42', '13'))
  if (other.path === undefined) throw new Error(other.reason)
  const content = readFileSync(other.path)
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 32)
  planted = { name: `${kept.split('-').slice(0, 2).join('-')}-${hash}.so`, content }
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A cache with the other library in it. */
function plantedIn(cache: string): string {
  mkdirSync(cache, { recursive: true, mode: 0o700 })
  writeFileSync(join(cache, planted.name), planted.content, { mode: 0o700 })
  return cache
}

describe.skipIf(!posix)('a planted library', () => {
  it('would be loaded where it is this user who put it there: the attack is a real one', async () => {
    expect(await loaded(plantedIn(join(fresh(), 'native')))).toEqual({ answer: 13, lack: '' })
  })

  it.each([0o777, 0o770, 0o755, 0o701, 0o1777])('is not loaded from a folder of mode %o', async (mode) => {
    const cache = plantedIn(join(fresh(), 'native'))
    chmodSync(cache, mode)
    expect(await loaded(cache)).toEqual({
      answer: 42,
      lack: expect.stringMatching(
        /^kernels are compiled at each start: .*native is open to other users \(mode \d+\)$/,
      ),
    })
    // nothing of ours is put there either
    expect(readdirSync(cache)).toEqual([planted.name])
  })

  it('is not loaded from behind a link', async () => {
    const [target, place] = [plantedIn(join(fresh(), 'native')), fresh()]
    symlinkSync(target, join(place, 'native'))
    expect(await loaded(join(place, 'native'))).toEqual({
      answer: 42,
      lack: expect.stringMatching(/native is a symbolic link$/),
    })
  })

  it('is not loaded where others can replace a parent of the folder, and is where they cannot', async () => {
    const place = fresh()
    const cache = plantedIn(join(place, 'distill', 'native'))
    chmodSync(place, 0o777)
    expect(await loaded(cache)).toEqual({
      answer: 42,
      lack: `kernels are compiled at each start: ${place} can be written by other users (mode 0777)`,
    })
    chmodSync(place, 0o1777)
    expect(await loaded(cache)).toMatchObject({ answer: 13 })
  })

  it('is not loaded where it is itself a link', async () => {
    const [elsewhere, cache] = [plantedIn(join(fresh(), 'native')), join(fresh(), 'native')]
    mkdirSync(cache, { mode: 0o700 })
    symlinkSync(join(elsewhere, planted.name), join(cache, planted.name))
    expect(await loaded(cache)).toEqual({ answer: 42, lack: '' })
    expect(libraries(cache)).toEqual([kept])
    expect(existsSync(join(elsewhere, planted.name))).toBe(true)
  })

  it('is not loaded where others can write to the file', async () => {
    const cache = plantedIn(join(fresh(), 'native'))
    chmodSync(join(cache, planted.name), 0o722)
    expect(await loaded(cache)).toEqual({ answer: 42, lack: '' })
  })

  describe.skipIf(!root)('by another user (tested as root)', () => {
    it('is not loaded from a folder of theirs', async () => {
      const cache = plantedIn(join(fresh(), 'native'))
      chownSync(cache, stranger, stranger)
      expect(await loaded(cache)).toEqual({
        answer: 42,
        lack: expect.stringMatching(/native belongs to another user \(12345\)$/),
      })
    })

    it('is not loaded from below a folder of theirs, as root has HOME under sudo; nothing is made there', async () => {
      const place = fresh()
      chownSync(place, stranger, stranger)
      expect((await loaded(join(place, 'distill', 'native'))).lack).toMatch(/belongs to another user/)
      expect(readdirSync(place)).toEqual([])
    })

    it('is not loaded from behind a link of theirs', async () => {
      const [target, place] = [plantedIn(join(fresh(), 'distill', 'native')), fresh()]
      symlinkSync(dirname(target), join(place, 'distill'))
      execFileSync('chown', ['-h', String(stranger), join(place, 'distill')])
      expect(await loaded(join(place, 'distill', 'native'))).toEqual({
        answer: 42,
        lack: expect.stringMatching(/distill is a symbolic link of another user \(12345\)$/),
      })
    })

    it('is not loaded where it is theirs, from when the folder was open', async () => {
      const cache = plantedIn(join(fresh(), 'native'))
      chownSync(join(cache, planted.name), stranger, stranger)
      expect(await loaded(cache)).toEqual({ answer: 42, lack: '' })
    })
  })

  it('does not come in by a folder for temporary files: the next one is taken, or none', () => {
    const [open, mine] = [fresh(), fresh()]
    chmodSync(open, 0o777)
    expect(dirname(makePrivateTemporary('x-', [open, mine]))).toBe(mine)
    expect(() => makePrivateTemporary('x-', [open])).toThrowError(
      /can be written by other users \(mode 0777\)/,
    )
    expect(readdirSync(open)).toEqual([])
  })

  it('cannot come in between: what is loaded is a copy that nobody else can reach', async () => {
    const cache = join(fresh(), 'native')
    await loaded(cache)
    const library = await compiled(cache)
    if (library.path === undefined) throw new Error(library.reason)
    writeFileSync(join(cache, kept), planted.content)
    expect(statSync(dirname(library.path)).mode & 0o777).toBe(0o700)
    expect(foreign.load(library.path).function('answer', 'int32', [])()).toBe(42)
    library.done()
    // and the changed one is found out
    expect(await loaded(cache)).toEqual({ answer: 42, lack: '' })
  })
})

describe('the cache', () => {
  it('goes round in links: is not used', () => {
    const place = fresh()
    symlinkSync(join(place, 'b'), join(place, 'a'))
    symlinkSync(join(place, 'a'), join(place, 'b'))
    expect(openPrivateFolder(join(place, 'a', 'native'))?.reason).toMatch(/goes round in symbolic links/)
  })

  it('loses what a killed process left in it, and not what another works on', async () => {
    const cache = join(fresh(), 'native')
    await loaded(cache)
    for (const name of ['work-old', 'work-new']) mkdirSync(join(cache, name))
    const then = Date.now() / 1000 - 7200
    utimesSync(join(cache, 'work-old'), then, then)
    await loaded(cache)
    expect(readdirSync(cache).sort()).toEqual([kept, 'work-new'].sort())
  })

  it('is shared by processes that start at once', async () => {
    const cache = join(fresh(), 'native')
    const script = `
      import { compiledLibrary, thisToolchain } from './src/backends/compiled/compiler.ts'
      import { loadForeign } from './src/backends/foreign/foreign.ts'
      const foreign = await loadForeign()
      for (let i = 0; i < 10; i++) {
        const library = await compiledLibrary('int answer(void) { return ' + (i % 3) + '; }', { ...thisToolchain(), cache: process.argv[1] })
        const answer = foreign.load(library.path).function('answer', 'int32', [])()
        library.done()
        if (answer !== i % 3 || library.lack) throw new Error(answer + ' ' + library.lack)
      }`
    const ends = await Promise.all(
      Array.from(
        { length: 4 },
        () =>
          new Promise((resolve) => {
            const flags = ['--import', 'tsx', '--input-type=module', '-e', script, cache]
            const child = spawn(process.execPath, flags, { stdio: ['ignore', 'ignore', 'pipe'] })
            let said = ''
            child.stderr.on('data', (part) => (said += part))
            child.on('close', (status) => resolve([status, said]))
          }),
      ),
    )
    expect(ends).toEqual([1, 2, 3, 4].map(() => [0, '']))
    expect(readdirSync(cache)).toHaveLength(3)
  }, 120_000)
})

describe.skipIf(!root || process.platform !== 'linux')(
  'a cache on a disk of its own (mounted as root)',
  () => {
    const mounted: string[] = []
    const disk = (options: string): string => {
      const place = fresh()
      execFileSync('mount', ['-t', 'tmpfs', '-o', `mode=700,${options}`, 'tmpfs', place])
      mounted.push(place)
      return place
    }
    afterEach(() => {
      for (const place of mounted.splice(0)) execFileSync('umount', ['-l', place])
    })

    it('that is full: the kernels are compiled elsewhere, and loaded', async () => {
      const place = disk('size=64k')
      const cache = join(place, 'native')
      mkdirSync(cache, { mode: 0o700 })
      expect(() => writeFileSync(join(place, 'filler'), Buffer.alloc(2 ** 17))).toThrowError(/ENOSPC/)
      expect(await loaded(cache)).toEqual({ answer: 42, lack: '' })
      expect(readdirSync(cache)).toEqual([])
    })

    it('that has room for the library but not for its copy: that goes elsewhere', async () => {
      const place = disk('size=64k')
      const cache = join(place, 'native')
      await loaded(cache)
      expect(() => writeFileSync(join(place, 'filler'), Buffer.alloc(2 ** 17))).toThrowError(/ENOSPC/)
      expect(await loaded(cache)).toEqual({ answer: 42, lack: '' })
      expect(readdirSync(cache)).toEqual([kept])
    })

    it('that is read-only: the kernels are compiled at each start, and it is said', async () => {
      const cache = join(disk('ro,size=64k'), 'native')
      expect(await loaded(cache)).toEqual({
        answer: 42,
        lack: `kernels are compiled at each start: ${cache} cannot be used (EROFS)`,
      })
    })
  },
)
