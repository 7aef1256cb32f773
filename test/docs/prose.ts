/** The prose of Markdown: its sentences without code, tables and headings, and the pages that are held to the rules of docs/glossary.md. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export const root = new URL('../..', import.meta.url).pathname

/** Paths from the root of the repository. */
export const pages = [
  ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'].filter((name) => readdirSync(root).includes(name)),
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
]

export function read(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

/** A page without its blocks of code. */
export function withoutCode(markdown: string): string {
  return markdown.replace(/^ *```[\s\S]*?^ *```$/gm, '\n').replace(/\n\n(?: {4}.*(?:\n|$))+/g, '\n\n')
}

/**
 * The sentences of a page. A paragraph and an item of a list end a sentence, whatever their last character is; inline code is one word, a link its text.
 */
export function sentences(markdown: string): string[] {
  const text = withoutCode(markdown)
    .replace(/<!--[\s\S]*?-->/g, '\n')
    .replace(/^(?:\||#|!\[).*$/gm, '\n')
    .replace(/`[^`]+`/g, 'code')
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/[*_]{1,2}(?=\S)|(?<=\S)[*_]{1,2}/g, '')
    .replace(/^\s*(?:[-*]|\d+\.) /gm, '\n\n')
  return text
    .split(/\n\s*\n/)
    .map((paragraph) => paragraph.replace(/\s+/g, ' ').trim())
    .flatMap((paragraph) => paragraph.split(/(?<=[.!?][)"']?) (?=[A-Z0-9("]|code)/))
    .filter((sentence) => wordsIn(sentence) > 0)
}

/** Words of a sentence: what has a letter or a digit, between spaces. */
export function wordsIn(sentence: string): number {
  return sentence.split(' ').filter((part) => /[\p{L}\p{N}]/u.test(part)).length
}

/** Source folders whose comments are held to the glossary too; the others follow. */
export const sources = [
  'differentiate',
  'optimize',
  'optimize/passes',
  'optimize/positions',
  'plan',
  'run',
].flatMap((folder) =>
  readdirSync(join(root, 'src', folder))
    .filter((file) => file.endsWith('.ts'))
    .map((file) => `src/${folder}/${file}`),
)
