/** This package's own package.json: the version of the tool, and those of the packages that it works with. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { shippedFolder } from './shipped.ts'

interface Manifest {
  readonly version: string
  readonly optionalDependencies: { readonly [name: string]: string }
  readonly peerDependencies: { readonly [name: string]: string }
}

function manifest(): Manifest {
  const folder = shippedFolder('std/bert.distill')
  if (folder === undefined) throw new Error('std/bert.distill is not beside the program')
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
}

export function version(): string {
  return manifest().version
}

/**
 * `npm install NAME@VERSION ...`: packages that need not be there, at the versions that the tests run with.
 */
export function installCommand(names: readonly string[], ...flags: readonly string[]): string {
  const { optionalDependencies, peerDependencies } = manifest()
  const pins = { ...optionalDependencies, ...peerDependencies }
  return ['npm install', ...flags, ...names.map((name) => `${name}@${pins[name]}`)].join(' ')
}
