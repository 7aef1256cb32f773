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
  'editors/vscode/README.md',
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

/** All sources but those whose comments are text of programs that they write, in C or TypeScript. */
export const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => `src/${file.replaceAll('\\', '/')}`)
  .filter((file) => !/\/compiled\/source[./]|\/standalone\/emit\.ts$/.test(file))
  .sort()

/** A run of comment lines: its text as it stands between the marks. */
export function comments(source: string): string[] {
  const blocks = source.matchAll(/^[ \t]*\/\*\*?(?=\s)([\s\S]*?)\*\/[ \t]*$|(?:^[ \t]*\/\/.*\n)+/gm)
  return [...blocks].map(([whole, block = whole]) =>
    block
      .replace(/^[ \t]*(?:\*|\/\/) ?(?=@)/gm, '\n')
      .replace(/^[ \t]*(?:\*|\/\/) ?/gm, '')
      .trim(),
  )
}

/** Rows of constraints, of formulas and of diagrams are not prose. */
export const isProse = (line: string): boolean => !/==>|<-|\S {2,}\S/.test(line)
