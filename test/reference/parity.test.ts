import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { RunnerName } from '../../src/backends/index.ts'
import { readSafetensors } from '../../src/weights/safetensors.ts'
import { distill } from '../distill.ts'
import { describeBackendNames, describeProvider } from '../run/backends.ts'

/** Losses, gradients and five-step trajectories of `distill step` against the published PyTorch code (test/fixtures/reference/README.md). */
const root = new URL('../..', import.meta.url).pathname
interface Case {
  readonly terms: readonly string[]
  readonly total: string
  readonly stages: Readonly<Record<string, string | null>>
}
const cases: Record<string, Case> = {
  tinybert_general: {
    terms: ['attention', 'hidden_and_embedding'],
    total: 'total',
    stages: { plain: 'adamw_lr1e-3_wd0.01_losses', clipped: 'adamw_clip1_losses' },
  },
  tinybert_prediction: {
    terms: ['soft_cross_entropy_mean_over_batch_and_classes'],
    total: 'soft_cross_entropy_mean_over_batch_and_classes',
    stages: { plain: null },
  },
  distilbert_pretrain: {
    terms: ['kl', 'mlm', 'cosine'],
    total: 'total',
    stages: { plain: 'adamw_b.9,.98_eps1e-6_lr5e-4_wd.01nobiasLN_losses' },
  },
  squad_second_step: { terms: ['kl', 'hard'], total: 'total', stages: { plain: null } },
  albert_mlm: { terms: ['mlm'], total: 'mlm', stages: { plain: null } },
  mobilebert_transfer: {
    terms: ['feature_maps', 'means', 'variances', 'attention'],
    total: 'total',
    stages: { plain: 'adamw_lr1e-3_wd0.01_losses' },
  },
}
const runs = Object.entries(cases).flatMap(([name, { stages }]) =>
  Object.keys(stages).map((stage) => [name, stage] as const),
)
const norm = (x: ArrayLike<number>): number => Math.sqrt(Array.from(x).reduce((sum, v) => sum + v * v, 0))
const unprefixed = (name: string): string => name.replace(/^(bert|distilbert|albert|mobilebert)\./, '')

describeBackendNames('on %s', agrees)
describeProvider('onnxruntime:webgpu', 'webgpu', agrees)

function agrees(backend: RunnerName): void {
  describe.each(runs)('%s, stage %s', (name, stage) => {
    const folder = join(root, 'test/fixtures/reference', name)
    const expected: Record<string, number | number[]> = JSON.parse(
      readFileSync(join(folder, 'expected.json'), 'utf8'),
    )
    const { terms, total, stages } = cases[name] ?? { terms: [], total: '', stages: {} }
    const trajectory = stages[stage]
    const out = mkdtempSync(join(tmpdir(), 'parity-'))

    it('agrees with PyTorch', async () => {
      const teacher = name === 'albert_mlm' ? [] : ['--teacher', join(folder, 'teacher.safetensors')]
      const files = [
        '--student',
        join(folder, 'student.safetensors'),
        '--batch',
        join(folder, 'batch.safetensors'),
      ]
      const spec = join(root, `test/reference/${name}.distill`)
      const flags = ['--stage', stage, '--out', out, '--steps', trajectory ? '5' : '1', '--backend', backend]
      const { status, err } = await distill(['step', spec, ...teacher, ...files, ...flags])
      expect(status, err).toBe(0)
      const losses: {
        terms: Record<string, number>
        total: number
        trajectory: number[]
        gradient_norms: { terms: Record<string, number>; total: number }
      } = JSON.parse(readFileSync(join(out, 'losses.json'), 'utf8'))
      const close = (value: number, wanted: number): void => {
        expect(Math.abs(value - wanted)).toBeLessThanOrEqual(1e-6 + 1e-5 * Math.abs(wanted))
      }
      for (const term of terms) close(losses.terms[term] ?? Number.NaN, Number(expected[term]))
      close(losses.total, Number(expected[total]))
      const wanted = trajectory ? expected[trajectory] : undefined
      if (Array.isArray(wanted)) {
        wanted.forEach((value, i) => {
          expect(Math.abs((losses.trajectory[i] ?? Number.NaN) - value) / Math.abs(value)).toBeLessThan(1e-4)
        })
      }

      const gradients = new Map(
        [...readSafetensors(join(out, 'gradients.safetensors'))].map(([k, v]) => [unprefixed(k), v]),
      )
      const { gradient_norms: norms } = losses
      const whole = Math.hypot(...[...gradients.values()].map(({ data }) => norm(data)))
      expect(norms.total / whole).toBeCloseTo(1, 4)
      expect(Object.keys(norms.terms)).toEqual(Object.keys(losses.terms))
      // The triangle of the terms' parts and their sum.
      const sum = Object.values(norms.terms).reduce((all, one) => all + one, 0)
      expect(sum).toBeGreaterThanOrEqual(whole * (1 - 1e-4))
      if (Object.keys(norms.terms).length === 1) expect(sum).toBe(norms.total)
      const published = readSafetensors(join(folder, 'gradients.safetensors'))
      const floor = 1e-6 * Math.hypot(...[...published.values()].map(({ data }) => norm(data)))
      const names = new Set([...published.keys()].map(unprefixed))
      for (const [key, { data }] of gradients)
        if (!names.has(key)) expect([key, norm(data) <= floor]).toEqual([key, true])
      for (const [key, { data }] of published) {
        const mine = gradients.get(unprefixed(key))?.data ?? []
        expect([key, mine.length]).toEqual([key, data.length])
        // A gradient that is zero in theory (a key's bias, a shift of all span logits) is rounding noise in PyTorch's file: 1e-6 of the whole
        // gradient is allowed beside 1e-4 of the tensor's own norm.
        const distance = norm(Array.from(data, (v, i) => v - (mine[i] ?? Number.NaN)))
        expect([key, distance <= 1e-4 * norm(data) + floor, distance]).toEqual([key, true, distance])
      }
    })
  })
}
