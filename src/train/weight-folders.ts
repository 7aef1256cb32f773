/**
 * Compares the weights of a spec with its labels, vocabulary and computation. A folder of transformers has
 * `id2label` and other settings in config.json, and the files of a tokenizer. A run has recorded labels and
 * vocabulary. Without either, nothing can be compared.
 */
import { existsSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { dataFor, headOutputs, labelledBy, suits } from '../check/head-outputs.ts'
import type { DataSpec, InitialValue, ModelInstance, Program, Stage } from '../check/program.ts'
import { type HeadOutput, taskFacts } from '../check/tasks.ts'
import { labelNames } from '../data/label-names.ts'
import { type FolderPieces, folderPieces } from '../data/tokenizer/folder-pieces.ts'
import { readJson } from '../data/tokenizer/read-json.ts'
import type { Tokenizer } from '../data/tokenizer/tokenizer.ts'
import { openTokenizers } from '../data/vocabularies.ts'
import { type Diagnostic, DiagnosticError, Reporter, type Span } from '../diagnostics/diagnostic.ts'
import {
  differentConfig,
  differentLabelOrder,
  differentLabels,
  differentPieces,
} from '../diagnostics/messages/transformers.ts'
import { statOf } from '../files/regular-file.ts'
import { areGeneric, classNames } from '../weights/class-names.ts'
import { matchTensors } from '../weights/names.ts'
import { computationIn } from '../weights/transformers/computation.ts'
import { openWeights } from '../weights/weight-source.ts'
import { configDifferences, layerParameters } from './config-differences.ts'
import { firstUnlike, inOtherOrder, unlikePiece } from './name-lists.ts'
import { type Origin, originsOf } from './parameter-origins.ts'
import { type NotedLabels, runLabels, runPieces } from './run-weights.ts'

/** The tokenizer of a data block; undefined if it is not known yet. */
type TokenizerOf = (data: DataSpec) => Tokenizer | undefined

type Checkpoint = Extract<InitialValue, { kind: 'checkpoint' }>

/**
 * E0319 to E0322 for the initial weights of a program. Data and files that cannot be read are skipped: their
 * readers report the errors.
 * @param stages of the program, whose data is compared
 */
function folderDisagreements(
  program: Program,
  instances: Iterable<ModelInstance>,
  stages: readonly Stage[],
  tokenizerOf: TokenizerOf,
): readonly Diagnostic[] {
  const reporter = new Reporter()
  const comparison = new Comparison(program, stages, tokenizerOf, reporter)
  for (const instance of instances) comparison.compare(instance)
  return reporter.diagnostics
}

/** Throws them. */
export function requireAgreement(...of: Parameters<typeof folderDisagreements>): void {
  const wrong = folderDisagreements(...of)
  if (wrong.length > 0) throw new DiagnosticError(...wrong)
}

/** The same for files that exist before training. A vocabulary that is trained from texts is not compared. */
export function knownDisagreements(program: Program): readonly Diagnostic[] {
  const tokenizers = openTokenizers(program)
  const { instances, stages } = program
  return folderDisagreements(program, instances.values(), stages, (data) =>
    data.tokenizer.kind === 'folder' ? tokenizers.of(data) : undefined,
  )
}

class Comparison {
  private readonly program: Program
  private readonly stages: readonly Stage[]
  private readonly tokenizerOf: TokenizerOf
  private readonly reporter: Reporter
  /** By folder. */
  private readonly known = new Map<string, FolderPieces | undefined>()

  constructor(program: Program, stages: readonly Stage[], tokenizerOf: TokenizerOf, reporter: Reporter) {
    this.program = program
    this.stages = stages
    this.tokenizerOf = tokenizerOf
    this.reporter = reporter
  }

  compare(instance: ModelInstance): void {
    this.computation(instance)
    for (const output of headOutputs(instance)) this.labels(output)
    for (const data of this.dataOf(instance)) this.vocabulary(instance, data)
  }

  /** The data blocks that a model reads in some stage, or for which it proposes words. */
  private dataOf({ name }: ModelInstance): readonly DataSpec[] {
    const { data } = this.program
    const blocks = this.stages.flatMap((stage) => {
      const block = data.get(stage.data ?? '')
      const met = stage.instances.includes(name) || block?.augment?.proposals?.instance === name
      return block && met ? [block] : []
    })
    return [...new Set(blocks)]
  }

  /**
   * Compares heads, activation and so on with config.json, for a model whose layers all come from there. A
   * model that takes only some parts from a file, or its values from another model, may compute something
   * else: it is only initialised from them.
   */
  private computation(instance: ModelInstance): void {
    if (instance.copyOf) return
    const sources = layerParameters(instance).map(({ initial }) =>
      initial.kind === 'checkpoint' ? initial : undefined,
    )
    const [initial] = sources
    if (initial === undefined || sources.some((one) => one?.path !== initial.path)) return
    const computation = computationIn(folderOf(initial.path))
    if (computation === undefined) return
    const differences = configDifferences(instance, computation)
    if (differences.length === 0) return
    const { name, model } = instance
    const { file } = computation
    this.reporter.report(differentConfig({ instance: name, model, file, differences, ...placeOf(initial) }))
  }

  /** Compares `id2label` of a head's folder with the labels of its data. */
  private labels(output: HeadOutput): void {
    const { kind, instance } = output
    if (!taskFacts[kind].named) return
    const data = this.labelled(output)
    if (data?.label === undefined) return
    const folders = new Map(
      instance.parameters
        .filter(({ path: own }) => own.startsWith(`${output.path}.`))
        .flatMap(({ path: own }) => this.checkpoints({ owner: instance.name, path: own }))
        .filter(({ origin, initial }) => holds(origin, initial))
        .map(({ initial }) => [folderOf(initial.path), initial] as const),
    )
    for (const [folder, initial] of folders) {
      const noted = labelsIn(folder) ?? runLabels(folder, output.classes)
      const labels = noted && readable(() => labelNames(data.label))
      if (noted === undefined || labels === undefined) continue
      const at = firstUnlike(noted.labels, labels)
      if (at === undefined) continue
      const args = {
        head: `${instance.name}.${output.head}`,
        file: noted.file,
        byRun: path.dirname(noted.file) !== folder,
        found: noted.labels,
        data: data.name,
        labels,
        at,
        tags: kind === 'tags',
        ...(data.label.kind === 'class' && data.label.file ? { labelFile: data.label.file.path } : {}),
        dataSpan: data.label.span,
        ...placeOf(initial),
      }
      this.reporter.report(
        inOtherOrder(noted.labels, labels) ? differentLabelOrder(args) : differentLabels(args),
      )
    }
  }

  /** The data that a head's classes come from, otherwise data with as many labels that it reads. */
  private labelled(output: HeadOutput): DataSpec | undefined {
    const { data } = this.program
    const declared = data.get(labelledBy(output) ?? '')
    if (declared) return declared
    const met = this.dataOf(output.instance).find((block) => suits(block, output))
    return met ?? dataFor(this.program.data, output)
  }

  /** Compares the pieces of the embedding's folder with those of the data's tokenizer. */
  private vocabulary(instance: ModelInstance, data: DataSpec): void {
    const rows = instance.settings.get('vocabulary')
    const embeddings = instance.parameters.filter(
      ({ kind, shape, path: own, canonical }) =>
        kind === 'lookup' && own === canonical && (rows === undefined || shape[0] === rows),
    )
    const folders = new Map(
      embeddings
        .flatMap(({ path: own }) => this.checkpoints({ owner: instance.name, path: own }))
        .map(({ initial }) => [folderOf(initial.path), initial] as const),
    )
    for (const [folder, initial] of folders) {
      if (isOwnTokenizer(folder, data)) continue
      const found = this.piecesOf(folder)
      const pieces = found && readable(() => this.tokenizerOf(data))?.vocabulary.pieces
      if (found === undefined || pieces === undefined) continue
      const at = unlikePiece(found.pieces, pieces)
      if (at === undefined) continue
      const { tokenizer } = data
      this.reporter.report(
        differentPieces({
          model: instance.name,
          file: found.file,
          data: data.name,
          source: tokenizer.kind === 'folder' ? tokenizer.file.path : `the text of ${tokenizer.data}`,
          at,
          found: found.pieces[at],
          piece: pieces[at],
          folder: path.dirname(found.file),
          dataSpan: tokenizer.kind === 'folder' ? tokenizer.file.span : tokenizer.span,
          ...placeOf(initial),
        }),
      )
    }
  }

  private piecesOf(folder: string): FolderPieces | undefined {
    if (!this.known.has(folder)) this.known.set(folder, folderPieces(folder) ?? runPieces(folder))
    return this.known.get(folder)
  }

  private checkpoints(reference: {
    readonly owner: string
    readonly path: string
  }): readonly { readonly origin: Origin; readonly initial: Checkpoint }[] {
    return originsOf(this.program, reference).flatMap((origin) => {
      const { initial } = origin.parameter
      return initial.kind === 'checkpoint' ? [{ origin, initial }] : []
    })
  }
}

function placeOf({ span }: Checkpoint): { readonly span?: Span } {
  return span === undefined ? {} : { span }
}

/** The folder of a checkpoint: itself, or that of its file. */
function folderOf(place: string): string {
  return statOf(place)?.isDirectory() ? place : path.dirname(place)
}

/** Whether the tokenizer of the data is that of the folder, or a file in it. */
function isOwnTokenizer(folder: string, { tokenizer }: DataSpec): boolean {
  if (tokenizer.kind !== 'folder') return false
  const place = path.resolve(tokenizer.file.path)
  return place === path.resolve(folder) || path.dirname(place) === path.resolve(folder)
}

/**
 * Whether the file has this parameter. Checkpoints of an encoder have no heads. A missing file counts as
 * having what its config.json lists.
 */
function holds({ instance, parameter }: Origin, { path: place }: Checkpoint): boolean {
  const source = existsSync(place) ? readable(() => openWeights(place)) : undefined
  return source === undefined || matchTensors(instance, source.tensors.keys()).map.has(parameter.path)
}

/** Undefined if a file has an error. */
function readable<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof DiagnosticError) return undefined
    throw error
  }
}

const config = z.object({ id2label: z.unknown() })

/** The names of classes in its config.json. Undefined if it has none, or only numbers them. */
function labelsIn(folder: string): NotedLabels | undefined {
  const file = path.join(folder, 'config.json')
  const parsed = config.safeParse(readJson(file))
  const labels = parsed.success ? classNames(parsed.data.id2label) : undefined
  return labels && !areGeneric(labels) ? { labels, file } : undefined
}
