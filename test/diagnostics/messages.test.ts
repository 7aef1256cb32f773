import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { messages, subjects } from '../../src/diagnostics/messages/index.ts'

describe('the messages', () => {
  const source = new URL('../../src', import.meta.url).pathname
  const folder = join(source, 'diagnostics/messages')

  it('are all in the index, by the files of their subjects', () => {
    const files = readdirSync(folder).filter((file) => file !== 'index.ts')
    expect(
      Object.keys(subjects)
        .map((subject) => `${subject}.ts`)
        .sort(),
    ).toEqual(files.sort())
  })

  it('have a code each', () => {
    const codes = messages.map(({ code }) => code)
    expect(codes.filter((code, i) => codes.indexOf(code) !== i || !/^E\d{4}$/.test(code))).toEqual([])
  })

  it('are all reported: a file of src imports each by its name', () => {
    const imported = new Set(
      readdirSync(source, { recursive: true, encoding: 'utf8' })
        .filter((path) => path.endsWith('.ts'))
        .flatMap((path) => [
          ...readFileSync(join(source, path), 'utf8').matchAll(
            /import \{([^}]*)\} from '[^']+\/messages\/[\w-]+\.ts'/g,
          ),
        ])
        .flatMap(([, names = '']) => names.split(',').map((name) => name.trim().split(' ')[0] ?? '')),
    )
    const all = Object.values(subjects).flatMap((subject) => Object.keys(subject))
    expect(all.filter((name) => !imported.has(name))).toEqual([])
  })
})
