/** A part of clinc150's training sentences, evenly drawn, and their lengths in tokens for the PyTorch loop. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkFile } from '../../src/disk/check-file.ts'
import { ProgramData } from '../../src/train/program-data.ts'

/** What to do where the data is not there; undefined where it is. */
export function missingSentences(data: string): string | undefined {
  const file = join(data, 'clinc150', 'train.tsv')
  if (existsSync(file)) return undefined
  return `${file} is not there: take the in-scope sentences of clinc/oos-eval (CC BY 3.0) as lines of sentence, tab, label under a line "sentence, tab, label", and name the folder above with --data FOLDER`
}

/** Writes `train.tsv` of so many sentences and `lengths.json` into a new folder inside `into`; gives the folder. */
export function drawSentences(data: string, count: number, into: string): string {
  const [head = '', ...lines] = readFileSync(join(data, 'clinc150', 'train.tsv'), 'utf8')
    .trimEnd()
    .split('\n')
  const drawn = Array.from({ length: count }, (_, i) => lines[Math.floor((i * lines.length) / count)] ?? '')
  const folder = join(into, `sentences-${count}`)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'train.tsv'), `${[head, ...drawn].join('\n')}\n`)
  const { program } = checkFile(new URL('clinc.distill', import.meta.url).pathname, { settings: { folder } })
  if (program === undefined) throw new Error('clinc.distill has mistakes')
  const examples = new ProgramData(program).dataset('sentences').splits.get('train') ?? []
  writeFileSync(
    join(folder, 'lengths.json'),
    JSON.stringify(examples.map((example) => example.tokens.length)),
  )
  return folder
}
