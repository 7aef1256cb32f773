import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { DiagnosticError } from '../../src/diagnostics/diagnostic.ts'
import { renderDiagnostics } from '../../src/diagnostics/render.ts'
import { checkFile } from '../../src/disk/check-file.ts'
import { Initialiser } from '../../src/train/initialise.ts'
import { ParameterStore } from '../../src/train/parameters.ts'
import { writeFolder, writeTensors } from '../huggingface/folders.ts'
import { type Layout, layouts, sizes } from '../huggingface/layouts.ts'

/** What is said of tensors in a file of weights that a model does not use. */
const root = mkdtempSync(path.join(tmpdir(), 'unused-'))
afterAll(() => rmSync(root, { recursive: true }))

let count = 0
function folder(name: string, more: Layout = {}): string {
  const layout = layouts[name]
  if (layout === undefined) throw new Error(`no layout ${name}`)
  const place = `model-${++count}`
  writeFolder(path.join(root, place), name, { ...layout, tensors: { ...layout.tensors, ...more } })
  return place
}

const { V, P, H, I, L, E } = sizes
const size = `vocabulary = ${V}, positions = ${P}, hidden_size = ${H}, intermediate_size = ${I}, heads = 2`

/** Starts all models of a spec: what is noted, or why they cannot start. */
function start(models: string): { readonly notes: readonly string[]; readonly refused: string } {
  const file = path.join(root, 'spec.distill')
  writeFileSync(file, `import { albert_base, bert_base } from "std/bert.distill"\n${models}\n`)
  const { program, diagnostics, sources } = checkFile(file)
  const render = (all: typeof diagnostics): string =>
    renderDiagnostics(all, sources, { color: false }).replaceAll(`${root}/`, '')
  if (program === undefined) throw new Error(render(diagnostics))
  const initialiser = new Initialiser(program, new ParameterStore(), { seed: 1 })
  try {
    for (const name of program.instances.keys()) initialiser.instance(name)
    initialiser.noteUnused()
    return { notes: initialiser.notes.map((note) => note.replaceAll(`${root}/`, '')), refused: '' }
  } catch (error) {
    if (!(error instanceof DiagnosticError)) throw error
    return { notes: [], refused: render(error.diagnostics) }
  }
}

describe('a file of more layers than the model', () => {
  it('is refused, with what to write instead', async () => {
    const file = folder('BertModel')
    const { refused } = start(
      `model small = bert_base with { ${size}, layers = 2 }\nstudent S : small { weights = "${file}" }`,
    )
    await expect(refused.replaceAll(file, 'model')).toMatchFileSnapshot('../golden/train/unused-weights.txt')
  })
  it('is refused for a model of one layer, and under our own names', () => {
    const file = folder('BertModel')
    const one = start(
      `model small = bert_base with { ${size}, layers = 1 }\nstudent S : small { weights = "${file}" }`,
    )
    expect(one.refused).toContain(`${file} has 4 layers, S has 1`)
    const own: Layout = { 'word.weight': [V, H] }
    for (const m of [1, 2, 3]) own[`layer[${m}].up.weight`] = [H, H]
    writeTensors(path.join(root, 'own.safetensors'), own)
    const text = (layers: number): string => `model plain {
  vocabulary = ${V}, layers = ${layers}
  word = lookup(tokens, vocabulary, ${H})
  layer[m] for m in 1..layers from x = word { up = linear(x, ${H}, bias = none), output = x + up }
  output = layer[layers].output
}
student S : plain { weights = "own.safetensors" }`
    expect(start(text(2)).refused).toContain('own.safetensors has 3 layers, S has 2')
    expect(start(text(3))).toEqual({ notes: [], refused: '' })
  })
  it('is told from one of more of another part', () => {
    const file = folder('AlbertModel/two groups')
    const { refused } = start(`model small = albert_base with {
  vocabulary = ${V}, positions = ${P}, embedding_size = ${E}, hidden_size = ${H}, intermediate_size = ${I}, heads = 2, layers = ${L}
}
student S : small { weights = "${file}" }`)
    expect(refused).toContain(`${file} has 2 of encoder.albert_layer_groups.*, S has 1`)
  })
  it('is fine where no layer is read from it', () => {
    const file = folder('BertModel')
    const { refused, notes } = start(
      `model small = bert_base with { ${size}, layers = 2 }\nstudent S : small { init { embedding from "${file}" } }`,
    )
    expect([refused, notes]).toEqual(['', [expect.stringContaining(`in ${file}, what S does not use: `)]])
  })
  it('gives its layers by a map', () => {
    const file = folder('BertModel')
    const text = `model whole = bert_base with { ${size}, layers = ${L} }
model small = whole with { layers = 2 }
teacher B : whole { weights = "${file}" }
map g : small -> whole = uniform(round = floor)
student S : small { init { ** from B, layer[m] from B.layer[g(m)] } }`
    expect(start(text)).toEqual({ notes: [], refused: '' })
  })
})

describe('tensors besides the model', () => {
  it('are one note for a file, however many models start from it', () => {
    const file = folder('BertForPreTraining', {
      'fit_denses.0.weight': [H, H],
      'bert.embeddings.position_ids': [1, P],
    })
    const model = `model whole = bert_base with { ${size}, layers = ${L} }`
    const { notes } = start(
      `${model}\nteacher T : whole { weights = "${file}" }\nstudent S : whole { weights = "${file}" }`,
    )
    expect(notes).toEqual([
      `in ${file}, what T and S do not use: cls.predictions.bias, cls.predictions.transform.dense.weight, cls.predictions.transform.dense.bias and 5 more`,
    ])
  })
})
