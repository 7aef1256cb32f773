/**
 * The figures of `docs/performance.md`, measured and written there: `npm run bench:commands`, the first half of `npm run bench`. Whole commands are timed as processes; steps are timed with the real spec of
 * the demo, optimizer included. The machine's other work counts, too, so run it alone.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { backendFacts } from '../src/backends/doctor.ts'
import { type BackendName, createRunner } from '../src/backends/index.ts'
import type { Stage } from '../src/check/program.ts'
import { normalization } from '../src/data/tokenizer/normalize.ts'
import { trainWordPiece } from '../src/data/tokenizer/train-wordpiece.ts'
import { wordPieceTokenizer } from '../src/data/tokenizer/wordpiece.ts'
import { readGlosses, splitGlosses } from '../src/data/wordnet.ts'
import { compileStage } from '../src/lower/stage.ts'
import { trainStep } from '../src/train/step.ts'
import { batchOf, prepare, programOf } from '../test/lower/spec-run.ts'

const root = new URL('..', import.meta.url).pathname
const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN
const say = (line: string): void => void process.stderr.write(`${line}\n`)

function milliseconds(run: () => void): number {
  const start = performance.now()
  run()
  return performance.now() - start
}

/** Median, least and most of whole processes, after one that warms the disk. */
function command(...arguments_: string[]): string {
  const once = (): number =>
    milliseconds(() =>
      execFileSync(process.execPath, [join(root, 'dist/distill.js'), ...arguments_], {
        cwd: root,
        stdio: 'ignore',
      }),
    )
  once()
  const times = Array.from({ length: 9 }, once)
  say(`distill ${arguments_.join(' ')}: ${median(times).toFixed(0)} ms`)
  return `| \`distill ${arguments_.join(' ')}\` | ${median(times).toFixed(0)} ms | ${Math.min(...times).toFixed(0)} | ${Math.max(...times).toFixed(0)} |`
}

function tokenizer(): string[] {
  const glosses = readGlosses()
  const texts = splitGlosses(glosses).train.map((row) => row.text)
  const how = normalization(true)
  const seconds =
    milliseconds(() => trainWordPiece(texts, { size: 8000, normalization: how, source: 'bench' })) / 1000
  const encoder = wordPieceTokenizer(
    trainWordPiece(texts, { size: 8000, normalization: how, source: 'bench' }),
    how,
  )
  const speeds = Array.from({ length: 3 }, () => {
    let tokens = 0
    const time = milliseconds(() => {
      for (const { text } of glosses) tokens += encoder.encode(text).length
    })
    return tokens / time / 1000
  })
  say(`tokenizer: ${speeds.map((s) => s.toFixed(2)).join(', ')} million tokens/s`)
  return [
    `WordPiece on ${glosses.length.toLocaleString('en-US')} glosses: ${speeds[0]?.toFixed(2)} million tokens/s with an empty cache, ${median(speeds).toFixed(2)} million in the median of`,
    `three passes. Training 8,000 pieces on ${texts.length.toLocaleString('en-US')} glosses: ${seconds.toFixed(2)} s.`,
  ]
}

/** A training step of one stage of the demo: 32 glosses of 5 to 30 tokens. */
async function step(
  stageName: string,
  backend: BackendName,
  repetitions: number,
): Promise<{ best: number; middle: number }> {
  const program = programOf({ path: join(root, 'specs/demo.distill') })
  const stage = program.stages.find((s) => s.name === stageName)
  if (!stage?.optimizer) throw new Error(`no stage ${stageName}`)
  const { optimizer }: Stage = stage
  const runner = await createRunner(backend)
  const counter = await createRunner('reference')
  const prepared = { ...prepare(program, stage, runner), graphs: compileStage(program, stage), counter }
  const state = new Map()
  const times: number[] = []
  for (let n = -3; n < repetitions; n++) {
    const lengths = Array.from({ length: 32 }, (_, i) => 12 + ((i * 7 + n + 3) % 6))
    const batch = batchOf(lengths, { vocabulary: 8000, classes: 26, L: 18 })
    const moment = { progress: 0.5, step: n + 3, epoch: 0 }
    const time = milliseconds(() =>
      trainStep(prepared, optimizer, state, [batch], { seed: 0, stage: stage.name, step: n + 3 }, moment),
    )
    if (n >= 0) times.push(time)
  }
  runner.dispose()
  say(`${stageName} on ${backend}: ${median(times).toFixed(1)} ms`)
  return { best: Math.min(...times), middle: median(times) }
}

const rows: string[] = []
for (const [stage, what] of [
  ['learn', 'teacher, 3 x 192'],
  ['student_alone', 'student alone'],
  ['distil', 'student, with the teacher’s forward pass'],
] as const) {
  const wasm = await step(stage, 'wasm', 60)
  const cpu = await step(stage, 'cpu', 5)
  rows.push(
    `| ${what} | ${wasm.middle.toFixed(1)} ms (best ${wasm.best.toFixed(1)}) | ${cpu.middle.toFixed(0)} ms (best ${cpu.best.toFixed(0)}) | ${(cpu.middle / wasm.middle).toFixed(0)} |`,
  )
}
const facts = (await backendFacts()).map(
  ({ name, gflops }) =>
    `${name} ${gflops === undefined ? 'not installed' : `${gflops.toPrecision(3)} GFLOP/s`}`,
)
const commands = [
  command('check', 'specs/tinybert-4.distill'),
  command('check', 'specs/distilbert.distill'),
  command('check', 'specs/albert-base-e128-all.distill'),
  command('explain', 'specs/tinybert-4.distill'),
  command('compile', 'specs/tinybert-4.distill', '--stage', 'intermediate', '--emit', 'gradient'),
]
const page = join(root, 'docs/performance.md')
const text = readFileSync(page, 'utf8')
const [before = '', after = ''] = text.split(/<!-- measured -->[\s\S]*<!-- end -->/)
const measured = `<!-- measured -->
Measured by \`npm run bench:commands\` on ${new Date().toISOString().slice(0, 10)}: ${cpus().length} cores of ${cpus()[0]?.model.trim() ?? 'an unknown processor'}, Node ${process.version}.
Products of square matrices there: ${facts.join(', ')}.

| a whole process, cold | median of 9 | least | most |
|---|---|---|---|
${commands.join('\n')}

${tokenizer().join('\n')}

| a training step of the demo, 32 x 18 tokens, AdamW included | wasm | cpu | times |
|---|---|---|---|
${rows.join('\n')}
<!-- end -->`
writeFileSync(page, `${before}${measured}${after}`)
