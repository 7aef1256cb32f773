/** Exports of models of small specs, each as `explain` foresees it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect } from 'vitest'
import { makeVocabulary, specialPieces } from '../../src/data/tokenizer/vocabulary.ts'
import { wordPieceTokenizer } from '../../src/data/tokenizer/wordpiece.ts'
import { checkFile } from '../../src/disk/check-file.ts'
import { filesOnDisk } from '../../src/disk/spec-files.ts'
import { headsOfFolders } from '../../src/huggingface/describe.ts'
import { type Exported, exportModels } from '../../src/huggingface/export.ts'
import { exportable } from '../../src/huggingface/exportable.ts'
import type { Runner } from '../../src/run/runner.ts'
import { Initialiser } from '../../src/train/initialise.ts'
import { ParameterStore } from '../../src/train/parameters.ts'
import { sizes } from './layouts.ts'
import { runFacts } from './run-facts.ts'

type Done = Exported & { readonly to: string }

const pieces = [
  ...specialPieces,
  ...Array.from({ length: sizes.V - specialPieces.length }, (_, k) => `word${k}`),
]
export const cased = wordPieceTokenizer(makeVocabulary(pieces, 'test'), {
  lowercase: false,
  stripAccents: false,
  splitIdeographs: true,
})
const log = [
  {
    event: 'evaluation',
    model: 'M',
    data: 'sst',
    split: 'validation',
    metrics: { accuracy: 0.75 },
    best: true,
  },
  { event: 'evaluation', model: 'M', data: 'sst', split: 'validation', metrics: { accuracy: 0.5 } },
]

/** Exports into folders of its own, which go at the end of the test file. */
export class Exporter {
  readonly root = mkdtempSync(path.join(tmpdir(), 'distill-export-'))
  private readonly runner: Runner

  constructor(runner: Runner) {
    this.runner = runner
  }

  close(): void {
    rmSync(this.root, { recursive: true })
    this.runner.dispose()
  }

  /** A spec without files beside it. */
  readonly ofText = (text: string, labels?: readonly string[], asked?: string): Done =>
    this.exported(text, path.join(mkdtempSync(path.join(this.root, 'spec-')), 's.distill'), labels, asked)

  /** Exports model M of a spec, its biases and scales drawn too, so that no difference hides behind zeros and ones. */
  readonly exported = (spec: string, file: string, labels?: readonly string[], asked?: string): Done => {
    writeFileSync(file, spec)
    const { program, diagnostics } = checkFile(file)
    const instance = program?.instances.get('M')
    if (program === undefined || instance === undefined) throw new Error(JSON.stringify(diagnostics))
    const store = new ParameterStore()
    new Initialiser(program, store, { seed: 7 }).instance('M')
    if (!spec.includes('weights ='))
      for (const key of store.keys())
        store.edit(key, (data) => data.set(data.map((value, k) => 4 * value + 0.3 * Math.sin(k + 1))))
    const to = path.join(mkdtempSync(path.join(this.root, 'to-')), 'out')
    const card = runFacts({ log })
    const folders = headsOfFolders(instance)
    const requests = folders.map((heads) => ({
      ...{ program, instance, store, tokenizer: cased, labels, runner: this.runner, card, maxLength: 10 },
      to: folders.length > 1 ? path.join(to, ...heads) : to,
      wanted: { heads, ...(asked === undefined ? {} : { modelClass: asked }) },
    }))
    const foreseen = exportable(instance, filesOnDisk)
    try {
      const parts = exportModels(requests)
      const [done] = parts
      if (done === undefined) throw new Error('nothing was exported')
      const names = parts.map(({ modelClass }, k) => `${modelClass} (${folders[k]?.join()})`)
      if (asked !== undefined) expect(foreseen.elsewhere).toBe(done.modelClass)
      else expect(foreseen.class).toBe(parts.length > 1 ? names.join(', ') : done.modelClass)
      return { ...done, to }
    } catch (error) {
      // The tokenizer is known only when its data is read.
      const known = asked === undefined && error instanceof Error && !error.message.includes('its tokenizer')
      if (known) expect(foreseen.class, foreseen.why ?? '').toBeNull()
      throw error
    }
  }
}
