import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cycles, files, importsOf, nameOf, root, sources } from './modules.ts'

/**
 * One direction of data: text -> tree -> checked program -> graph -> gradient -> run -> train -> command line. A folder imports from itself
 * and from those before it in this list, plus the exceptions below, which are shared data types. Plans come before passes: some ask what a graph takes of
 * memory.
 */
const order = [
  'diagnostics',
  'files',
  'grammar',
  'syntax',
  'check',
  'disk',
  'graph',
  'differentiate',
  'plan',
  'optimize',
  'lower',
  'onnx',
  'tfjs',
  'run',
  'backends',
  'weights',
  'data',
  'cluster',
  'train',
  'tensorboard',
  'huggingface',
  'runtime',
  'emit',
  'draw',
  'explain',
  'language',
  'report',
  'library',
  'language-server',
  'begin',
  'serve',
  'watch',
  'playground',
  'cli',
  'vscode',
]
const stageOf = (path: string): string => {
  const [first = '', second = ''] = nameOf(path).split('/')
  return first === 'grammar' ? 'grammar' : second
}

const withoutComments = (text: string): string => text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')

/** The words of a file's first comment, which stands at its top or below its imports, without those of its name. */
function saidOf(text: string, name: string): string[] {
  const script = text.replace(/^#!.*\n/, '')
  const imports = /^(?:\s*(?:import|export)\s[^'"]*?(?:from\s+)?'[^']+'\n)+\s*/
  const body = script.startsWith('/**') ? script : script.replace(imports, '')
  return wordsOf(/^\/\*\*([\s\S]*?)\*\//.exec(body)?.[1], name)
}

/** The same of the comment above what a file is named after: an op, whose formula may be one word. */
function saidOfExport(text: string, name: string): string[] {
  const above = text.slice(0, Math.max(0, text.search(new RegExp(`^export const ${name}\\b`, 'm'))))
  return wordsOf(/\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n$/.exec(above)?.[1], name)
}

function wordsOf(comment = '', name: string): string[] {
  const own = new Set(name.toLowerCase().split(/[-_.]/))
  return comment
    .split(/[\s*]+/)
    .map((word) => word.toLowerCase().replace(/[.,:;]+$/, ''))
    .filter((word) => word !== '' && !own.has(word))
}

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
        .map(({ target }) => `${nameOf(path)} -> ${nameOf(target)}`),
    )
    expect(wrong).toEqual([])
  })

  it('loads no package to check a spec but the one that parses it', () => {
    const reached = new Set([join(root, 'src/check/check.ts')])
    const packages = new Set<string>()
    for (const path of reached) {
      for (const { target, typeOnly } of importsOf(path)) if (!typeOnly) reached.add(target)
      for (const [, from = ''] of readFileSync(path, 'utf8').matchAll(
        /^import (?!type ).* from '([^.][^']*)'/gm,
      ))
        packages.add(from)
    }
    expect([...packages].filter((name) => !name.startsWith('node:'))).toEqual(['chevrotain'])
  })

  it('has no import cycles, of types either', () => {
    const imports = new Map(sources.map((path) => [path, importsOf(path).map(({ target }) => target)]))
    expect(cycles(imports).map((group) => group.map(nameOf))).toEqual([])
  })

  it('sees circles, and which imports are of types', () => {
    const imports = { a: ['b'], b: ['c', 'd'], c: ['a'], d: [], e: ['a'], f: ['f'] }
    expect(cycles(new Map(Object.entries(imports)))).toEqual([['a', 'b', 'c'], ['f']])
    const text = [
      "import { type A, type B } from './types.ts'",
      "import type { C } from './more.ts'\nexport { d } from './values.ts'",
      "import './effects.ts'\nconst e = await import('./later.ts')",
    ].join('\n')
    expect(
      importsOf('/x/a.ts', text).map(({ target, typeOnly }) => `${target}${typeOnly ? ' types' : ''}`),
    ).toEqual(['/x/types.ts types', '/x/more.ts types', '/x/values.ts', '/x/effects.ts', '/x/later.ts'])
  })

  it('has no file much over 400 lines', () => {
    const long = sources
      .map((path) => ({ path: nameOf(path), lines: readFileSync(path, 'utf8').split('\n').length }))
      .filter(({ path, lines }) => lines > 460 && path !== 'grammar/cst-types.ts') // generated from the grammar
    expect(long).toEqual([])
  })

  it('has no file that only tests import, or nobody', () => {
    const imported = new Set(sources.flatMap((path) => importsOf(path).map(({ target }) => target)))
    const lonely = sources
      .filter((path) => !path.endsWith('.d.ts') && !imported.has(path))
      .map((path) => nameOf(path))
    const known = [
      'src/backends/native/tfjs/index.ts', // what programs of TensorFlow.js import
      'src/backends/thread-keeper.ts',
      'src/backends/webgpu/worker.ts',
      'src/cli/main.ts', // the program itself
      'src/data/wordnet.ts', // makes the data of the demo
      'src/graph/parse.ts', // how tests look at graphs: parse(print(g)) = g, and verify
      'src/graph/verify.ts',
      'src/language-server/stage-thread.ts',
      'src/library/index.ts', // what programs import
      'src/playground/page.ts', // the page
      'src/playground/worker.ts',
      'src/runtime/index.ts', // what trainer programs import
      'editors/vscode/src/extension.ts', // what VS Code loads
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
          .map((name) => `${nameOf(path)}: ${name}`),
      )
    expect(unused).toEqual([])
  })

  it('names files by what they are', () => {
    const vague = sources
      .map((path) => nameOf(path))
      .filter((path) => /(^|[/.-])(utils?|helpers?|common|managers?|misc|shared)\.ts$/.test(path))
    expect(vague).toEqual([])
  })

  it('begins each file with what it is for, in more words than its name has', () => {
    const isSilent = (path: string): boolean => {
      const [text, name] = [readFileSync(path, 'utf8'), basename(path, '.ts')]
      const isOp = path.includes('/graph/ops/') && saidOfExport(text, name).length > 0
      return !isOp && saidOf(text, name).length < 3
    }
    const silent = sources
      .filter((path) => path !== join(root, 'grammar/cst-types.ts')) // generated from the grammar
      .filter(isSilent)
    expect(silent.map(nameOf)).toEqual([])
    expect(saidOf("import a from './a.ts'\n\nconst b = 1\n/** Said of b only. */", 'c')).toEqual([])
    expect(saidOf('/** Large files. */', 'large-files')).toEqual([])
  })

  it('opens files for reading in one place, which refuses pipes and devices', () => {
    const own = new Set([
      'src/backends/compiled/compiler.ts', // what the processor can do
      'src/backends/compiled/library-cache.ts', // libraries of a private folder, without links
      'src/backends/webgpu/driver-warnings.ts', // what a driver wrote
      'src/cli/signal-thread.ts', // locks of its own process
      'src/disk/shipped.ts', // files of the package
      'src/files/regular-file.ts',
      'src/train/folder-lock.ts', // a lock of its own
      'src/disk/node-disk.ts', // folders, to sync them
    ])
    const wrong = sources
      .map((path) => [nameOf(path), readFileSync(path, 'utf8')] as const)
      .filter(([name]) => !own.has(name))
      .filter(([, text]) => /readFileSync\(|createReadStream\(|openSync\([^)]*'r'\)/.test(text))
    expect(wrong.map(([name]) => name)).toEqual([])
  })

  it('writes to the terminal in one place, which cleans what is written', () => {
    const wrong = sources
      .filter((path) => nameOf(path) !== 'src/cli/output.ts')
      .filter((path) => /\b(?:stdout|stderr)\.write\b/.test(withoutComments(readFileSync(path, 'utf8'))))
    expect(wrong.map(nameOf)).toEqual([])
  })

  it('escapes words for markup and for Markdown in one place each', () => {
    const wrong = sources
      .filter((path) => !/^src\/diagnostics\/mark(?:up|down)\.ts$/.test(nameOf(path)))
      .filter((path) =>
        /&(?:lt|amp|quot|#39);|\\u003c|'`'\.repeat/.test(withoutComments(readFileSync(path, 'utf8'))),
      )
    expect(wrong.map(nameOf)).toEqual([])
  })

  it('takes as markup what it writes itself: styles, scripts, pictures, and the parts of a page', () => {
    const own = {
      'editors/vscode/src/graph-page.ts': 2,
      'src/draw/html.ts': 3,
      'src/report/page/page.ts': 2,
      'src/report/page/training.ts': 1,
      'src/watch/page.ts': 3,
    }
    const taken = sources
      .filter((path) => nameOf(path) !== 'src/diagnostics/markup.ts')
      .map((path) => [nameOf(path), readFileSync(path, 'utf8').split('new Markup(').length - 1] as const)
      .filter(([, count]) => count > 0)
    expect(Object.fromEntries(taken)).toEqual(own)
  })

  it('prints and exits only in the command line', () => {
    const wrong = sources
      .filter((path) => stageOf(path) !== 'cli')
      .filter((path) =>
        /\bconsole\.\w+\(|process\.exit\(|process\.std(out|err)\.write/.test(readFileSync(path, 'utf8')),
      )
    expect(wrong.map((path) => nameOf(path))).toEqual([])
  })

  it('has no untyped escape', () => {
    const wrong = sources.filter((path) =>
      /as unknown as|: any\b|as any\b|@ts-ignore/.test(withoutComments(readFileSync(path, 'utf8'))),
    )
    expect(wrong.map((path) => nameOf(path))).toEqual([])
  })
})
