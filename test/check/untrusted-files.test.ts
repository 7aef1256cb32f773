import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openSpec } from '../../src/library/open-spec.ts'
import { distill } from '../distill.ts'

const root = mkdtempSync(join(tmpdir(), 'distill-untrusted-'))
afterAll(() => rmSync(root, { recursive: true }))

function write(files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true })
    writeFileSync(join(root, name), content)
  }
}

const importing = (path: string): string => `import { width } from "${path}"\nsetting twice = 2 * width\n`
const errorsOf = (name: string) => () => openSpec(join(root, name), { withoutData: true })

describe('a spec that is no regular file', () => {
  beforeAll(() => {
    write({
      'pipes/import.distill': importing('pipe.distill'),
      'pipes/device.distill': importing('/dev/zero'),
    })
    spawnSync('mkfifo', [join(root, 'pipes/pipe.distill')])
  })

  it('is refused as a pipe, without waiting for a writer', () => {
    expect(errorsOf('pipes/pipe.distill')).toThrow(/E0953.*it is a pipe, and only regular files are read/)
    expect(errorsOf('pipes/import.distill')).toThrow(/E0953.*pipe\.distill: it is a pipe/)
  })

  it('is refused as a device, which never ends', () => {
    expect(() => openSpec('/dev/zero')).toThrow(/E0953.*it is a device/)
    expect(() => openSpec(join(root, 'pipes/device.distill'), { allowOutside: () => true })).toThrow(
      /E0953.*\/dev\/zero: it is a device/,
    )
  })
})

describe('a spec with bytes that are no UTF-8', () => {
  const bytes = Buffer.concat([Buffer.from('setting width = 2\n// '), Buffer.from([0xc3, 0x28])])

  it('is refused with the line', () => {
    write({ 'latin/spec.distill': bytes, 'latin/import.distill': importing('spec.distill') })
    expect(errorsOf('latin/spec.distill')).toThrow(/E0953.*line 2 is no UTF-8/)
    expect(errorsOf('latin/import.distill')).toThrow(/E0953.*line 2 is no UTF-8/)
  })

  it('stays as it is when fmt is asked to write it', async () => {
    write({ 'latin/fmt.distill': bytes })
    const { status, err } = await distill(['fmt', '--write', join(root, 'latin/fmt.distill')])
    expect([status, err]).toEqual([1, expect.stringContaining('error[E0953]')])
  })

  it('may have the replacement character itself', () => {
    write({ 'latin/sound.distill': '// \ufffd\nsetting width = 2\n' })
    expect(errorsOf('latin/sound.distill')).not.toThrow()
  })
})

describe('an import from outside of the project', () => {
  const width = 'setting width = 2\n'

  it('is refused: beside the folder of the spec, by an absolute path, and over a link', () => {
    write({
      'alone/spec.distill': importing('../shared.distill'),
      'alone/absolute.distill': importing(join(root, 'shared.distill')),
      'alone/linked.distill': importing('link.distill'),
      'shared.distill': width,
    })
    symlinkSync(join(root, 'shared.distill'), join(root, 'alone/link.distill'))
    for (const name of ['spec', 'absolute', 'linked'])
      expect(errorsOf(`alone/${name}.distill`)).toThrow(/E0954.*is outside of the project/)
  })

  it('is allowed with --allow-outside, for one command', async () => {
    const spec = join(root, 'alone/spec.distill')
    expect((await distill(['check', '--allow-outside', spec])).err).toContain('nothing wrong')
    expect((await distill(['check', spec])).err).toContain('error[E0954]')
  })

  it('is none where a folder above both has package.json or .git', () => {
    for (const [project, mark] of [
      ['npm', 'package.json'],
      ['git', '.git/HEAD'],
    ] as const) {
      write({
        [`${project}/${mark}`]: '{}',
        [`${project}/specs/tasks/spec.distill`]: importing('../../shared.distill'),
        [`${project}/shared.distill`]: width,
      })
      expect(errorsOf(`${project}/specs/tasks/spec.distill`)).not.toThrow()
    }
  })

  it('is no way to learn which files there are', () => {
    write({ 'alone/absent.distill': importing('../../nowhere/absent.distill') })
    expect(errorsOf('alone/absent.distill')).toThrow(/E0954/)
  })
})
