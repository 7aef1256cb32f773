/** What a run of ours noted of the data that its models were trained on, for weights out of its best/. */
import { readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { type FolderPieces, folderPieces } from '../data/tokenizer/folder-pieces.ts'
import { readJson } from '../data/tokenizer/read-json.ts'

const noted = z.object({
  version: z.literal(1),
  data: z.record(z.string(), z.record(z.string(), z.string())),
})

/** Names of classes in order, and the file that says so. */
export interface NotedLabels {
  readonly labels: readonly string[]
  readonly file: string
}

/**
 * The labels that the classes of a head counted. Undefined where the folder is not a run's best/, or several
 * sets of labels may be meant.
 * @param folder that the weights are in
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

/** The vocabulary that a run trained, where it trained one. */
export function runPieces(folder: string): FolderPieces | undefined {
  if (path.basename(folder) !== 'best') return undefined
  const tokenizers = path.join(path.dirname(folder), 'tokenizers')
  if (!statSync(tokenizers, { throwIfNoEntry: false })?.isDirectory()) return undefined
  const [only, other] = readdirSync(tokenizers)
  return only === undefined || other !== undefined ? undefined : folderPieces(path.join(tokenizers, only))
}
