import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { DiagnosticError } from '../../src/diagnostics/diagnostic.ts'
import { checkFile } from '../../src/disk/check-file.ts'
import { Initialiser } from '../../src/train/initialise.ts'
import { ParameterStore } from '../../src/train/parameters.ts'
import { readSafetensors, type WeightTensor, writeSafetensors } from '../../src/weights/safetensors.ts'
import { writeFolder } from './folders.ts'
import { layouts } from './layouts.ts'

const root = mkdtempSync(path.join(tmpdir(), 'distill-copies-'))
afterAll(() => rmSync(root, { recursive: true }))

const small =
  'vocabulary = 40, positions = 12, layers = 4, hidden_size = 8, heads = 2, intermediate_size = 20'
const tied = `
  import { bert_base_unpooled } from "std/bert.distill"
  import { masked_lm } from "std/heads.distill"
  model m = bert_base_unpooled with { ${small} }
  teacher T : m { weights = "model.safetensors", heads { mlm = masked_lm(tied = embedding.word) } }`
const shared = `
  import { bert_base_unpooled } from "std/bert.distill"
  model m = bert_base_unpooled with { ${small}, share layer[*] in 1 group }
  teacher T : m { weights = "model.safetensors" }`

/** Reads BertForMaskedLM's file with a change as the model of a spec; the error's message, or nothing. */
function read(spec: string, change: (tensors: Map<string, WeightTensor>) => void): string | undefined {
  const layout = layouts.BertForMaskedLM
  if (layout === undefined) throw new Error('no layout')
  const folder = writeFolder(mkdtempSync(path.join(root, 'model-')), 'BertForMaskedLM', layout)
  const file = path.join(folder, 'model.safetensors')
  const tensors = readSafetensors(file)
  change(tensors)
  writeSafetensors(file, tensors)
  writeFileSync(path.join(folder, 's.distill'), spec)
  const { program, diagnostics } = checkFile(path.join(folder, 's.distill'))
  if (program === undefined) throw new Error(JSON.stringify(diagnostics))
  try {
    new Initialiser(program, new ParameterStore(), { seed: 1 }).instance('T')
    return undefined
  } catch (error) {
    if (error instanceof DiagnosticError) return error.message.replaceAll(folder, 'F')
    throw error
  }
}
function copy(tensors: Map<string, WeightTensor>, from: string, to: string, change = 0): void {
  const tensor = tensors.get(from)
  if (tensor === undefined) throw new Error(from)
  const data = Float32Array.from(tensor.data)
  data[3] = (data[3] ?? 0) + change
  tensors.set(to, { ...tensor, data })
}

describe('copies of one weight', () => {
  const word = 'bert.embeddings.word_embeddings.weight'
  const bias = 'cls.predictions.bias'
  it('of a tied decoder are read over where they are equal', () => {
    const copies = (tensors: Map<string, WeightTensor>): void => {
      copy(tensors, word, 'cls.predictions.decoder.weight')
      copy(tensors, bias, 'cls.predictions.decoder.bias')
    }
    expect(read(tied, copies)).toBeUndefined()
  })
  it.each([
    [word, 'cls.predictions.decoder.weight', 'T.embedding.word.weight'],
    [bias, 'cls.predictions.decoder.bias', 'T.mlm.logits.bias'],
  ])('of %s that differ are refused', (from, to, parameter) => {
    const message = read(tied, (tensors) => copy(tensors, from, to, 0.5))
    expect(message).toBe(
      `E0913: ${parameter} is one weight, but ${from} and ${to} in F/model.safetensors differ`,
    )
  })
  it('layers that the file has apart and the model shares are refused', () => {
    expect(read(shared, () => {})).toMatch(
      /^E0913: T\.layer\[1\]\.attention\.query\.weight is one weight, but bert\.encoder\.layer\.0.* and bert\.encoder\.layer\.1/,
    )
  })
})
