import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { wholeStages } from '../specs/whole-stages.ts'

/** A golden file that no test reads any more is as wrong as a missing one. Each folder of test/golden belongs to the sources listed here. */
const root = new URL('../..', import.meta.url).pathname
const golden = join(root, 'test/golden')
const names = (folder: string, ending: string) =>
  readdirSync(join(root, folder))
    .filter((file) => file.endsWith(ending))
    .map((file) => basename(file, ending))
const wholeFolders = ['graph', 'gradient', 'optimized', 'plan'] as const
const specs = ['specs', 'test/reference', 'test/recipes'].flatMap((folder) => names(folder, '.distill'))

function testFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    return entry.isDirectory() ? testFiles(path) : path.endsWith('.test.ts') ? [path] : []
  })
}

function stages(spec: string): string[] {
  const file = ['specs', 'test/reference', 'test/recipes']
    .map((folder) => join(root, folder, `${spec}.distill`))
    .find((path) => {
      try {
        readFileSync(path)
        return true
      } catch {
        return false
      }
    })
  const text = file ? readFileSync(file, 'utf8') : ''
  return [...text.matchAll(/^stage (\w+)/gm)].map((m) => m[1] ?? '')
}

describe('golden files', () => {
  it.each(['ast', 'explain', 'stages'])('%s: one for each spec, no orphans', (folder) => {
    expect(names(`test/golden/${folder}`, '.txt').sort()).toEqual([...specs].sort())
  })

  it.each(wholeFolders)('%s: for each stage that is kept whole, no orphans', (folder) => {
    expect(names(`test/golden/${folder}`, '.txt').sort()).toEqual([...wholeStages].sort())
  })

  it('of whole stages belong to specs that have them', () => {
    const all = specs.flatMap((spec) => stages(spec).map((stage) => `${spec}.${stage}`))
    expect(wholeStages.filter((name) => !all.includes(name))).toEqual([])
  })

  it('errors: one for each wrong spec, others of pages, no orphans', () => {
    const goldens = names('test/golden/errors', '.txt')
    const specs = names('test/errors', '.distill')
    expect(specs.filter((name) => !goldens.includes(name))).toEqual([])
    const pages = names('docs/errors', '.md')
    expect(goldens.filter((name) => !specs.includes(name) && !pages.includes(name))).toEqual([])
  })

  it('have no folder that no test knows', () => {
    const known = [
      'ast',
      'begin',
      'cli',
      'data',
      'diagnostics',
      'draw',
      'errors',
      'explain',
      'gradient',
      'graph',
      'huggingface',
      'language-server',
      'optimized',
      'plan',
      'printing',
      'report',
      'stages',
      'syntax',
      'tensorboard',
      'train',
      'trainer',
      'vscode',
      'weights',
    ]
    expect(readdirSync(golden).sort()).toEqual(known)
  })

  it.each([
    'cli',
    'data',
    'diagnostics',
    'draw',
    'huggingface',
    'printing',
    'report',
    'syntax',
    'tensorboard',
    'train',
    'trainer',
    'weights',
  ])('%s: each is named in a test', (folder) => {
    const tests = testFiles(join(root, 'test'))
      .map((path) => readFileSync(path, 'utf8'))
      .join('\n')
    const orphans = readdirSync(join(golden, folder)).filter((file) => {
      const name = file.replace(/\..*$/, '')
      return !tests.includes(file) && !tests.includes(`'${name}'`) && !tests.includes(`${name}.`)
    })
    expect(orphans).toEqual([])
  })

  it.each([
    ['of a spec', ['ast', 'explain', 'stages'], 200],
    ['of a whole stage', wholeFolders, 400],
  ] as const)('%s are short enough to be read', (_, folders, limit) => {
    const long = folders.flatMap((folder) =>
      readdirSync(join(golden, folder))
        .map((file) => ({
          file: `${folder}/${file}`,
          lines: readFileSync(join(golden, folder, file), 'utf8').split('\n').length,
        }))
        .filter(({ lines }) => lines > limit),
    )
    expect(long).toEqual([])
  })
})
