/** A spec as a program gives it: the path of a file, or its text with the files that it names. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { isAbsolute, join, normalize, sep } from 'node:path'
import type { Diagnostic, Sources } from '../diagnostics/diagnostic.ts'
import { writeAtomically } from '../disk/atomic-write.ts'
import { DistillError } from './distill-error.ts'

export interface SpecText {
  readonly text: string
  /** By their paths from the spec: specs that it imports, data, vocabularies, weights. */
  readonly files?: { readonly [path: string]: string | Uint8Array }
}

/** The path of a `.distill` file, or a spec in memory. */
export type SpecSource = string | SpecText

/** What a spec in memory is called. */
export const specName = 'spec.distill'

/**
 * Writes a spec in memory and its files into a folder; gives the path of the spec. Throws RangeError for a
 * file outside.
 */
export function writeSpec({ text, files = {} }: SpecText, folder: string): string {
  for (const [path, content] of Object.entries({ ...files, [specName]: text })) {
    const inside = normalize(path)
    if (isAbsolute(inside) || inside.split(sep)[0] === '..')
      throw new RangeError(`${path}: the files of a spec in memory lie beside or below it`)
    writeAtomically(join(folder, inside), [Buffer.from(content)])
  }
  return join(folder, specName)
}

/**
 * Calls `use` with the path of a spec. One in memory lies on disk until `use` is done; what `use` throws
 * names its files as they were given.
 */
export async function withSpecFile<Result>(
  spec: SpecSource,
  use: (path: string, folder?: string) => Promise<Result>,
): Promise<Result> {
  if (typeof spec === 'string') return use(spec)
  const folder = mkdtempSync(join(tmpdir(), 'distill-spec-'))
  try {
    return await namedAsGiven(folder, () => use(writeSpec(spec, folder), folder))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * Errors about a spec in memory, which lies in `folder`, name `spec.distill` and its files without the
 * folder.
 */
export async function namedAsGiven<Result>(folder: string, run: () => Promise<Result>): Promise<Result> {
  try {
    return await run()
  } catch (error) {
    if (!(error instanceof DistillError)) throw error
    const { diagnostics, sources, spec } = error
    throw new DistillError(
      withoutFolder(diagnostics, folder),
      sourcesWithoutFolder(sources, folder),
      spec && withoutFolder(spec, folder),
    )
  }
}

/** Plain data, each text without the path of the folder. */
export function withoutFolder<Data extends string | readonly Diagnostic[]>(data: Data, folder: string): Data {
  const written = JSON.stringify(`${folder}${sep}`).slice(1, -1)
  return JSON.parse(JSON.stringify(data).replaceAll(written, ''))
}

export function sourcesWithoutFolder(sources: Sources, folder: string): Sources {
  return new Map([...sources].map(([file, text]) => [withoutFolder(file, folder), text]))
}
