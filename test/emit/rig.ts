/** Runs emitted programs as their users do, and beside them `distill train`. */
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { type BackendName, createRunner } from '../../src/backends/index.ts'
import type { Program } from '../../src/check/program.ts'
import { checkFile } from '../../src/disk/check-file.ts'
import { emitTrainer } from '../../src/emit/trainer.ts'
import { compileStage, compileTaps } from '../../src/lower/stage.ts'
import { ProgramData } from '../../src/train/program-data.ts'
import { Trainer } from '../../src/train/run.ts'
import { RunFolder } from '../../src/train/run-folder.ts'

export const root = new URL('../..', import.meta.url).pathname
const seed = 3

export function programOf(file: string): Program {
  const { program } = checkFile(file)
  if (!program) throw new Error(`${file} has errors`)
  return program
}

/** A folder with the small data sets in which `distill/runtime` is found; emits each spec into it. */
export function folderOf(specs: { readonly [name: string]: string }): string {
  const home = mkdtempSync(join(tmpdir(), 'distill-trainer-'))
  mkdirSync(join(home, 'node_modules'))
  symlinkSync(root, join(home, 'node_modules/distill'))
  for (const scope of ['@types', '@tensorflow'])
    symlinkSync(join(root, 'node_modules', scope), join(home, 'node_modules', scope))
  for (const file of ['tiny/train.tsv', 'tiny/validation.tsv', 'tasks/xquad.json'])
    copyFileSync(join(root, 'test/fixtures', file), join(home, basename(file)))
  for (const [name, path] of Object.entries(specs)) {
    copyFileSync(join(root, path), join(home, `${name}.distill`))
    const program = programOf(join(home, `${name}.distill`))
    writeFileSync(join(home, `${name}.mts`), emitTrainer(program, program.stages))
  }
  return home
}

export interface Run {
  readonly program: string
  readonly backend: BackendName
  readonly out: string
  readonly maxSteps?: number
  /** Begins a line after which Ctrl-C is pressed. */
  readonly stopAfter?: string
  readonly resume?: boolean
}

/** What emitted programs say, run one after the other by one Node. */
export function runPrograms(home: string, runs: readonly Run[]): string[][] {
  const all = runs.map((run) => ({
    program: join(home, `${run.program}.mts`),
    options: [
      ...['--seed', String(seed), '--backend', run.backend, '--out', join(home, run.out), '--random-weights'],
      ...(run.maxSteps === undefined ? [] : ['--max-steps', String(run.maxSteps)]),
      ...(run.resume ? ['--resume'] : []),
    ],
    stopAfter: run.stopAfter,
  }))
  writeFileSync(join(home, 'runs.json'), JSON.stringify(all))
  writeFileSync(join(home, 'run-all.mts'), driver)
  execFileSync(join(root, 'node_modules/.bin/tsx'), [join(home, 'run-all.mts')], {
    cwd: home,
    stdio: 'inherit',
  })
  return JSON.parse(readFileSync(join(home, 'said.json'), 'utf8'))
}

const driver = `
import { readFileSync, writeFileSync } from 'node:fs'
const runs = JSON.parse(readFileSync('runs.json', 'utf8'))
const said = []
for (const [k, { program, options, stopAfter }] of runs.entries()) {
  process.argv = [process.argv[0], program, ...options]
  const lines = []
  console.log = (line) => {
    lines.push(line)
    if (stopAfter !== undefined && line.startsWith(stopAfter)) process.emit('SIGINT')
  }
  await import(\`\${program}?\${k}\`)
  said.push(lines)
}
writeFileSync('said.json', JSON.stringify(said))
`

/** The lines of steps, without their rates. */
export function stepsIn(lines: readonly string[]): string[] {
  return lines.filter((line) => / {2}loss /.test(line)).map((line) => line.replace(/ {2}rate .*$/, ''))
}

/** What `distill train` says of each step, with all digits; stops before step `stopBefore` of a stage. */
export async function trained(
  file: string,
  { backend, maxSteps, out }: Run,
  stopBefore?: string,
): Promise<string[]> {
  const program = programOf(file)
  const folder = new RunFolder(out)
  const lines: string[] = []
  const runner = await createRunner(backend)
  let stopped = false
  try {
    const trainer = new Trainer({
      program,
      runner,
      counter: await createRunner('reference'),
      data: new ProgramData(program, folder.tokenizers),
      compileStage,
      compileTaps,
      folder,
      seed,
      ...(maxSteps === undefined ? {} : { maxSteps }),
      randomWeights: true,
      interrupted: () => stopped,
      observer: {
        step: ({ stage, step, total, loss, terms, norm }) => {
          const values = [...terms].map(([name, value]) => `${name} ${value}`).join('  ')
          lines.push(`${stage} ${step}/${total}  loss ${loss}  ${values}  |g| ${norm}`)
          stopped = stopBefore !== undefined && `${stage} ${step + 1}` === stopBefore
        },
      },
    })
    await trainer.run()
  } finally {
    runner.dispose()
  }
  return lines
}
