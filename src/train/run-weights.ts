/** The labels and vocabulary that a run has recorded, for weights from its best/. */
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { type FolderPieces, folderPieces } from '../data/tokenizer/folder-pieces.ts'
import { readJson } from '../data/tokenizer/read-json.ts'
import { statOf } from '../files/regular-file.ts'

const noted = z.object({
  version: z.union([z.literal(1), z.literal(2)]),
  data: z.record(z.string(), z.record(z.string(), z.string())),
})

/** Names of classes in order, and the file that contains them. */
export interface NotedLabels {
  readonly labels: readonly string[]
  readonly file: string
}

/**
 * The labels of a head's classes. Undefined if the folder is not a run's best/, or if several sets of labels
 * are possible.
 * @param folder the folder of the weights
 */
export function runLabels(folder: string, classes: number): NotedLabels | undefined {
  const file = path.join(path.dirname(folder), 'config.json')
  const parsed = path.basename(folder) === 'best' ? noted.safeParse(readJson(file)) : undefined
  if (!parsed?.success) return undefined
  const texts = new Set(Object.values(parsed.data.data).flatMap(({ labels }) => labels ?? []))
  const sets = [...texts].map((text) => text.split(', ')).filter(({ length }) => length === classes)
  const [labels, other] = sets
  return labels === undefined || other !== undefined ? undefined : { labels, file }
}

/** The vocabulary that a run trained, if it did. */
export function runPieces(folder: string): FolderPieces | undefined {
  if (path.basename(folder) !== 'best') return undefined
  const tokenizers = path.join(path.dirname(folder), 'tokenizers')
  if (!statOf(tokenizers)?.isDirectory()) return undefined
  const [only, other] = readdirSync(tokenizers)
  return only === undefined || other !== undefined ? undefined : folderPieces(path.join(tokenizers, only))
}
