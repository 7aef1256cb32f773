/** The modules of the compiler as tests of its structure see them: sources, their imports, and the groups of files that import each other in a circle. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..')

export function files(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return files(path)
    return /\.tsx?$/.test(entry.name) ? [path] : []
  })
}

export const sources = ['src', 'grammar', 'editors/vscode/src'].flatMap((folder) => files(join(root, folder)))

export const nameOf = (path: string): string => relative(root, path)

export interface Import {
  readonly target: string
  /** Only for types: it vanishes when compiled. */
  readonly typeOnly: boolean
}

/** Imports of a text at `path` from files beside it: `import`, `export from`, `import './a.ts'`, and `import('./a.ts')`, awaited or in a type. */
export function importsOf(path: string, text = readFileSync(path, 'utf8')): Import[] {
  const target = (found = ''): string => resolve(dirname(path), found)
  const statements = text.matchAll(/(?:^|\n)\s*(?:import|export)\s+(type\s+)?([^'"]*?)from\s+'(\.[^']+)'/g)
  const others = text.matchAll(/\bimport ?\(?'(\.[^']+)'/g)
  return [
    ...[...statements].map(([, type, names = '', from]) => ({
      target: target(from),
      typeOnly: type !== undefined || everyNameIsType(names),
    })),
    ...[...others].map(([, from]) => ({ target: target(from), typeOnly: false })),
  ]
}

/** `{ type A, type B }` */
function everyNameIsType(names: string): boolean {
  const listed = /^\s*\{([^}]*)\}\s*$/.exec(names)?.[1]
  const all = listed?.split(',').flatMap((name) => (name.trim() === '' ? [] : [name.trim()])) ?? []
  return all.length > 0 && all.every((name) => name.startsWith('type '))
}

/** Groups of files of which each reaches each other by imports, each sorted (Tarjan 1972: strongly connected components of more than one file). */
export function cycles(imports: ReadonlyMap<string, readonly string[]>): string[][] {
  const index = new Map<string, number>()
  const low = new Map<string, number>()
  const stack: string[] = []
  const found: string[][] = []
  const visit = (file: string): number => {
    const own = index.size
    index.set(file, own)
    stack.push(file)
    let least = own
    for (const target of imports.get(file) ?? []) {
      if (!imports.has(target)) continue
      if (!index.has(target)) least = Math.min(least, visit(target))
      else if (stack.includes(target))
        least = Math.min(least, low.get(target) ?? own, index.get(target) ?? own)
      if (target === file) found.push([file])
    }
    low.set(file, least)
    if (least === own) {
      const group = stack.splice(stack.indexOf(file))
      if (group.length > 1) found.push(group.sort())
    }
    return least
  }
  for (const file of imports.keys()) if (!index.has(file)) visit(file)
  return found
}
