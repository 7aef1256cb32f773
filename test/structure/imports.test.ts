import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

/**
 * One direction of data: text -> tree -> checked program -> graph -> gradient -> run -> train -> command line. A folder imports from itself
 * and from those before it in this list, plus the exceptions below, which are shared data types. Plans come before passes: some ask what a graph takes of
 * memory.
 */
const order = [
  'diagnostics',
  'grammar',
  'syntax',
  'check',
  'graph',
  'differentiate',
  'plan',
  'optimize',
  'lower',
  'run',
  'backends',
  'weights',
  'data',
  'train',
  'huggingface',
  'runtime',
  'emit',
  'draw',
  'explain',
  'cli',
]
const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..')

function files(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return files(path)
    return /\.tsx?$/.test(entry.name) ? [path] : []
  })
}
const sources = [...files(join(root, 'src')), ...files(join(root, 'grammar'))]
const stageOf = (path: string): string => {
  const [first = '', second = ''] = relative(root, path).split('/')
  return first === 'grammar' ? 'grammar' : second
}
/** Local imports of a file, with whether they are only for types (these vanish when compiled). */
function importsOf(path: string): { target: string; typeOnly: boolean }[] {
  const text = readFileSync(path, 'utf8')
  const found = [...text.matchAll(/(?:^|\n)\s*(?:import|export)\s+(type\s+)?[^'"]*?from\s+'(\.[^']+)'/g)]
  return found.map((m) => ({ target: resolve(dirname(path), m[2] ?? ''), typeOnly: m[1] !== undefined }))
}

const withoutComments = (text: string): string => text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')

describe('structure', () => {
  it('has every folder of src in the order', () => {
    const folders = new Set(sources.map(stageOf))
    expect([...folders].filter((folder) => !order.includes(folder))).toEqual([])
  })

  it('imports only from earlier stages', () => {
    const wrong = sources.flatMap((path) =>
      importsOf(path)
        .filter(
          ({ target, typeOnly }) =>
            !typeOnly && order.indexOf(stageOf(target)) > order.indexOf(stageOf(path)),
        )
        .map(({ target }) => `${relative(root, path)} -> ${relative(root, target)}`),
    )
    expect(wrong).toEqual([])
  })

  it('has no import cycles', () => {
    const state = new Map<string, 'open' | 'done'>()
    const cycles: string[] = []
    const visit = (path: string, trail: readonly string[]): void => {
      if (state.get(path) === 'done') return
      if (state.get(path) === 'open') {
        cycles.push([...trail.slice(trail.indexOf(path)), path].map((p) => relative(root, p)).join(' -> '))
        return
      }
      state.set(path, 'open')
      for (const { target, typeOnly } of importsOf(path)) {
        if (!typeOnly && target.endsWith('.ts')) visit(target, [...trail, path])
      }
      state.set(path, 'done')
    }
    for (const path of sources) visit(path, [])
    expect(cycles).toEqual([])
  })

  it('has no file much over 400 lines', () => {
    const long = sources
      .map((path) => ({ path: relative(root, path), lines: readFileSync(path, 'utf8').split('\n').length }))
      .filter(({ path, lines }) => lines > 460 && path !== 'grammar/cst-types.ts') // generated from the grammar
    expect(long).toEqual([])
  })

  it('has no file that only tests import, or nobody', () => {
    const imported = new Set(
      sources.flatMap((path) =>
        [...readFileSync(path, 'utf8').matchAll(/(?:from|import) ?\(?'(\.[^']+)'/g)].map((m) =>
          resolve(dirname(path), m[1] ?? ''),
        ),
      ),
    )
    const lonely = sources
      .filter((path) => !path.endsWith('.d.ts') && !imported.has(path))
      .map((path) => relative(root, path))
    const known = [
      'src/backends/native/tfjs/index.ts', // what programs of TensorFlow.js import
      'src/backends/thread-keeper.ts',
      'src/backends/webgpu/worker.ts',
      'src/cli/main.ts', // the program itself
      'src/data/wordnet.ts', // makes the data of the demo
      'src/graph/parse.ts', // how tests look at graphs: parse(print(g)) = g, and verify
      'src/graph/verify.ts',
      'src/runtime/index.ts', // what trainer programs import
    ]
    expect(lonely).toEqual(known)
  })

  it('exports only what another file imports', () => {
    const others = [
      ...sources,
      ...files(join(root, 'test')),
      ...files(join(root, 'bench')),
      ...files(join(root, 'specs')),
    ]
    const words = new Map(
      others.map((path) => [path, new Set(readFileSync(path, 'utf8').match(/[\w$]+/g) ?? [])]),
    )
    const unused = sources
      .filter((path) => path !== join(root, 'grammar/cst-types.ts')) // generated from the grammar
      .flatMap((path) =>
        [...readFileSync(path, 'utf8').matchAll(/^export (?:async )?(?:const|function\*?|class) (\w+)/gm)]
          .map((m) => m[1] ?? '')
          .filter((name) => !others.some((other) => other !== path && words.get(other)?.has(name)))
          .map((name) => `${relative(root, path)}: ${name}`),
      )
    expect(unused).toEqual([])
  })

  it('names files by what they are', () => {
    const vague = sources
      .map((path) => relative(root, path))
      .filter((path) => /(^|[/.-])(utils?|helpers?|common|managers?|misc|shared)\.ts$/.test(path))
    expect(vague).toEqual([])
  })

  it('begins each file with why it exists', () => {
    const silent = sources
      .filter((path) => !path.includes('/graph/ops/'))
      .filter((path) => path !== join(root, 'grammar/cst-types.ts'))
      .filter((path) => !/^(#!.*\n)?(\/\*\*|\/\/)|\n\/\*\*/.test(readFileSync(path, 'utf8')))
    expect(silent.map((path) => relative(root, path))).toEqual([])
  })

  it('holds no state outside backends', () => {
    const stateful = sources
      .filter((path) => stageOf(path) !== 'backends')
      .filter((path) => /^(export )?let /m.test(withoutComments(readFileSync(path, 'utf8'))))
    expect(stateful.map((path) => relative(root, path))).toEqual([])
  })

  it('prints and exits only in the command line', () => {
    const wrong = sources
      .filter((path) => stageOf(path) !== 'cli')
      .filter((path) =>
        /\bconsole\.\w+\(|process\.exit\(|process\.std(out|err)\.write/.test(readFileSync(path, 'utf8')),
      )
    expect(wrong.map((path) => relative(root, path))).toEqual([])
  })

  it('has no untyped escape', () => {
    const wrong = sources.filter((path) =>
      /as unknown as|: any\b|as any\b|@ts-ignore/.test(withoutComments(readFileSync(path, 'utf8'))),
    )
    expect(wrong.map((path) => relative(root, path))).toEqual([])
  })
})
