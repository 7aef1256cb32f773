/** The file that VS Code installs. What other parts of Distill have too is copied or bundled here, never kept twice. */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createVSIX } from '@vscode/vsce'
import { build } from 'tsdown'
import { licenses } from '../../tsdown.config.ts'

const root = join(import.meta.dirname, '../..')
const own = ['language-configuration.json', 'snippets.json', 'icon.png', 'file.svg', 'README.md']

/** Writes the extension as VS Code loads it, into an empty folder. */
export async function assemble(folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  await build({
    config: false,
    cwd: root,
    entry: { extension: 'editors/vscode/src/extension.ts' },
    outDir: folder,
    format: 'cjs',
    platform: 'node',
    // That of the oldest VS Code in the manifest.
    target: 'node20',
    logLevel: 'error',
    dts: false,
    deps: { neverBundle: ['vscode'], alwaysBundle: [/^(?!vscode$|node:)/] },
    plugins: [licenses],
    outputOptions: { entryFileNames: '[name].cjs' },
  })
  for (const file of own) cpSync(join(import.meta.dirname, file), join(folder, file))
  for (const file of ['LICENSE', 'grammar/distill.tmLanguage.json'])
    cpSync(join(root, file), join(folder, file.replace(/^.*\//, '')))
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest(), null, 2)}\n`)
}

/** The manifest with what all of Distill has in common. */
export function manifest(): { readonly version: string; readonly [key: string]: unknown } {
  const read = (file: string) => JSON.parse(readFileSync(file, 'utf8'))
  const { version, license, repository, homepage } = read(join(root, 'package.json'))
  return { ...read(join(import.meta.dirname, 'package.json')), version, license, repository, homepage }
}

/** @returns the file */
export async function packageExtension(folder: string, into: string): Promise<string> {
  await assemble(folder)
  mkdirSync(into, { recursive: true })
  const packagePath = join(into, `distill-${manifest().version}.vsix`)
  await createVSIX({ cwd: folder, packagePath, dependencies: false })
  return packagePath
}
