/**
 * Tokenizers of data blocks and the identity of their vocabularies. Their size too, unless the tokenizer has
 * to be trained first.
 */
import type { Span } from '../diagnostics/diagnostic.ts'
import { wrongSettingValue } from '../diagnostics/messages/settings.ts'
import type { DataDeclaration } from '../syntax/ast.ts'
import type { Expression } from '../syntax/expressions.ts'
import type { Checker } from './checker.ts'
import { effectiveBlock, reportCycle } from './data-block.ts'
import type { PlacedSetting } from './effective-block.ts'
import { callOf, count, describe, flag, readArguments } from './entries.ts'
import type { FileScope } from './files.ts'
import type { TokenizerSource } from './program.ts'
import type { ClassIdentity } from './tensor-term.ts'

export interface Tokenizer {
  readonly source: TokenizerSource
  readonly vocabulary: ClassIdentity
}

const forms =
  'tokenizer = "weights/bert-base", wordpiece(size = 8000), or that of another block: labelled.tokenizer'

/**
 * The tokenizer that a data block declares, inherits or takes from another block. Undefined after reporting;
 * also if `absent` is allowed and the block has none.
 */
export function dataTokenizer(
  checker: Checker,
  declaration: DataDeclaration,
  file: FileScope,
): Tokenizer | 'absent' | undefined {
  const placed = tokenizerSetting(checker, declaration, file)
  return placed && placed !== 'absent' ? declaredTokenizer(checker, placed) : placed
}

/** The setting that defines the tokenizer, found through all blocks that refer to another block's. */
function tokenizerSetting(
  checker: Checker,
  declaration: DataDeclaration,
  file: FileScope,
): PlacedSetting | 'absent' | undefined {
  const visited = new Set<DataDeclaration>()
  let at = { declaration, file }
  while (!visited.has(at.declaration)) {
    const placed = effectiveBlock(checker, at.declaration, at.file)?.settings.get('tokenizer')
    if (placed === undefined) return 'absent'
    const { value } = placed.entry
    if (value.kind !== 'member' || value.base.kind !== 'name' || value.name.text !== 'tokenizer')
      return placed
    visited.add(at.declaration).add(placed.owner)
    const other = checker.named(value.base.name, placed.file)
    if (other === undefined || other === 'broken' || other.declaration.kind !== 'data') {
      const resolved = checker.resolveName(value.base.name, value.base.span, checker.scope(placed.file))
      if (resolved.kind !== 'poison') unusable(checker, value)
      return undefined
    }
    at = { declaration: other.declaration, file: other.file }
  }
  reportCycle(checker, at.declaration, visited)
  return undefined
}

function declaredTokenizer(checker: Checker, { entry, owner, file }: PlacedSetting): Tokenizer | undefined {
  const { value } = entry
  const own = { checker, owner: owner.name.text, file, span: entry.span }
  const form = callOf(value, ['wordpiece', 'folder'])
  if (form?.name === 'wordpiece') {
    return wordpiece(checker, readArguments(checker, form.call, 'wordpiece', wordpieceArguments), own)
  }
  if (form?.name === 'folder') {
    const values = readArguments(checker, form.call, 'folder', folderArguments)
    const path = values.get('path')
    const lowercase = values.get('lowercase')
    if (path === undefined) return unusable(checker, value)
    return folder(path, own, lowercase && flag(checker, 'lowercase', lowercase))
  }
  if (value.kind === 'string') return folder(value, own)
  return unusable(checker, value)
}

const wordpieceArguments = {
  place: 'tokenizer' as const,
  positional: [],
  named: ['size', 'lowercase'],
}
const folderArguments = { positional: ['path'], named: ['lowercase'] }

interface Place {
  readonly checker: Checker
  readonly owner: string
  readonly file: FileScope
  readonly span: Span
}

function unusable(checker: Checker, value: Expression): undefined {
  const found = describe(value)
  checker.report(
    wrongSettingValue({ span: value.span, name: 'tokenizer', expected: 'a tokenizer', found, help: forms }),
  )
}

