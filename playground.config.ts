import { readdirSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { defineConfig } from 'tsdown'
import type { Example } from './src/playground/protocol.ts'
import { licenses } from './tsdown.config.ts'

const text = (path: string): string => readFileSync(join(import.meta.dirname, path), 'utf8')

/** The library and the shipped specs, by path. */
function shippedFiles(): Record<string, string> {
  const paths = ['std', 'specs'].flatMap((folder) =>
    readdirSync(join(import.meta.dirname, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.distill'))
      .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
      .sort(),
  )
  return Object.fromEntries(paths.map((path) => [path, text(path)]))
}

/** The specs of pages, each under the heading above it. */
function examplesOf(page: string, file: string): Example[] {
  const examples: Example[] = []
  let title = ''
  for (const [, heading, code] of text(file).matchAll(/^#+ (.+?)$|^```distill\n([\s\S]*?)^```$/gm)) {
    if (heading !== undefined) title = heading.replaceAll('`', '')
    else if (code !== undefined) examples.push({ page, title, text: code })
  }
  return examples.map((one, i) => {
    const number = examples.slice(0, i).filter(({ title }) => title === one.title).length
    return number === 0 ? one : { ...one, title: `${one.title} (${number + 1})` }
  })
}

/** ts-morph asks for modules of Node, and does without them where it finds none. */
const withoutNode = {
  name: 'without-node',
  transform: (code: string, id: string) =>
    id.includes('@ts-morph')
      ? code.replace(/\brequire\((['"])([\w:/.-]+)\1\)/g, (all, _quote, name) =>
          isBuiltin(name) || ['source-map-support', 'tinyglobby'].includes(name) ? '({})' : all,
        )
      : undefined,
}

const assets = {
  name: 'assets',
  generateBundle(this: {
    emitFile(file: { type: 'asset'; fileName: string; source: string }): string
  }): void {
    const emit = (fileName: string, source: string) => this.emitFile({ type: 'asset', fileName, source })
    for (const name of ['index.html', 'style.css']) emit(name, text(`src/playground/${name}`))
    emit('files.json', JSON.stringify(shippedFiles()))
    emit(
      'examples.json',
      JSON.stringify([
        ...examplesOf('README', 'README.md'),
        ...examplesOf('The language', 'docs/language.md'),
        ...examplesOf('Recipes', 'docs/recipes.md'),
      ]),
    )
  },
}

/** The playground: files for any static host. Graphviz and ts-morph are chunks that are loaded when a tab asks for them. */
export default defineConfig({
  entry: { page: 'src/playground/page.ts', worker: 'src/playground/worker.ts' },
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  outDir: 'dist/playground',
  clean: true,
  minify: true,
  dts: false,
  hash: false,
  deps: { alwaysBundle: [/.*/], onlyBundle: false },
  plugins: [withoutNode, licenses, assets],
  outputOptions: { entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
})
