/**
 * Exports a model of a run as a folder that transformers loads. The folder is written under a temporary name
 * and read like a published model. Each state and each logit is compared with the model of the run. Only then
 * is the folder renamed.
 */
import path from 'node:path'
import type { ModelInstance, Program } from '../check/program.ts'
import type { Tokenizer } from '../data/tokenizer/tokenizer.ts'
import { writeAtomically } from '../disk/atomic-write.ts'
import { filesOnDisk } from '../disk/spec-files.ts'
import type { Runner } from '../run/runner.ts'
import { Initialiser } from '../train/initialise.ts'
import { ParameterStore } from '../train/parameters.ts'
import { matchTensors } from '../weights/names.ts'
import { PartialFolder } from '../weights/partial-folder.ts'
import { writeSafetensors } from '../weights/safetensors.ts'
import { readConfig } from '../weights/transformers/config-file.ts'
import { answerOf } from './card/hub-tasks.ts'
import { type CardFacts, modelCard } from './card/model-card.ts'
import { comparedModel } from './card/origins.ts'
import { classProgram, folderPlan, nameOf } from './class-program.ts'
import { classWeights } from './class-weights.ts'
import { configOf, refused, type Wanted } from './describe.ts'
import { isExported } from './earlier-export.ts'
import { firstDifference } from './same-answers.ts'
import { type States, vectorsByFiles, writeSentenceFiles } from './sentence/files.ts'
import { tokenizerFiles } from './tokenizer-files.ts'
import type { Reading } from './unigram-files.ts'

export interface ExportRequest {
  /** The folder to write. */
  readonly to: string
  readonly program: Program
  readonly instance: ModelInstance
  readonly store: ParameterStore
  readonly tokenizer: Tokenizer
  readonly labels: readonly string[] | undefined
  readonly runner: Runner
  /** Tokens of a text, as the run read them. */
  readonly maxLength: number
  readonly wanted?: Wanted
  readonly card: RunFacts
}
/** What a model card says of the run. */
export type RunFacts = Pick<
  CardFacts,
  'spec' | 'seed' | 'version' | 'log' | 'checkpoint' | 'pair' | 'teachers' | 'hub'
>
export interface Exported {
  readonly modelClass: string
  /** Differences from the model, as sentences. */
  readonly notes: readonly string[]
  /** For its model card. */
  readonly facts: CardFacts
}

/**
 * Writes all folders or none.
 * @throws DiagnosticError E0931 where no class computes what the model computes, E0907 where a folder cannot
 * be written; neither leaves anything behind
 */
export function exportModels(requests: readonly ExportRequest[]): Exported[] {
  const folders = requests.map((request) => ({ request, partial: new PartialFolder(request.to) }))
  try {
    const exported = folders.map(({ request, partial }) => {
      const done = writeClass(request, partial.path)
      writeText(path.join(partial.path, 'README.md'), modelCard(done.facts))
      return done
    })
    for (const { partial } of folders) partial.settle(isExported)
    return exported
  } finally {
    for (const { partial } of folders) partial.discard()
  }
}

/** Writes all but the model card. Throws as `exportModels`. */
export function writeClass(request: ExportRequest, folder: string): Exported {
  const { instance, store, tokenizer, labels, card } = request
  const { padding } = tokenizer.vocabulary
  const { known, sentence } = folderPlan(instance, request.wanted)
  const { modelClass } = known
  const write = (name: string, content: string | Uint8Array): void =>
    writeText(path.join(folder, name), content)
  const config = configOf(instance, known, { vocabulary: tokenizer.vocabulary, labels })
  write('config.json', `${JSON.stringify(config, null, 2)}\n`)
  const target = classProgram(instance, known, readConfig(folder), { files: filesOnDisk, folder })
  const size = Number(config.vocab_size)
  if (tokenizer.vocabulary.pieces.length > size)
    throw refused(
      instance,
      `its tokenizer has ${tokenizer.vocabulary.pieces.length} pieces, its embedding ${size}`,
    )
  const elsewhere = sentence?.modules.flatMap((module) => (module.kind === 'dense' ? [module.weight] : []))
  const options = { known, padding, ...(elsewhere ? { elsewhere } : {}) }
  const { tensors, notes } = classWeights(instance, target.instance, store, options)
  writeSafetensors(path.join(folder, 'model.safetensors'), tensors)
  const { missing, unexpected } = matchTensors(target.instance, tensors.keys())
  if (missing.length + unexpected.length > 0)
    throw new Error(`exported names do not fit: ${[...missing, ...unexpected].join(', ')}`)
  const read = new ParameterStore()
  new Initialiser(target.program, read, { seed: 0 }).instance(target.instance.name)
  if (sentence !== undefined) {
    const size = instance.settings.get('hidden_size') ?? 0
    writeSentenceFiles(sentence, instance, store, { folder, size, maxLength: request.maxLength })
  }
  const vector = sentence && { tap: sentence.tap, of: (states: States) => vectorsByFiles(folder, states) }
  const difference = firstDifference(
    request,
    { ...target, store: read },
    { runner: request.runner, padding, ...(vector ? { vector } : {}) },
  )
  if (difference !== undefined) throw differs(instance, modelClass.name, difference.tap)
  const positions = Number(config.max_position_embeddings)
  const reading = readingOf(positions, known.family.type !== 'distilbert')
  for (const [name, text] of tokenizerFiles(tokenizer, reading)) write(name, text)
  const allNotes = [
    ...known.notes,
    ...notes,
    ...(modelClass.pooler && !known.pooler && sentence === undefined
      ? ['the model has no pooler, and neither has the file']
      : []),
    ...(modelClass.elsewhere ? [modelClass.elsewhere.note] : []),
  ]
  const name = nameOf({ known, sentence })
  return {
    modelClass: name,
    notes: allNotes,
    facts: {
      ...card,
      model: instance.name,
      modelClass: name,
      known: modelClass.elsewhere === undefined,
      answers: sentence === undefined ? answerOf(modelClass.heads) : 'vector',
      parameters: comparedModel(target.instance).parameters,
      notes: allNotes,
    },
  }
}

export function writeText(file: string, content: string | Uint8Array): void {
  writeAtomically(file, [Buffer.from(content)])
}

/** `segments`: whether the model has two of them. */
export function readingOf(maxLength: number, segments: boolean): Reading {
  const names = ['input_ids', ...(segments ? ['token_type_ids'] : []), 'attention_mask']
  return { model_max_length: maxLength, model_input_names: names }
}

function differs(instance: ModelInstance, modelClass: string, tap: string): Error {
  const inHead = instance.heads.has(tap.split('.')[0] ?? '')
  const problem = `\`${tap}\` is computed otherwise in ${modelClass}, so its logits would differ`
  const help = inHead
    ? `up to that head both agree; TinyBERT's published classifier (before = relu), for one, has no place in ${modelClass}: train with \`before = identity\`, or export for TinyBERT's own code with --class TinyBertForSequenceClassification`
    : 'the architecture differs from the class there; best/MODEL.safetensors of the run has the weights under published names'
  return refused(instance, problem, help)
}
