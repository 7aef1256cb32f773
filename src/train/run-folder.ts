/**
 * The folder of a run:
 * - config.json: the spec, settings and options
 * - metrics.jsonl: a line for each logging interval and each evaluation
 * - spec.json: the text of the spec and its imports
 * - tokenizers/: trained vocabularies
 * - frozen/: the records of frozen teachers, by stage
 * - checkpoints/: last.safetensors to resume from, previous.safetensors, the one before it,
 *   best-STAGE.safetensors, and STAGE-step-N.safetensors if a stage keeps several
 * - best/: a safetensors file for each trained model, with published names
 * - report.json, final.json, answers/: the final table, and what a report shows of a finished run
 */
import { basename, join, resolve } from 'node:path'
import { z } from 'zod'
import { wires } from '../cluster/wire.ts'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { notARunFolder } from '../diagnostics/messages/command-line.ts'
import { linkAtomically, writeAll, writeAtomically } from '../disk/atomic-write.ts'
import type { Disk, OpenFile } from '../disk/disk.ts'
import { makeFolder } from '../disk/make-folder.ts'
import { nodeDisk } from '../disk/node-disk.ts'
import { isThere, namesIn, readFile, reading, readText, writing } from '../disk/whole-files.ts'
import { parsedJson } from '../files/json.ts'
import { lowPrecisions } from '../graph/precision.ts'

const configSchema = z.object({
  /**
   * The version of this layout. In 2 every checkpoint and file of best/ has hashes, and the checkpoint has
   * the length of the log.
   */
  version: z.union([z.literal(1), z.literal(2)]),
  /** The path as given on the command line, and the working folder at that time. */
  spec: z.string(),
  folder: z.string(),
  settings: z.record(z.string(), z.string()),
  seed: z.number(),
  backend: z.string(),
  randomWeights: z.boolean(),
  /** The stages given by --stage. */
  stages: z.array(z.string()).optional(),
  maxSteps: z.number().optional(),
  /** The disabled passes. Older runs, which do not record them, disabled none. */
  passes: z.string().default(''),
  /** Bytes given by --memory: activations beyond them were recomputed. */
  memory: z.number().optional(),
  /** Parts of each batch that are computed apart from each other; absent: 1. */
  parts: z.number().optional(),
  /** The type of gradients between ranks; absent: float32. */
  wire: z.enum(wires).optional(),
  /**
   * Whether the gradient norms of loss terms are measured at each logged step, or (false) never; absent:
   * rarely. This changes no weight.
   */
  termGradients: z.boolean().optional(),
  /** The value of `precision = auto`, if a model has it. */
  automatic: z
    .object({ read: z.enum(['float32', ...lowPrecisions]), trained: z.enum(['float32', 'bf16']) })
    .optional(),
  /** Hash of each file's text without comments and layout. */
  texts: z.record(z.string(), z.string()),
  /** The data that was read, by data block. */
  data: z.record(z.string(), z.record(z.string(), z.string())),
  /** Labels that were taken from training data, by the data block that declares them. */
  labels: z.record(z.string(), z.array(z.string())).optional(),
  /** Hashes of the files that were read. Older runs do not record them. */
  files: z.record(z.string(), z.string()).optional(),
  /** Of Distill, Node.js, and the libraries of the backend. */
  versions: z.record(z.string(), z.string()),
  /** The instructions of the processor, where the backend takes other kernels with other ones. */
  instructions: z.string().optional(),
  /** Those of the backend, which change no bits. */
  threads: z.number().optional(),
  /** `AMD EPYC 7B13, 2 threads`. Older runs do not record it. */
  processor: z.string().optional(),
  created: z.string(),
  /** Where the run was continued with something that changes bits (`--allow-inexact`). */
  inexact: z.array(z.object({ time: z.string(), changes: z.array(z.string()) })).optional(),
  /** Whether only records were computed so far: the parts are chosen when the run is first trained. */
  onlyRecords: z.boolean().optional(),
  /** Whether a checkpoint was written: if none is there, it was deleted. */
  saved: z.boolean().optional(),
})
export type RunConfig = z.infer<typeof configSchema>

type LogLine = { readonly [key: string]: unknown }

