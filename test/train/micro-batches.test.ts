/** A batch that is computed in parts by itself: the same training, with fewer values at one time. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { wasmRunner } from '../../src/backends/wasm/index.ts'
import { cachedParts } from '../../src/optimize/pass.ts'
import type { Executor } from '../../src/run/executor.ts'
import type { StepDone } from '../../src/train/observer.ts'
import { programOf } from '../lower/spec-run.ts'
import { trainerOf } from './trainer-of.ts'

const words = 'red blue green old new cold warm sea sky stone river wind'.split(' ')
const sentence = (i: number): string =>
  Array.from({ length: 20 + ((i * 7) % 41) }, (_, k) => words[(i * 5 + k * (i + 3)) % words.length]).join(' ')
const rows = Array.from({ length: 130 }, (_, i) => `${sentence(i)}\t${i % 2 ? 'warm' : 'cold'}`)

const home = mkdtempSync(join(tmpdir(), 'micro-batches-'))
const spec = join(home, 'spec.distill')
let runner: Executor
beforeAll(async () => {
  writeFileSync(join(home, 'train.tsv'), ['sentence\tlabel', ...rows, ''].join('\n'))
  writeFileSync(
    spec,
    `
import { bert_base } from "std/bert.distill"
import { classifier } from "std/heads.distill"
import { soften } from "std/losses.distill"
data colours {
  train = "train.tsv", text = column("sentence"), label = class(column("label"), ["cold", "warm"])
  tokenizer = wordpiece(size = 60), max_length = 64
}
model deep = bert_base with { vocabulary = colours.vocabulary, positions = 64, layers = 3, hidden_size = 16, heads = 2 }
model flat = deep with { layers = 1, hidden_size = 8 }
teacher T : deep { heads { task = classifier(colours.label) } }
student S : flat { heads { task = classifier(colours.label) } }
stage distil {
  minimize soften(S.task.logits, T.task.logits, temperature = 2) + mse(S.probabilities[1], T.probabilities[3])
  data = colours, batch = 64, budget = 3 epochs
  optimizer = adamw(rate = constant(1e-2), clip = 1)
}`,
  )
  runner = await wasmRunner()
})
afterAll(() => {
  runner.dispose()
  rmSync(home, { recursive: true })
})

let folders = 0
/** Steps, and the most bytes that the device held in the last one. `inParts`: whether the backend says that it is as fast on parts. */
async function train(inParts: boolean, cache: number) {
  const capabilities = new Set([...runner.capabilities, ...(inParts ? [cachedParts] : [])])
  const steps: StepDone[] = []
  const trainer = trainerOf(programOf({ path: spec }), join(home, `run-${folders++}`), {
    runner: Object.create(runner, { capabilities: { value: capabilities } }),
    randomWeights: true,
    cache,
    maxSteps: 4,
    observer: { step: (event) => steps.push(event) },
  })
  await trainer.run()
  return { steps, peak: runner.peak() }
}

describe.each([
  ['kept', 2 ** 30],
  ['computed in every step', 0],
] as const)('what the teacher says is %s', (_, cache) => {
  it('and parts give the same losses and gradients, in less memory', async () => {
    const [whole, parts] = [await train(false, cache), await train(true, cache)]
    expect(whole.steps).toHaveLength(4)
    expect(parts.steps).toHaveLength(4)
    for (const [i, { loss, norm, liveTokens }] of whole.steps.entries()) {
      const other = parts.steps[i]
      expect(other?.liveTokens).toBe(liveTokens)
      // A divergence of nearly equal distributions is a small sum of float32 numbers of both signs.
      expect(Math.abs((other?.loss ?? 0) - loss), `loss of step ${i}`).toBeLessThan(1e-7 + 1e-5 * loss)
      expect(Math.abs((other?.norm ?? 0) - norm), `norm of step ${i}`).toBeLessThan(1e-4 * norm)
    }
    expect(parts.peak).toBeLessThan(0.6 * whole.peak)
  })
})
