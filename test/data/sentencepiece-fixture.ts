/** A model that sentencepiece 0.2.0 trained, and what it and ALBERT's published code make of texts (test/fixtures/sentencepiece/README.md). */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { brotliDecompressSync } from 'node:zlib'
import { z } from 'zod'

const folder = path.resolve(import.meta.dirname, '../fixtures/sentencepiece')

export function modelBytes(): Uint8Array {
  return brotliDecompressSync(readFileSync(path.join(folder, 'spiece.model.br')))
}

/** `cased`: with accents, spaces left to the model. */
export function expectedIds(): readonly { text: string; uncased: number[]; cased: number[] }[] {
  const line = z.object({ text: z.string(), uncased: z.array(z.number()), cased: z.array(z.number()) })
  const lines = readFileSync(path.join(folder, 'expected.jsonl'), 'utf8').trimEnd().split('\n')
  return lines.map((text) => line.parse(JSON.parse(text)))
}

/** A folder with these files. */
export function writeFiles(to: string, files: Readonly<Record<string, string | Uint8Array>>): string {
  mkdirSync(to, { recursive: true })
  for (const [name, content] of Object.entries(files)) writeFileSync(path.join(to, name), content)
  return to
}
