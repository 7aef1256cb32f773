/** The vocabulary beside the weights of a model: the pieces of its embedding's rows. */
import path from 'node:path'
import { z } from 'zod'
import { DiagnosticError } from '../../diagnostics/diagnostic.ts'
import { findTokenizer, loadTokenizer } from './load-tokenizer.ts'
import { readJson } from './read-json.ts'

export interface FolderPieces {
  /** The index of a piece is its id. */
  readonly pieces: readonly string[]
  readonly file: string
}

/** Undefined if the folder has no file of a tokenizer, or none with readable pieces. */
export function folderPieces(folder: string): FolderPieces | undefined {
  const file = findTokenizer(folder)
  if (file === undefined) return undefined
  try {
    return { pieces: loadTokenizer(file).vocabulary.pieces, file }
  } catch (error) {
    if (!(error instanceof DiagnosticError)) throw error
    // The compiler cannot run such a tokenizer, but can read its pieces.
    const json = path.join(folder, 'tokenizer.json')
    const pieces = jsonPieces(readJson(json))
    return pieces && { pieces, file: json }
  }
}

const anyTokenizer = z.object({
  model: z.object({
    vocab: z.union([z.record(z.string(), z.int().nonnegative()), z.array(z.tuple([z.string(), z.number()]))]),
  }),
  added_tokens: z.array(z.object({ id: z.int().nonnegative(), content: z.string() })).nullish(),
})

function jsonPieces(json: unknown): readonly string[] | undefined {
  const parsed = anyTokenizer.safeParse(json)
  if (!parsed.success) return undefined
  const { model, added_tokens: added } = parsed.data
  const entries = Array.isArray(model.vocab)
    ? model.vocab.map(([piece], id) => [id, piece] as const)
    : Object.entries(model.vocab).map(([piece, id]) => [id, piece] as const)
  const pieces = new Map([...entries, ...(added ?? []).map(({ id, content }) => [id, content] as const)])
  return Array.from({ length: pieces.size }, (_, id) => pieces.get(id) ?? '')
}
