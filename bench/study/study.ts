/**
 * The study of docs/reproduction.md: every row of `rows.ts` on every data set and seed, two processes side by side. What is in results.jsonl is not run
 * again; Ctrl-C stops after saving, and the next start goes on.
 *
 *   npx tsx bench/study/study.ts [--row NAME] [--data SET] [--seeds 3] [--commands] [--report]
 */
import { parseArgs } from 'node:util'
import { hasWeights, type Started, shellText, startJob } from './job.ts'
import { writeReport } from './report.ts'
import { addResult, readResults } from './results.ts'
import { allJobs, commandOf, type Job, jobName, neededBy } from './rows.ts'

const { values } = parseArgs({
  options: {
    row: { type: 'string', multiple: true },
    data: { type: 'string', multiple: true },
    seeds: { type: 'string', default: '3' },
    workers: { type: 'string', default: '2' },
    threads: { type: 'string', default: '1' },
    /** Where the command line tool is. */
    program: { type: 'string', default: 'dist/distill.js' },
    commands: { type: 'boolean', default: false },
    report: { type: 'boolean', default: false },
  },
})

/** The jobs asked for, and those that they begin from. */
function wantedJobs(): Job[] {
  const all = allJobs(Number(values.seeds))
  const wanted = new Set(
    all
      .filter(
        ({ row, set }) =>
          (values.row ?? [row.name]).includes(row.name) &&
          (values.data === undefined || values.data.some((one) => one === set)),
      )
      .map(jobName),
  )
  if (!values.row && !values.data) return all
  for (const job of all.toReversed())
    if (wanted.has(jobName(job))) for (const name of neededBy(job)) wanted.add(name)
  return all.filter((job) => wanted.has(jobName(job)))
}

/** Jobs without a result, and those that have one but whose weights, which a job without needs, are no longer there. */
function jobsToRun(jobs: readonly Job[]): Set<Job> {
  const results = readResults()
  const wanted = new Set<string>()
  // What a job begins from stands before it.
  for (const job of jobs.toReversed()) {
    const name = jobName(job)
    if (!results.has(name) || (wanted.has(name) && !hasWeights(name)))
      for (const one of [name, ...neededBy(job)]) wanted.add(one)
  }
  return new Set(
    jobs.filter((job) => {
      const name = jobName(job)
      return !results.has(name) || (wanted.has(name) && !hasWeights(name))
    }),
  )
}

async function runAll(jobs: readonly Job[]): Promise<boolean> {
  const waiting = jobsToRun(jobs)
  const unfinished = new Set([...waiting].map(jobName))
  const running = new Set<Started>()
  let stopped = false
  let failed = false
  process.once('SIGINT', () => {
    stopped = true
    for (const one of running) one.stop()
  })
  const worker = async (): Promise<void> => {
    for (;;) {
      if (stopped) return
      const job = [...waiting].find((one) => !neededBy(one).some((name) => unfinished.has(name)))
      if (job === undefined) {
        if (running.size === 0 || waiting.size === 0) return
        await new Promise((resolve) => setTimeout(resolve, 200))
        continue
      }
      waiting.delete(job)
      const started = startJob(job, values.program, Number(values.threads))
      running.add(started)
      try {
        const result = await started.finished
        addResult(result)
        unfinished.delete(result.job)
        process.stdout.write(
          `${result.job}  ${JSON.stringify(result.test)}  ${result.seconds ?? '-'} s  (${waiting.size} left)\n`,
        )
      } catch (error) {
        if (!stopped) {
          failed = true
          process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
        }
      } finally {
        running.delete(started)
      }
    }
  }
  await Promise.all(Array.from({ length: Number(values.workers) }, worker))
  return !failed && !stopped && waiting.size === 0
}

const jobs = wantedJobs()
if (values.commands) {
  for (const job of jobs) process.stdout.write(`npx distill ${shellText(commandOf(job))}\n`)
} else {
  if (!values.report && !(await runAll(jobs))) process.exitCode = 1
  writeReport(readResults())
}
