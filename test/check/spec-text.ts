/** Checks a spec given as text: it is written into a folder of its own, so that relative paths and imports work as for a user. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { ModelInstance, Program, Stage } from '../../src/check/program.ts'
import { renderDiagnostics } from '../../src/diagnostics/render.ts'
import { checkFile } from '../../src/disk/check-file.ts'

export interface Checked {
  readonly program: Program | undefined
  /** Codes of all diagnostics, in order. */
  readonly codes: readonly string[]
  readonly rendered: string
  readonly folder: string
}

export function check(text: string, files: Readonly<Record<string, string | Uint8Array>> = {}): Checked {
  const folder = mkdtempSync(join(tmpdir(), 'distill-check-'))
  try {
    for (const [name, content] of Object.entries({ ...files, 'spec.distill': text })) {
      mkdirSync(dirname(join(folder, name)), { recursive: true })
      writeFileSync(join(folder, name), content)
    }
    const { program, diagnostics, sources } = checkFile(join(folder, 'spec.distill'))
    return {
      program,
      codes: diagnostics.map(({ code }) => code),
      rendered: renderDiagnostics(diagnostics, sources, { color: false }),
      folder,
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The program of a spec that must be right. */
export function program(text: string, files: Readonly<Record<string, string | Uint8Array>> = {}): Program {
  const checked = check(text, files)
  if (checked.program === undefined || checked.codes.length > 0) throw new Error(checked.rendered)
  return checked.program
}

export function instance(program: Program, name: string): ModelInstance {
  const found = program.instances.get(name)
  if (found === undefined) throw new Error(`no instance ${name}`)
  return found
}

export function stage(program: Program, name: string): Stage {
  const found = program.stages.find((candidate) => candidate.name === name)
  if (found === undefined) throw new Error(`no stage ${name} among ${program.stages.map((s) => s.name)}`)
  return found
}

/** Imports, a small model, a labelled data block, a teacher T, a student S and a loss `imitate`. */
export const preamble = `
import { bert_base } from "std/bert.distill"
import { classifier, masked_lm, regressor } from "std/heads.distill"
import { soften } from "std/losses.distill"
model small = bert_base with { layers = 2, hidden_size = 48, heads = 4, vocabulary = 1000 }
data labelled {
  train = "train.tsv", validation = "dev.tsv", text = column("text"), tokenizer = wordpiece(size = 1000)
  label = class(column("label"), ["no", "yes"])
}
teacher T : small { heads { task = classifier(labelled.label) } }
student S : small { heads { task = classifier(labelled.label) } }
loss imitate = soften(S.task.logits, T.task.logits, temperature = 2)
loss hard = cross_entropy(S.task.logits, batch.label)
`
