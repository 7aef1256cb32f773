/** Runs one job of the study as a process of its own, and reads what it gave from its output and its folder. */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { Result } from './results.ts'
import { commandOf, type Job, jobName } from './rows.ts'

const metrics = z.record(z.string(), z.number())
const reportSchema = z.object({
  models: z.array(z.object({ name: z.string(), parameters: z.number(), metrics: metrics.optional() })),
})
const evaluationSchema = z.object({ event: z.literal('evaluation'), model: z.string(), metrics })

export interface Started {
  readonly finished: Promise<Result>
  stop(): void
}

/**
 * Starts a job; one that was cut off before goes on from its last checkpoint.
 * @param program dist/distill.js, or a copy of it
 */
export function startJob(job: Job, program: string, threads: number): Started {
  const command = commandOf(job)
  const folder = `bench/study/runs/${jobName(job)}`
  const resumes = existsSync(join(folder, 'checkpoints', 'last.safetensors'))
  if (!resumes && !job.row.untrained) rmSync(folder, { recursive: true, force: true })
  const begun = Date.now()
  const options = [
    '--backend',
    'native',
    '--threads',
    String(threads),
    '--json',
    ...(resumes ? ['--resume'] : []),
  ]
  const child = spawn(process.execPath, [program, ...command, ...options], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  let errors = ''
  child.stdout.on('data', (data: Buffer) => {
    output += data.toString()
  })
  child.stderr.on('data', (data: Buffer) => {
    errors += data.toString()
  })
  const finished = new Promise<Result>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      if (code !== 0) {
        reject(new Error(`distill ${shellText(command)} ended with ${code}:\n${errors.slice(-2000)}`))
        return
      }
      const seconds = resumes ? undefined : (Date.now() - begun) / 1000
      resolve(resultOf(job, folder, output, errors, seconds))
    })
  })
  return { finished, stop: () => child.kill('SIGTERM') }
}

/** Are the weights that a job left still there? */
export function hasWeights(name: string): boolean {
  return existsSync(join('bench/study/runs', name, 'best'))
}

/** A command as one writes it in a shell. */
export function shellText(command: readonly string[]): string {
  return command.map((word) => (/\s/.test(word) ? `'${word}'` : word)).join(' ')
}

function resultOf(
  job: Job,
  folder: string,
  output: string,
  errors: string,
  seconds: number | undefined,
): Result {
  const { models } = reportSchema.parse(JSON.parse(output))
  const own = models.find(({ name }) => name === job.row.model)
  if (own === undefined) throw new Error(`${jobName(job)}: no model ${job.row.model} in its table`)
  const energy = [...errors.matchAll(/starts as (rank .* energy kept)/g)].flatMap(([, note]) => note ?? [])
  const validation = job.row.untrained ? undefined : lastEvaluation(folder, job.row.model)
  // Weights stay, for the jobs that begin from them; moments and kept answers of teachers do not.
  for (const part of ['checkpoints', 'frozen']) rmSync(join(folder, part), { recursive: true, force: true })
  return {
    job: jobName(job),
    ...(validation ? { validation } : {}),
    test: own.metrics ?? {},
    parameters: own.parameters,
    ...(seconds === undefined ? {} : { seconds: Math.round(10 * seconds) / 10 }),
    ...(energy.length > 0 ? { energy } : {}),
    date: new Date().toISOString().slice(0, 10),
  }
}

/** The last score on the validation split that the run logged. */
function lastEvaluation(folder: string, model: string): Readonly<Record<string, number>> | undefined {
  const lines = readFileSync(join(folder, 'metrics.jsonl'), 'utf8').trimEnd().split('\n')
  const found = lines.flatMap((line) => {
    const { success, data } = evaluationSchema.safeParse(JSON.parse(line))
    return success && data.model === model ? [data.metrics] : []
  })
  return found.at(-1)
}
