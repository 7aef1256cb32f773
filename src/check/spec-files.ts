/**
 * The files that a check reads, wherever they are: on disk, or in the memory of a page. The rules of their
 * paths belong to them, so that the checker needs none.
 */

/** Text of a file, or undefined where there is none. */
export type Reader = (path: string) => string | undefined

export interface SpecFiles {
  /** Of a file that is too long for a spec, as much as shows that. */
  readonly text: Reader
  /** The bytes of a file; undefined where there is none. */
  bytes(path: string): Uint8Array | undefined
  /** Why a file that is there is no text; undefined if it is one, or if there is none. */
  problem(path: string): string | undefined
  /** The names in a folder; undefined for what is none. */
  list(folder: string): readonly string[] | undefined
  /** The path of a file that another one names, as it is written there. */
  resolve(from: string, written: string): string
  /** The folder of a spec's project, if a file is outside of it and may not be imported. */
  projectWithout(path: string, spec: string): string | undefined
  /** The folder of the tool's library. */
  readonly library: string | undefined
}

/** The names of the specs in a folder; undefined for what is none. */
export function specsIn(files: SpecFiles, folder: string): readonly string[] | undefined {
  return files.list(folder)?.filter((name) => name.endsWith('.distill'))
}

/**
 * The files of the library by the names that they declare, as an import writes them:
 * `std/losses.distill`.
 */
export function libraryNames(files: SpecFiles): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  const { library } = files
  if (library === undefined) return found
  for (const entry of specsIn(files, library) ?? []) {
    const text = files.text(files.resolve(`${library}/.`, entry)) ?? ''
    for (const [, name = ''] of text.matchAll(/^(?:model|head|def|loss) (\w+)/gm))
      if (!found.has(name)) found.set(name, `std/${entry}`)
  }
  return found
}