export class RunFolder {
  readonly path: string
  readonly disk: Disk
  private readonly listeners: ((line: LogLine) => void)[] = []
  private noted = false

  constructor(path: string, disk: Disk = nodeDisk) {
    this.path = path
    this.disk = disk
  }

  get last(): string {
    return this.checkpoint('last')
  }
  /** The checkpoint before the last one. */
  get previous(): string {
    return this.checkpoint('previous')
  }
  bestOf(stage: string): string {
    return this.checkpoint(`best-${stage}`)
  }
  checkpoint(name: string): string {
    return join(this.path, 'checkpoints', `${name}.safetensors`)
  }
  /** By name: `last`, `best-STAGE`, `STAGE-step-400`. */
  get checkpoints(): string[] {
    return this.weightFiles(join(this.path, 'checkpoints'))
  }
  /** Stores the last checkpoint also under its stage and step, and keeps the newest `count` of the stage. */
  keepLast(stage: string, step: number, count: number): void {
    linkAtomically(this.last, this.checkpointOf(stage, step), this.disk)
    for (const before of this.keptSteps(stage).slice(0, -count)) {
      const file = this.checkpointOf(stage, before)
      writing(file, () => this.disk.remove(file))
    }
  }
  checkpointOf(stage: string, step: number): string {
    return this.checkpoint(`${stage}-step-${step}`)
  }
  /** The steps of the checkpoints that a stage keeps, in order. */
  keptSteps(stage: string): number[] {
    const prefix = `${stage}-step-`
    const steps = this.checkpoints.flatMap((name) =>
      name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length))
        ? Number(name.slice(prefix.length))
        : [],
    )
    return steps.sort((a, b) => a - b)
  }
  get frozen(): string {
    return join(this.path, 'frozen')
  }
  /** Cached values of frozen models, until their stage ends. */
  frozenOf(stage: string): string {
    return join(this.frozen, `${stage}.records`)
  }
  /** Words proposed for augmentation, while they are computed. */
  proposalsOf(key: string): string {
    return join(this.path, 'augmentation', `${key}.records`)
  }
  /** Trained vocabularies, by data block. */
  get tokenizers(): string {
    return join(this.path, 'tokenizers')
  }
  get best(): string {
    return join(this.path, 'best')
  }
  /** Names of the models in best/. */
  get models(): string[] {
    return this.weightFiles(this.best)
  }
  model(name: string): string {
    return join(this.best, `${name}.safetensors`)
  }
  private get config(): string {
    return join(this.path, 'config.json')
  }
  private get metrics(): string {
    return join(this.path, 'metrics.jsonl')
  }

  get exists(): boolean {
    return isThere(this.config, this.disk)
  }

  /** Writes the texts and the configuration. With the latter the run has begun. */
  create(config: RunConfig, texts: ReadonlyMap<string, string>): void {
    this.writeJson('spec.json', Object.fromEntries(texts))
    this.writeJson('config.json', config)
  }

  /** Whether a version of Distill made the run whose files have no hashes. */
  get isEarlier(): boolean {
    return this.exists && this.readConfig().version === 1
  }

  /** Whether a checkpoint was written. */
  get hasSaved(): boolean {
    return this.exists && this.readConfig().saved === true
  }

  /** Notes in the configuration that a checkpoint was written. */
  noteSaved(): void {
    if (this.noted || !this.exists) return
    const config = this.readConfig()
    if (!config.saved) this.writeJson('config.json', { ...config, saved: true })
    this.noted = true
  }

  /** Replaces the configuration of a run that has begun. */
  writeConfig(config: RunConfig): void {
    this.writeJson('config.json', config)
  }

  readConfig(): RunConfig {
    const help = 'distill train makes one: distill train SPEC --out FOLDER'
    const text = readText(this.config, this.disk)
    if (text === undefined) {
      const problem = isThere(this.path, this.disk) ? 'holds no run (no config.json)' : 'is not there'
      throw new DiagnosticError(notARunFolder({ path: this.path, problem, help }))
    }
    const parsed = configSchema.safeParse(parsedJson(text))
    if (!parsed.success) {
      const where = parsed.error.issues[0]?.path.join('.')
      throw new DiagnosticError(
        notARunFolder({
          path: this.config,
          problem: `cannot be understood${where ? ` (at ${where})` : ''}`,
          help,
        }),
      )
    }
    return parsed.data
  }

  /** The text of the spec and its imports when the run was started; empty if the file is missing. */
  readTexts(): Map<string, string> {
    const text = readText(join(this.path, 'spec.json'), this.disk)
    const parsed = z.record(z.string(), z.string()).safeParse(parsedJson(text ?? '{}'))
    return new Map(parsed.success ? Object.entries(parsed.data) : [])
  }

  /** Adds a line, with the time at which it is written. */
  log(line: LogLine, now = new Date()): void {
    const timed = { ...line, time: now.toISOString() }
    makeFolder(this.path, this.disk)
    const bytes = Buffer.from(`${JSON.stringify(timed)}\n`)
    this.withLog((opened) => writeAll(opened, bytes, opened.size()))
    for (const listener of this.listeners) listener(timed)
  }

  /** Calls a function with each line that is logged from now on. */
  follow(listener: (line: LogLine) => void): void {
    this.listeners.push(listener)
  }

  /** Lines of metrics.jsonl as logged, without damaged ones. */
  readLog(): unknown[] {
    const lines = readText(this.metrics, this.disk)?.split('\n') ?? []
    return lines.map(parsedJson).filter((line) => line !== undefined)
  }

  /** The length of metrics.jsonl in bytes. */
  get logLength(): number {
    return reading(this.metrics, () => this.disk.stat(this.metrics)?.size ?? 0)
  }

  /** Makes all lines durable. */
  syncLog(): void {
    if (this.logLength === 0) return
    this.withLog((opened) => opened.sync())
    writing(this.path, () => this.disk.syncFolder(this.path))
  }

  /**
   * Drops the lines behind the first `length` bytes: those written after the checkpoint from which a run is
   * resumed. Returns the number of bytes that are missing.
   */
  cutLog(length: number): number {
    const bytes = readFile(this.metrics, this.disk) ?? Buffer.alloc(0)
    // A new file, so that programs that follow the log see that it is another one.
    if (bytes.length > length) writeAtomically(this.metrics, [bytes.subarray(0, length)], this.disk)
    return Math.max(0, length - bytes.length)
  }

  private withLog(use: (opened: OpenFile) => void): void {
    writing(this.metrics, () => {
      const opened = this.disk.open(this.metrics, 'change')
      try {
        use(opened)
      } finally {
        opened.close()
      }
    })
  }

  /** Names of the safetensors files in a folder, without their ending. */
  private weightFiles(folder: string): string[] {
    return namesIn(folder, this.disk)
      .flatMap((file) => /^(.+)\.safetensors$/.exec(file)?.[1] ?? [])
      .sort()
  }

  private writeJson(name: string, value: unknown): void {
    const text = `${JSON.stringify(value, null, 2)}\n`
    writeAtomically(join(this.path, name), [Buffer.from(text)], this.disk)
  }
}

/** `runs/2026-11-24-tinybert`, the first that is free. */
export function freshRunPath(spec: string, now: Date): string {
  const name = join('runs', `${now.toISOString().slice(0, 10)}-${basename(spec).replace(/\.distill$/, '')}`)
  for (let k = 1; ; k++) {
    const path = k === 1 ? name : `${name}-${k}`
    if (!isThere(path, nodeDisk)) return path
  }
}

/** The run of this spec that was started last under `runs/`. */
export function latestRunOf(spec: string): RunFolder | undefined {
  const wanted = resolve(spec)
  let latest: { folder: RunFolder; created: string } | undefined
  for (const name of namesIn('runs', nodeDisk)) {
    const folder = new RunFolder(join('runs', name))
    if (!folder.exists) continue
    const text = readText(join(folder.path, 'config.json'), nodeDisk) ?? ''
    const parsed = configSchema.safeParse(parsedJson(text))
    if (!parsed.success) continue
    const { folder: from, spec: file, created } = parsed.data
    if (resolve(from, file) !== wanted) continue
    if (!latest || created >= latest.created) latest = { folder, created }
  }
  return latest?.folder
}
