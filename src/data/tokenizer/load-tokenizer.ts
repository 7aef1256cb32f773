/** The tokenizer of a folder or of one of its files: WordPiece or Unigram, as the files determine. */
import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { DiagnosticError, type Span } from '../../diagnostics/diagnostic.ts'
import { unusableSentencePiece, vocabularyNotFound } from '../../diagnostics/messages/tokenizers.ts'
import { fileBytes, statOf } from '../../files/regular-file.ts'
import { readJson } from './read-json.ts'
import { sentencePieceTokenizer } from './sentencepiece.ts'
import type { AlbertSettings, Tokenizer } from './tokenizer.ts'
import { isUnigramJson, unigramFromJson } from './unigram-json.ts'
import { loadVocabulary } from './vocabulary.ts'
import { wordPieceTokenizer } from './wordpiece.ts'

export interface LoadTokenizerOptions {
  /** Overrides the folder's setting. */
  readonly lowercase?: boolean
  readonly span?: Span
}

/** In this order: a model's own file before the copy for Hugging Face's library. */
const tokenizerFileNames = ['vocab.txt', 'spiece.model', 'tokenizer.json'] as const

/**
 * @param place a folder with `vocab.txt`, `spiece.model` or `tokenizer.json`, or such a file
 * @throws DiagnosticError E0808 (nothing there), E0809 (a WordPiece vocabulary that cannot be used), E0813 (a
 * Unigram one)
 */
export function loadTokenizer(place: string, options: LoadTokenizerOptions = {}): Tokenizer {
  const { lowercase, span } = options
  const file = findFile(place, span)
  const refuse = (problem: string): DiagnosticError =>
    new DiagnosticError(
      unusableSentencePiece({ path: file, problem, ...(span === undefined ? {} : { span }) }),
    )
  if (file.endsWith('.model')) {
    const settings = albertSettings(path.dirname(file))
    return sentencePieceTokenizer(
      fileBytes(file),
      { ...settings, lowercase: lowercase ?? settings.lowercase },
      refuse,
    )
  }
  if (file.endsWith('.json')) {
    const json = readJson(file)
    if (isUnigramJson(json)) return unigramFromJson(json, lowercase, refuse)
  }
  const { vocabulary, normalization } = loadVocabulary(file, options)
  return wordPieceTokenizer(vocabulary, normalization)
}

/** The file that defines a folder's tokenizer; undefined if there is none. */
export function findTokenizer(folder: string): string | undefined {
  return tokenizerFileNames.map((name) => path.join(folder, name)).find((file) => existsSync(file))
}

function findFile(place: string, span: Span | undefined): string {
  const found = statOf(place)
  if (found === undefined) throw nothing(place, 'it is not there', span)
  if (!found.isDirectory()) return place
  const file = findTokenizer(place)
  if (file !== undefined) return file
  const names = readdirSync(place)
  throw nothing(place, names.length === 0 ? 'the folder is empty' : `the folder holds ${listed(names)}`, span)
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 6).join(', ')
  return names.length > 6 ? `${shown} and ${names.length - 6} more` : shown
}

function nothing(place: string, found: string, span: Span | undefined): DiagnosticError {
  return new DiagnosticError(
    vocabularyNotFound({ path: place, found, ...(span === undefined ? {} : { span }) }),
  )
}

const configuration = z.object({
  do_lower_case: z.boolean().nullish(),
  keep_accents: z.boolean().nullish(),
  remove_space: z.boolean().nullish(),
})

/**
 * The settings of `tokenizer_config.json` beside a `spiece.model`, with AlbertTokenizer's defaults. A damaged
 * file counts as absent.
 */
function albertSettings(folder: string): AlbertSettings {
  const parsed = configuration.safeParse(readJson(path.join(folder, 'tokenizer_config.json')))
  const said = parsed.success ? parsed.data : {}
  return {
    lowercase: said.do_lower_case ?? true,
    keepAccents: said.keep_accents ?? false,
    joinSpaces: said.remove_space ?? true,
  }
}
