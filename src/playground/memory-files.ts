/** The files of specs in memory: the library and the shipped specs, under the paths of a checkout. */
import { dirname, isAbsolute, join, normalize } from 'pathe'
import type { SpecFiles } from '../check/spec-files.ts'
import type { ShippedFiles } from './protocol.ts'

/** @param texts by path, such as `std/bert.distill` */
export function filesInMemory(texts: ShippedFiles): SpecFiles {
  const text = (path: string): string | undefined => (Object.hasOwn(texts, path) ? texts[path] : undefined)
  return {
    text,
    bytes: () => undefined,
    problem: () => undefined,
    list(folder) {
      const names = Object.keys(texts).flatMap((path) =>
        path.startsWith(`${folder}/`) ? [path.slice(folder.length + 1)] : [],
      )
      return names.length === 0 ? undefined : names.filter((name) => !name.includes('/')).sort()
    },
    resolve: (from, written) => (isAbsolute(written) ? written : normalize(join(dirname(from), written))),
    projectWithout: (path) => (isAbsolute(path) || path.startsWith('../') ? '.' : undefined),
    library: 'std',
  }
}
