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
  examples: number,
  tokens: number,
  vocabulary: number,
  classes: number,
) {
  const stage = program.stages.find((one) => one.name === name)
  if (!stage?.optimizer) throw new Error(`no stage ${name}`)
  const { optimizer } = stage
  const counter = await createRunner('reference')
  const open = async (update: 'device' | 'host') => {
    const runner = await createRunner('wasm')
    const capabilities = runner.capabilities ?? new Set<string>()
    const compiled = compileStage(program, stage, { capabilities })
    const graphs = { ...compiled, step: { ...compiled.step, keepsGradients: update === 'device' } }
    return {
      ...prepare(program, stage, runner),
      graphs,
      counter,
      state: new Map() as OptimizerState,
      times: [] as number[],
    }
  }
  const ways = [await open('device'), await open('host')]
  const lengths = Array.from({ length: examples }, (_, i) => Math.max(3, tokens - ((i * 7) % 6)))
  for (let n = -3; n < rounds; n++) {
    const batch = batchOf(lengths, { vocabulary, classes, L: tokens })
    for (const way of n % 2 === 0 ? ways : [...ways].reverse()) {
      const start = performance.now()
      trainStep(
        way,
        optimizer,
        way.state,
        [batch],
        { seed: 0, stage: name, step: n + 3 },
        { progress: 0.5, step: n + 3, epoch: 0 },
      )
      if (n >= 0) way.times.push(performance.now() - start)
    }
  }
  const [device, host] = ways.map(({ times }) => times)
  if (!device || !host) return
  const ratio = median(host.map((time, i) => time / (device[i] ?? Number.NaN)))
  const weights = ways[0]?.stage.trained.reduce(
    (sum, key) => sum + (ways[0]?.store.get(key).shape.reduce((p, n) => p * n, 1) ?? 0),
    0,
  )
  console.log(
    `${name}, ${examples} x ${tokens}, ${((weights ?? 0) / 1e6).toFixed(2)} M weights: device ${Math.min(...device).toFixed(1)} ms, host ${Math.min(...host).toFixed(1)} ms, best of each ${(Math.min(...host) / Math.min(...device)).toFixed(2)}; median ratio ${ratio.toFixed(2)}`,
  )
  for (const way of ways) way.runner.dispose()
}

await compare(demo, 'student_alone', 32, 18, 8000, 26)
await compare(demo, 'distil', 32, 18, 8000, 26)
await compare(demo, 'learn', 32, 18, 8000, 26)
await compare(tinybert, 'alone', 1, 8, 30522, 2)
await compare(tinybert, 'alone', 4, 32, 30522, 2)
