/** Folders as transformers would save them, with small random weights. */
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { specialPieces } from '../../src/data/tokenizer/vocabulary.ts'
import { normalValues } from '../../src/train/normal.ts'
import { writeSafetensors } from '../../src/weights/safetensors.ts'
import { type FolderLayout, type Layout, sizes } from './layouts.ts'

export function writeFolder(
  folder: string,
  name: string,
  { config, tensors }: FolderLayout,
  pieces: number = sizes.V,
): string {
  mkdirSync(folder, { recursive: true })
  const architectures = [name.split('/')[0]]
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify({ architectures, ...config }))
  const words = Array.from({ length: pieces - specialPieces.length }, (_, k) => `word${k}`)
  writeFileSync(path.join(folder, 'vocab.txt'), `${[...specialPieces, ...words].join('\n')}\n`)
  writeTensors(path.join(folder, 'model.safetensors'), tensors)
  return folder
}

export function writeTensors(file: string, tensors: Layout): void {
  const entries = Object.entries(tensors).map(([name, shape]) => {
    const count = shape.reduce((product, size) => product * size, 1)
    // The two biases of a decoder are one.
    const key = name.replace('.decoder.bias', '.bias')
    return [name, { shape, data: normalValues(count, 0.3, { seed: 1, name: key }) }] as const
  })
  writeSafetensors(file, new Map(entries))
}
