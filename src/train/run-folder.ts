/**
 * The folder of a run:
 * - config.json: the spec, settings and options
 * - metrics.jsonl: a line for each logging interval and each evaluation
 * - spec.json: the text of the spec and its imports
 * - tokenizers/: trained vocabularies
 * - checkpoints/: last.safetensors to resume from, best-STAGE.safetensors, and STAGE-step-N.safetensors if a
 *   stage keeps several
 * - best/: a safetensors file for each trained model, with published names
 * - report.json, final.json, answers/: the final table, and what a report shows of a finished run
 */
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  linkSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { z } from 'zod'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { notARunFolder } from '../diagnostics/messages/command-line.ts'
import { lowPrecisions } from '../graph/precision.ts'
import { writeAtomically } from '../weights/atomic-write.ts'
import { makeFolder } from '../weights/make-folder.ts'

const configSchema = z.object({
  /** The version of this layout. */
  version: z.literal(1),
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
  versions: z.record(z.string(), z.string()),
  /** `AMD EPYC 7B13, 2 threads`. Older runs do not record it. */
  processor: z.string().optional(),
  created: z.string(),
})
export type RunConfig = z.infer<typeof configSchema>

type LogLine = { readonly [key: string]: unknown }

export class RunFolder {
  readonly path: string
  private readonly listeners: ((line: LogLine) => void)[] = []

  constructor(path: string) {
    this.path = path
  }

  get last(): string {
    return this.checkpoint('last')
  }
  bestOf(stage: string): string {
    return this.checkpoint(`best-${stage}`)
  }
  checkpoint(name: string): string {
    return join(this.path, 'checkpoints', `${name}.safetensors`)
  }
  /** By name: `last`, `best-STAGE`, `STAGE-step-400`. */
  get checkpoints(): string[] {
    return weightFiles(join(this.path, 'checkpoints'))
  }
  /** Stores the last checkpoint also under its stage and step, and keeps the newest `count` of the stage. */
  keepLast(stage: string, step: number, count: number): void {
    const prefix = `${stage}-step-`
    linkOrCopy(this.last, this.checkpoint(`${prefix}${step}`))
    const steps = this.checkpoints.flatMap((name) =>
      name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length))
        ? Number(name.slice(prefix.length))
        : [],
    )
    const old = steps.sort((a, b) => b - a).slice(count)
    for (const before of old) rmSync(this.checkpoint(`${prefix}${before}`), { force: true })
  }
  /** Cached values of frozen models, while their stage runs. */
  frozenOf(stage: string): string {
    return join(this.path, 'frozen', `${stage}.records`)
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
    return weightFiles(this.best)
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
    return existsSync(this.config)
  }

  create(config: RunConfig, texts: ReadonlyMap<string, string>): void {
    makeFolder(join(this.path, 'checkpoints'))
    writeText(join(this.path, 'spec.json'), `${JSON.stringify(Object.fromEntries(texts), null, 2)}\n`)
    writeText(this.config, `${JSON.stringify(config, null, 2)}\n`)
  }

  readConfig(): RunConfig {
    const help = 'distill train makes one: distill train SPEC --out FOLDER'
    if (!existsSync(this.config)) {
      const problem = existsSync(this.path) ? 'holds no run (no config.json)' : 'is not there'
      throw new DiagnosticError(notARunFolder({ path: this.path, problem, help }))
    }
    const parsed = configSchema.safeParse(parseJson(readFileSync(this.config, 'utf8')))
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
    const file = join(this.path, 'spec.json')
    const parsed = z
      .record(z.string(), z.string())
      .safeParse(existsSync(file) ? parseJson(readFileSync(file, 'utf8')) : {})
    return new Map(parsed.success ? Object.entries(parsed.data) : [])
  }

  /** Adds a line, with the time at which it is written. */
  log(line: LogLine, now = new Date()): void {
    const timed = { ...line, time: now.toISOString() }
    makeFolder(this.path)
    appendFileSync(this.metrics, `${JSON.stringify(timed)}\n`)
    for (const listener of this.listeners) listener(timed)
  }

  /** Calls a function with each line that is logged from now on. */
  follow(listener: (line: LogLine) => void): void {
    this.listeners.push(listener)
  }

  /** Lines of metrics.jsonl as logged, without damaged ones. */
  readLog(): unknown[] {
    if (!existsSync(this.metrics)) return []
    const lines = readFileSync(this.metrics, 'utf8').split('\n')
    return lines.map(parseJson).filter((line) => line !== undefined)
  }

  /** Drops lines that `keep` rejects: those written after the checkpoint from which a run is resumed. */
  trimLog(keep: (line: unknown) => boolean): void {
    if (!existsSync(this.metrics)) return
    const lines = readFileSync(this.metrics, 'utf8').split('\n')
    const kept = lines.filter((line) => line !== '' && keep(parseJson(line)))
    writeText(this.metrics, kept.map((line) => `${line}\n`).join(''))
  }
}

/** Names of the safetensors files in a folder, without their ending. */
function weightFiles(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .flatMap((file) => /^(.+)\.safetensors$/.exec(file)?.[1] ?? [])
    .sort()
}

/**
 * Links a file under a second name, or copies it if the file system has no links. Files are replaced as a
 * whole, so both stay valid.
 */
export function linkOrCopy(from: string, to: string): void {
  rmSync(to, { force: true })
  try {
    linkSync(from, to)
  } catch {
    copyFileSync(from, to)
  }
}

/** `runs/2026-11-24-tinybert`, the first that is free. */
export function freshRunPath(spec: string, now: Date): string {
  const name = join('runs', `${now.toISOString().slice(0, 10)}-${basename(spec).replace(/\.distill$/, '')}`)
  for (let k = 1; ; k++) {
    const path = k === 1 ? name : `${name}-${k}`
    if (!existsSync(path)) return path
  }
}

/** The run of this spec that was started last under `runs/`. */
export function latestRunOf(spec: string): RunFolder | undefined {
  if (!existsSync('runs')) return undefined
  const wanted = resolve(spec)
  let latest: { folder: RunFolder; created: string } | undefined
  for (const name of readdirSync('runs').sort()) {
    const path = join('runs', name)
    if (!statSync(path).isDirectory() || !existsSync(join(path, 'config.json'))) continue
    const folder = new RunFolder(path)
    const parsed = configSchema.safeParse(parseJson(readFileSync(join(path, 'config.json'), 'utf8')))
    if (!parsed.success) continue
    const { folder: from, spec: file, created } = parsed.data
    if (resolve(from, file) !== wanted) continue
    if (!latest || created >= latest.created) latest = { folder, created }
  }
  return latest?.folder
}

function writeText(path: string, text: string): void {
  writeAtomically(path, [Buffer.from(text)])
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
