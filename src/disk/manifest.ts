/** This package's own package.json: the version of the tool, and those of the packages that it works with. */
import { shippedText } from './shipped.ts'

interface Manifest {
  readonly version: string
  readonly optionalDependencies: { readonly [name: string]: string }
  readonly peerDependencies: { readonly [name: string]: string }
}

function manifest(): Manifest {
  return JSON.parse(shippedText('package.json'))
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
