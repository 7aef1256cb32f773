/**
 * What `fuse-optimizer` gains: whole training steps on wasm, updated on the device and on the host, in turns. `npx tsx bench/optimizer-step.ts [rounds]`. The
 * machine's other work counts, too: the least of each is compared, and the ratios of turns next to one another.
 */
import { join } from 'node:path'
import { createRunner } from '../src/backends/index.ts'
import type { Program } from '../src/check/program.ts'
import { compileStage } from '../src/lower/stage.ts'
import { trainStep } from '../src/train/step.ts'
import type { OptimizerState } from '../src/train/update.ts'
import { batchOf, prepare, programOf } from '../test/lower/spec-run.ts'

const root = new URL('..', import.meta.url).pathname
const rounds = Number(process.argv[2] ?? 30)

/** A student of the size of TinyBERT-4, 14.5 million weights, alone, so that its update stands out. */
const tinybert = programOf({
  text: `
import { tinybert_4 } from "std/bert.distill"
import { classifier } from "std/heads.distill"
data texts { train = "train.tsv", text = column("text"), label = class(column("label"), ["a", "b"])
  tokenizer = wordpiece(size = 30522), max_length = 128 }
model sized = tinybert_4 with { vocabulary = texts.vocabulary }
student S : sized { heads { task = classifier(texts.label) } }
stage alone {
  minimize cross_entropy(S.task.logits, batch.label)
  data = texts, budget = 10 steps, batch = 32
  optimizer = adamw(rate = 1e-4, weight_decay = 0.01, clip = 1)
}`,
})
const demo = programOf({ path: join(root, 'specs/demo.distill') })

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN

async function compare(
  program: Program,
  name: string,
  [examples, tokens]: readonly [number, number],
  [vocabulary, classes]: readonly [number, number],
): Promise<void> {
  const stage = program.stages.find((one) => one.name === name)
  if (!stage?.optimizer) throw new Error(`no stage ${name}`)
  const { optimizer } = stage
  const counter = await createRunner('reference')
  const open = async (keepsGradients: boolean) => {
    const runner = await createRunner('wasm')
    const capabilities = runner.capabilities ?? new Set<string>()
    const compiled = compileStage(program, stage, { capabilities })
    const graphs = { ...compiled, step: { ...compiled.step, keepsGradients } }
    const state: OptimizerState = new Map()
    const [times, processor]: [number[], number[]] = [[], []]
    return { ...prepare(program, stage, runner), graphs, counter, state, times, processor }
  }
  const device = await open(true)
  const host = await open(false)
  const lengths = Array.from({ length: examples }, (_, i) => Math.max(3, tokens - ((i * 7) % 6)))
  for (let n = -3; n < rounds; n++) {
    const batch = batchOf(lengths, { vocabulary, classes, L: tokens })
    for (const way of n % 2 === 0 ? [device, host] : [host, device]) {
      const random = { seed: 0, stage: name, step: n + 3 }
      const [start, used] = [performance.now(), process.cpuUsage()]
      trainStep(way, optimizer, way.state, [batch], random, { progress: 0.5, step: n + 3, epoch: 0 })
      const { user, system } = process.cpuUsage(used)
      if (n < 0) continue
      way.times.push(performance.now() - start)
      way.processor.push((user + system) / 1000)
    }
  }
  const sizes = stage.trained.map((key) => device.store.get(key).shape.reduce((p, n) => p * n, 1))
  const weights = sizes.reduce((sum, n) => sum + n, 0) / 1e6
  const compared = (what: 'times' | 'processor'): string => {
    const [own, other] = [Math.min(...device[what]), Math.min(...host[what])]
    const ratio = median(host[what].map((time, i) => time / (device[what][i] ?? Number.NaN)))
    return `device ${own.toFixed(1)} ms, host ${other.toFixed(1)} ms, ${(other / own).toFixed(2)} times, in the median of turns ${ratio.toFixed(2)}`
  }
  console.log(`${name}, ${examples} x ${tokens}, ${weights.toFixed(2)} M weights: ${compared('times')}`)
  console.log(`  processor: ${compared('processor')}`)
  for (const { runner } of [device, host]) runner.dispose()
}

for (const name of ['student_alone', 'distil', 'learn']) await compare(demo, name, [32, 18], [8000, 26])
for (const size of [
  [1, 8],
  [4, 32],
] as const)
  await compare(tinybert, 'alone', size, [30522, 2])
