/**
 * What the package has in it, as npm lists it: everything that its pages link to and its programs read, and
 * the licenses of what is not ours.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { prepareWordnet } from '../../src/data/wordnet.ts'
import { withoutCode } from '../docs/prose.ts'

const root = new URL('../..', import.meta.url).pathname
const data = join(root, 'data/demo')

describe('the package', () => {
  let files: readonly string[] = []

  beforeAll(() => {
    if (!existsSync(join(data, 'LICENSE'))) prepareWordnet(data)
    const listed = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const [{ files: found }]: [{ files: { path: string }[] }] = JSON.parse(listed)
    files = found.map(({ path }) => path)
  })

  it('has the library, the specs, the pages and the data of the demo, and no source', () => {
    for (const file of [
      'std/bert.distill',
      'specs/tasks/rte.distill',
      'docs/errors/E0312.md',
      'CHANGELOG.md',
    ])
      expect(files).toContain(file)
    expect(files.filter((file) => file.startsWith('data/'))).toEqual(
      ['LICENSE', 'test.tsv', 'train.tsv', 'transfer.tsv'].map((name) => `data/demo/${name}`),
    )
    // Texts of the standalone trainer, which are written as they are.
    const texts = ['std/standalone-optimizers.ts', 'std/standalone-trainer.ts']
    expect(files.filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts')).sort()).toEqual(texts)
  })

  it('has what package.json names', () => {
    const { bin, exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    const named = JSON.stringify([bin, exports]).match(/(?<=")(?:\.\/)?[\w./-]+\.\w+(?=")/g) ?? []
    expect(named.length).toBeGreaterThan(5)
    expect(named.filter((file) => !files.includes(normalize(file)))).toEqual([])
  })

  it('has every file that one of its pages links to', () => {
    const pages = files.filter((file) => file.endsWith('.md'))
    const missing = pages.flatMap((page) =>
      [
        ...withoutCode(readFileSync(join(root, page), 'utf8'))
          .replace(/`[^`\n]*`/g, '')
          .matchAll(/\]\((?!https?:)([^)#]+)/g),
      ]
        .map(([, link = '']) => normalize(join(dirname(page), link)))
        .filter((target) => !files.some((file) => file === target || file.startsWith(`${target}/`)))
        .map((target) => `${page} -> ${target}`),
    )
    expect(missing).toEqual([])
  })

  it('has the license of each package that is in its code', () => {
    const texts = readdirSync(join(root, 'dist'))
      .filter((file) => file.endsWith('.js'))
      .map((file) => readFileSync(join(root, 'dist', file), 'utf8'))
    const bundled = texts.flatMap((text) =>
      [...text.matchAll(/^\/\/#region .*node_modules\/((?:@[^/]+\/)?[^/]+)/gm)].map(([, name = '']) => name),
    )
    expect(new Set(bundled)).toContain('chevrotain')
    for (const name of new Set(bundled))
      expect(files).toContain(`dist/licenses/${name.replace('@', '').replace('/', '-')}.txt`)
  })
})
