/** A batch in parts is the same batch: gradients, losses and their divisors are those of the whole. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { trainSpec } from '../../src/library/train.ts'
import { readSafetensors } from '../../src/weights/safetensors.ts'
import { writeSpec } from './ranks.ts'

const folder = mkdtempSync(join(tmpdir(), 'parts-'))
afterAll(() => rmSync(folder, { recursive: true }))
writeSpec(folder, 1)

async function trained(parts: number): Promise<{ weights: Map<string, Float32Array>; losses: number[] }> {
  const out = join(folder, String(parts))
  await trainSpec(join(folder, 'spec.distill'), { out, backend: 'reference', parts, termGradients: true }, {})
  const weights = new Map<string, Float32Array>()
  for (const model of ['T', 'S']) {
    for (const [name, { data }] of readSafetensors(join(out, 'best', `${model}.safetensors`)))
      weights.set(`${model} ${name}`, Float32Array.from(data))
  }
  const losses = readFileSync(join(out, 'metrics.jsonl'), 'utf8')
    .split('\n')
    .flatMap((line) => (line.includes('"total"') ? [Number(JSON.parse(line).total)] : []))
  return { weights, losses }
}

it('trains to the same weights but for roundings, in 1, 2 and 8 parts', async () => {
  const whole = await trained(1)
  expect(whole.losses.length).toBeGreaterThan(2)
  for (const parts of [2, 8]) {
    const divided = await trained(parts)
    for (const [k, loss] of divided.losses.entries()) expect(loss).toBeCloseTo(whole.losses[k] ?? 0, 5)
    for (const [name, values] of divided.weights) {
      const wanted = whole.weights.get(name) ?? new Float32Array(0)
      const largest = values.reduce((most, value, i) => Math.max(most, Math.abs(value - (wanted[i] ?? 0))), 0)
      expect(largest, name).toBeLessThan(2e-4)
    }
  }
}, 60_000)
