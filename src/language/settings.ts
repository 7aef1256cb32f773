/** The settings of blocks by their places in a text, which need not parse. */
import { type BlockKind, type SettingDoc, settingDocs } from '../check/setting-docs.ts'
import type { Uses } from '../check/uses.ts'
import type { Span } from '../diagnostics/diagnostic.ts'

export type BlockPlace = Uses['blocks'][number]

/** The innermost block around a place. */
export function blockAround(
  blocks: readonly BlockPlace[],
  file: string | undefined,
  offset: number,
): BlockPlace | undefined {
  return blocks
    .filter(({ span }) => span.file === file && span.start < offset && offset <= span.end)
    .sort((a, b) => b.span.start - a.span.start)[0]
}

/** The number of brackets that are open at a place of a block. In a call, a comma begins no entry. */
export function depthAt(text: string, { span }: BlockPlace, offset: number): number {
  const inside = text.slice(span.start + 1, offset).replace(/"(?:\\.|[^"\\\n])*"|\/\/[^\n]*/g, '')
  return (inside.match(/[([{]/g) ?? []).length - (inside.match(/[)\]}]/g) ?? []).length
}

/** What a word means that names a setting of the block around it, or an argument of an optimizer. */
export function settingAt(blocks: readonly BlockPlace[], word: Span, text: string): SettingDoc | undefined {
  const block = blockAround(blocks, word.file, word.start)
  const name = text.slice(word.start, word.end)
  if (!block) return undefined
  const isEntry = /(?:^|[{,\n])[ \t]*$/.test(text.slice(0, word.start))
  const isSet = /^\s*=(?!=)/.test(text.slice(word.end))
  if (depthAt(text, block, word.start) === 0) return isEntry ? docOf(block.kind, name) : undefined
  return isSet && block.kind === 'stage' ? docOf('optimizer', name) : undefined
}

export function docOf(kind: BlockKind, name: string): SettingDoc | undefined {
  const docs = settingDocs[kind]
  return Object.hasOwn(docs, name) ? docs[name] : undefined
}
