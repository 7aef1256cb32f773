/**
 * The input files of a run besides its spec: texts, label lists, word vectors, tokenizers, checkpoints. If
 * their hashes are unchanged, a finished run would have the same result. That avoids reading and encoding the
 * texts.
 */
import { readdirSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import type { DataSpec, Program } from '../check/program.ts'
import { filesOf, splitNames } from '../check/splits.ts'
import { fileHash } from '../data/file-hash.ts'
import { findFiles } from '../data/find-files.ts'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { statOf } from '../files/regular-file.ts'
import { openWeights } from '../weights/weight-source.ts'

/** Hashes of files by path from the spec's folder. Missing files have none. */
export class InputFiles {
  /** By resolved path. Runs of a sweep read the same files. */
  private readonly known = new Map<string, string>()

  /** `weights`: whether checkpoints are read. With `--random-weights` they are not. */
  hashes(program: Program, weights: boolean): Record<string, string> {
    const home = dirname(resolve(program.file))
    const files = [...program.data.values()].flatMap(filesOfData)
    if (weights) files.push(...checkpointFiles(program))
    const unique = [...new Set(files.map((file) => resolve(file)))].sort()
    return Object.fromEntries(unique.map((file) => [relative(home, file), this.hash(file)]))
  }

  /** Hashes of the files of a data block, by path. */
  ofData(data: DataSpec): Record<string, string> {
    return Object.fromEntries(filesOfData(data).map((file) => [file, this.hash(resolve(file))]))
  }

  private hash(file: string): string {
    let hash = this.known.get(file)
    if (hash === undefined) {
      hash = fileHash(file)
      this.known.set(file, hash)
    }
    return hash
  }
}

function filesOfData(spec: DataSpec): string[] {
  const { label, tokenizer, augment } = spec
  const references = splitNames.flatMap((split) => filesOf(spec, split))
  if (augment?.vectors) references.push(augment.vectors)
  const texts = references.flatMap(({ path }) => findFiles(path))
  const labels = label?.kind === 'class' && label.file ? findFiles(label.file.path) : []
  return [...texts, ...labels, ...(tokenizer.kind === 'folder' ? tokenizerFiles(tokenizer.file.path) : [])]
}

const tokenizerNames = ['vocab.txt', 'tokenizer.json', 'tokenizer_config.json', 'spiece.model']

function tokenizerFiles(place: string): string[] {
  if (!statOf(place)?.isDirectory()) return [...findFiles(place)]
  const names = readdirSync(place)
  return tokenizerNames.filter((name) => names.includes(name)).map((name) => join(place, name))
}

function checkpointFiles(program: Program): string[] {
  const places = new Set<string>()
  for (const { parameters } of program.instances.values())
    for (const { initial } of parameters) if (initial.kind === 'checkpoint') places.add(initial.path)
  return [...places].flatMap((place) => {
    try {
      return openWeights(place).files
    } catch (error) {
      // The code that needs it reports what is wrong with it.
      if (error instanceof DiagnosticError) return []
      throw error
    }
  })
}