function wordpiece(
  checker: Checker,
  values: ReadonlyMap<string, Expression>,
  { owner, file, span }: Place,
): Tokenizer | undefined {
  const size = values.get('size')
  const lowercase = values.get('lowercase')
  const pieces = size === undefined ? 8000 : count(checker, 'size', size, checker.scope(file), 6)
  const lower = lowercase === undefined ? true : flag(checker, 'lowercase', lowercase)
  if (pieces === undefined || lower === undefined) return undefined
  return {
    source: { kind: 'wordpiece', size: pieces, lowercase: lower, data: owner, span },
    vocabulary: { name: `vocabulary ${owner}`, anonymous: false, origin: span },
  }
}

function folder(path: Expression, place: Place, lowercase?: boolean): Tokenizer | undefined {
  const { checker, file, span } = place
  const written = checker.string(path, checker.scope(file), 'tokenizer')
  if (written === undefined) return undefined
  const resolved = checker.resolvePath(written, file)
  return {
    source: {
      kind: 'folder',
      file: { path: resolved, span: path.span },
      ...(lowercase === undefined ? {} : { lowercase }),
    },
    vocabulary: { name: `vocabulary ${resolved}`, anonymous: false, origin: span },
  }
}

/** Number of entries of a vocabulary. Undefined where it stands in a file that is missing. */
export function vocabularySize(
  checker: Pick<Checker, 'read' | 'bytes'>,
  source: TokenizerSource,
): number | undefined {
  if (source.kind === 'wordpiece') return source.size
  const { path } = source.file
  const files = ['vocab.txt', 'spiece.model', 'tokenizer.json'].map((name) => `${path}/${name}`)
  for (const file of /\.(txt|json|model)$/.test(path) ? [path] : files) {
    const size = entriesOf(checker, file)
    if (size !== undefined) return size
  }
  return undefined
}

/** Undefined for a damaged file, too: the reader of the tokenizer reports the damage. */
function entriesOf(checker: Pick<Checker, 'read' | 'bytes'>, file: string): number | undefined {
  if (file.endsWith('.model')) {
    const bytes = checker.bytes(file)
    return bytes && pieceEntries(bytes)
  }
  const text = checker.read(file)
  if (text === undefined) return undefined
  return file.endsWith('.json') ? jsonEntries(text) : lineEntries(text)
}

/**
 * A SentencePiece model is a protocol buffer. Each occurrence of its field 1 is a piece. The library that
 * reads such buffers is not used: every check would load it. Source:
 * https://protobuf.dev/programming-guides/encoding
 */
function pieceEntries(bytes: Uint8Array): number | undefined {
  let at = 0
  const varint = (): number => {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++] ?? Number.NaN
      value += (byte % 128) * scale
      if (!(byte >= 128)) return value
    }
  }
  let pieces = 0
  while (at < bytes.length) {
    const tag = varint()
    const wireType = tag % 8
    if (wireType === 0) varint()
    else if (wireType === 1) at += 8
    else if (wireType === 5) at += 4
    else if (wireType === 2) {
      const length = varint()
      at += length
    } else return undefined
    if (Math.floor(tag / 8) === 1) pieces++
  }
  return at === bytes.length && pieces > 0 ? pieces : undefined
}

function lineEntries(text: string): number {
  return text.replace(/(\r?\n)+$/, '').split('\n').length
}

/**
 * A tokenizer.json has its pieces in `model.vocab`, a table of ids or a list. Its `added_tokens` repeat some
 * of them, and may have further ids. A vocab.json is the table itself, or a list.
 */
function jsonEntries(text: string): number | undefined {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    return undefined
  }
  const model = field(parsed, 'model')
  const table = field(model, 'vocab') ?? parsed
  if (typeof table !== 'object' || table === null) return undefined
  const ids = new Set<unknown>(Array.isArray(table) ? table.keys() : Object.values(table))
  const added = field(parsed, 'added_tokens')
  for (const token of Array.isArray(added) ? added : []) ids.add(field(token, 'id'))
  return ids.size
}

function field(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  return new Map<string, unknown>(Object.entries(value)).get(name)
}
