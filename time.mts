import { checkFile } from './src/check/check.ts'
import { compileStage, stageSizes } from './src/lower/stage.ts'
import { planStep } from './src/plan/plan.ts'
import { stageMemory } from './src/plan/memory.ts'
import { concreteShape } from './src/graph/type.ts'
import { createRunner } from './src/backends/index.ts'
import { ParameterStore } from './src/train/parameters.ts'
import { evaluateBatch } from './src/train/step.ts'
import { batchOf } from './test/lower/spec-run.ts'
const [spec, name, b, l, rounds] = process.argv.slice(2)
const program = checkFile(`specs/${spec}.distill`, {}).program!
const stage = program.stages.find(s => s.name === name)!
const runner = await createRunner('wasm')
const capabilities = runner.capabilities!
const plain = compileStage(program, stage, { capabilities })
const sizes = stageSizes(program, stage)
const m = stageMemory(stage, plain.step, sizes)
const variants = new Map([
  ['plain', plain],
  ['no donation', compileStage(program, stage, { capabilities, passes: { disabled: new Set(['donate-buffers']) } })],
  ['3/4', compileStage(program, stage, { capabilities, memory: m.total - 0.25 * m.values })],
  ['half', compileStage(program, stage, { capabilities, memory: m.total - 0.5 * m.values })],
  ['far', compileStage(program, stage, { capabilities, memory: 1 })],
])
const store = new ParameterStore()
let x = 1
for (const { op, attributes, type } of plain.step.nodes) {
  if (op !== 'parameter') continue
  const shape = concreteShape(type, { B: 1, L: 1 })
  store.define(String(attributes.name), shape, Float32Array.from({ length: shape.reduce((a, c) => a * c, 1) }, () => { x = (x * 1103515245 + 12345) & 0x7fffffff; return (x / 0x7fffffff - 0.5) * 0.05 }))
}
const B = Number(b), L = Number(l)
const batch = batchOf(Array.from({ length: B }, (_, i) => i === 0 ? L : L - (i * 5) % (L >> 1)), { vocabulary: 300, classes: 2 })
const best = new Map<string, number>()
const peaks = new Map<string, number>()
for (let r = 0; r < Number(rounds); r++) for (const [k, graphs] of variants) {
  const t = process.cpuUsage(), w = performance.now()
  evaluateBatch({ stage, graphs, store, runner }, [batch], { seed: 0, stage: name, step: 0 }, { progress: 0, step: 0, epoch: 0 })
  const u = process.cpuUsage(t); const ms = (u.user + u.system) / 1000
  if (r > 0) best.set(k, Math.min(best.get(k) ?? Infinity, ms))
  peaks.set(k, (runner as any).peak())
}
for (const [k, ms] of best) console.log(k, ms.toFixed(1), 'ms', (ms / best.get('plain')!).toFixed(3), (peaks.get(k)! / 2 ** 20).toFixed(1), 'MiB device peak')
