/** The file that VS Code installs: what is in it, and that the manifest and the code agree. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { listFiles, PackageManager } from '@vscode/vsce'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { manifest, packageExtension } from '../../editors/vscode/vsix.ts'

const root = new URL('../..', import.meta.url).pathname
const home = mkdtempSync(join(tmpdir(), 'vsix-'))
const unpacked = join(home, 'unpacked')
let vsix = ''
beforeAll(async () => {
  // It lists its files on the terminal.
  const silent = [vi.spyOn(console, 'log'), vi.spyOn(console, 'info'), vi.spyOn(console, 'warn')]
  for (const one of silent) one.mockImplementation(() => {})
  vsix = await packageExtension(unpacked, home)
  for (const one of silent) one.mockRestore()
})
afterAll(() => rmSync(home, { recursive: true }))

const contributed = z
  .object({
    engines: z.object({ vscode: z.string() }),
    contributes: z.object({
      commands: z.array(z.object({ command: z.string(), title: z.string() })),
      menus: z.record(z.string(), z.array(z.object({ command: z.string() }))),
      configuration: z.object({ properties: z.record(z.string(), z.unknown()) }),
      grammars: z.array(z.object({ path: z.string() })),
      languages: z.array(z.object({ configuration: z.string(), icon: z.record(z.string(), z.string()) })),
      snippets: z.array(z.object({ path: z.string() })),
    }),
  })
  .parse(manifest())
const { commands, menus, configuration, grammars, languages, snippets } = contributed.contributes
const code = ['extension', 'server', 'tool', 'terminal', 'report', 'spec', 'graph-panel']
  .map((name) => readFileSync(join(root, `editors/vscode/src/${name}.ts`), 'utf8'))
  .join('\n')
const packageJson = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

describe('the extension', () => {
  it('is a file of the version of Distill, with these files and no others', async () => {
    expect(vsix).toBe(join(home, `distill-${packageJson.version}.vsix`))
    const bytes = readFileSync(vsix)
    expect(bytes.subarray(0, 2).toString()).toBe('PK')
    expect(bytes.length).toBeLessThan(400_000)
    const files = await listFiles({ cwd: unpacked, packageManager: PackageManager.None })
    await expect(`${files.sort().join('\n')}\n`).toMatchFileSnapshot('../golden/vscode/files.txt')
    // The directory of the archive has their names as they stand.
    for (const file of files.filter((name) => !/README|LICENSE/.test(name)))
      expect(bytes.includes(`extension/${file}`), file).toBe(true)
  })
  it('needs nothing at run time but VS Code and Node', () => {
    const bundle = readFileSync(join(unpacked, 'extension.cjs'), 'utf8')
    const needed = new Set([...bundle.matchAll(/\brequire\("([^"]+)"\)/g)].map(([, name = '']) => name))
    const others = [...needed].filter((name) => !/^(node:.*|vscode|[a-z_]+)$/.test(name))
    expect(others).toEqual([])
    expect(needed).toContain('vscode')
  })
  it('is for the oldest VS Code whose types it was checked with', () => {
    expect(contributed.engines.vscode).toBe(`^${packageJson.devDependencies['@types/vscode']}`)
  })
  it('has the files that its manifest names', async () => {
    const files = await listFiles({ cwd: unpacked, packageManager: PackageManager.None })
    const named = [
      ...[...grammars, ...snippets].map(({ path }) => path),
      ...languages.flatMap((one) => [one.configuration, ...Object.values(one.icon)]),
    ]
    expect(files).toEqual(expect.arrayContaining(named))
  })
  it('has the grammar of the sources', () => {
    const read = (path: string): string => readFileSync(path, 'utf8')
    expect(read(join(unpacked, 'distill.tmLanguage.json'))).toBe(
      read(join(root, 'grammar/distill.tmLanguage.json')),
    )
  })
  it('has a command in its code for each of its manifest, and a setting in its manifest for each of its code', () => {
    const registered = [...code.matchAll(/command\('(distill\.\w+)'/g)].map(([, name]) => name)
    const named = commands.map(({ command }) => command)
    expect(registered.sort()).toEqual([...named].sort())
    for (const { command } of Object.values(menus).flat()) expect(named).toContain(command)
    const settings = [...code.matchAll(/getConfiguration\('distill'\)\.get\('([\w.]+)'/g)].map(
      ([, name]) => `distill.${name}`,
    )
    // The client of the protocol reads the other by itself.
    expect([...settings, 'distill.trace.server']).toEqual(Object.keys(configuration.properties))
  })
  it('is described with each of its commands, settings and snippets', () => {
    const pages = ['docs/editor.md', 'editors/vscode/README.md'].map((page) =>
      readFileSync(join(root, page), 'utf8'),
    )
    const [docs = ''] = pages
    expect(docs).toContain(`code --install-extension dist/distill-${packageJson.version}.vsix`)
    expect(docs).toContain(`VS Code ${contributed.engines.vscode.replace(/^\^|\.0$/g, '')} or newer`)
    for (const page of pages) {
      for (const { title } of commands) expect(page).toContain(title)
      for (const name of Object.keys(configuration.properties)) expect(page).toContain(`\`${name}\``)
    }
    const texts = JSON.parse(readFileSync(join(unpacked, 'snippets.json'), 'utf8'))
    const [, listed = ''] = /has a snippet: (.*)\.$/m.exec(docs) ?? []
    const words = z.record(z.string(), z.object({ prefix: z.string() })).parse(texts)
    const prefixes = new Set(Object.values(words).map(({ prefix }) => prefix.split(' ')[0]))
    expect([...listed.matchAll(/`(\w+)`/g)].map(([, word]) => word).sort()).toEqual([...prefixes].sort())
  })
})
