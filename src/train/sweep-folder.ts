/**
 * The folder of a sweep. It has a folder for each combination of settings (`rate=1e-4,task=a`), with the
 * folder of a run for each seed (`seed-0`). sweep.json lists them. shared/ has what they have in common.
 */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import type { Combination } from '../check/combinations.ts'
import type { SweptSetting } from '../check/program.ts'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { notARunFolder } from '../diagnostics/messages/command-line.ts'
import { writeAtomically } from '../disk/atomic-write.ts'
import { parsedJson } from '../files/json.ts'
import { fileText } from '../files/regular-file.ts'
import { RunFolder } from './run-folder.ts'

const schema = z.object({
  version: z.literal(1),
  /** The path as given on the command line, and the working folder at that time. */
  spec: z.string(),
  folder: z.string(),
  /** `--set`, for every run. */
  settings: z.record(z.string(), z.string()),
  swept: z.array(z.object({ name: z.string(), values: z.array(z.string()) })),
  /** The part of `swept` that the command line sets. A resumed sweep keeps it. */
  asked: z.array(z.object({ name: z.string(), values: z.array(z.string()) })),
  seeds: z.array(z.number()),
  /** The other options of each run. */
  randomWeights: z.boolean(),
  stages: z.array(z.string()).optional(),
  maxSteps: z.number().optional(),
  passes: z.string().optional(),
  memory: z.number().optional(),
  parts: z.number().optional(),
  created: z.string(),
})
export type SweepConfig = z.infer<typeof schema>

/** One run of a sweep. */
export interface SweptRun {
  readonly combination: Combination
  readonly seed: number
  readonly folder: RunFolder
}

export class SweepFolder {
  readonly path: string

  constructor(path: string) {
    this.path = path
  }

  private get config(): string {
    return join(this.path, 'sweep.json')
  }

  get exists(): boolean {
    return existsSync(this.config)
  }

  write(config: SweepConfig): void {
    writeAtomically(this.config, [Buffer.from(`${JSON.stringify(config, null, 2)}\n`)])
  }

  /** Throws E1107 if it is damaged. */
  read(): SweepConfig {
    const parsed = schema.safeParse(parsedJson(fileText(this.config)))
    if (parsed.success) return parsed.data
    const help =
      'delete the file and give the same command again: finished runs are found by their own folders'
    throw new DiagnosticError(notARunFolder({ path: this.config, problem: 'cannot be understood', help }))
  }

  /** What runs have in common (shared-results.ts). */
  get shared(): string {
    return join(this.path, 'shared')
  }

  run(combination: Combination, seed: number): RunFolder {
    return new RunFolder(join(this.path, combinationFolder(combination), `seed-${seed}`))
  }
}

/**
 * `rate=1e-4,task=a`. Characters that are special for file systems or shells are replaced; a hash then keeps
 * names distinct. Empty without settings.
 */
export function combinationFolder(combination: Combination): string {
  return Object.entries(combination)
    .map(([name, value]) => `${name}=${fileNamePart(value)}`)
    .join(',')
}

function fileNamePart(value: string): string {
  const safe = value.replaceAll(/[^\w.+%-]+/g, '_').slice(0, 40)
  if (safe === value && !/^\.*$/.test(safe)) return safe
  return `${safe}~${createHash('sha256').update(value).digest('hex').slice(0, 4)}`
}

/**
 * Settings that the command line fixes are not swept. Settings that it sweeps replace those of the spec, or
 * are added.
 */
export function sweptBy(
  declared: readonly SweptSetting[],
  asked: readonly SweptSetting[],
  fixed: Readonly<Record<string, string>>,
): SweptSetting[] {
  const byName = new Map([...declared, ...asked].map((one) => [one.name, one]))
  return [...byName.values()].filter(({ name }) => asked.some((one) => one.name === name) || !(name in fixed))
}

/** The sweep of this spec that was started last under `runs/`. */
export function latestSweepOf(spec: string): { folder: SweepFolder; created: string } | undefined {
  if (!existsSync('runs')) return undefined
  const wanted = resolve(spec)
  let latest: { folder: SweepFolder; created: string } | undefined
  for (const name of readdirSync('runs').sort()) {
    const folder = new SweepFolder(join('runs', name))
    if (!folder.exists) continue
    const parsed = schema.safeParse(parsedJson(fileText(join(folder.path, 'sweep.json'))))
    if (!parsed.success || resolve(parsed.data.folder, parsed.data.spec) !== wanted) continue
    const { created } = parsed.data
    if (!latest || created >= latest.created) latest = { folder, created }
  }
  return latest
}
