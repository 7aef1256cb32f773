import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { hostUpdates } from '../../src/backends/wasm/host-update.ts'
import type { OptimizerSettings, OptimizerSpec } from '../../src/check/program.ts'
import { applyPlainly, applyRule } from '../../src/train/optimizers/apply-rule.ts'
import { optimizers } from '../../src/train/optimizers/index.ts'
import { ParameterStore } from '../../src/train/parameters.ts'
import { applyUpdate, type OptimizerState } from '../../src/train/update.ts'

type Vector = readonly number[]
interface Reference {
  p: number[]
  m: number[]
  v: number[]
}

const norm = (x: Vector): number => Math.sqrt(x.reduce((sum, value) => sum + value * value, 0))

/** Written apart from the implementation, vector by vector, with bias corrections applied to the moments as in the papers. */
function reference(
  kind: OptimizerSpec['kind'],
  s: Reference,
  gradient: Vector,
  t: number,
  rate: number,
  o: OptimizerSettings,
): Reference {
  const [b1, b2] = o.betas
  let g = [...gradient]
  if (kind === 'bert_adam') g = g.map((x) => x * Math.min(1, 1 / (norm(gradient) + 1e-6)))
  if (kind === 'adam' || kind === 'sgd') g = g.map((x, i) => x + o.weightDecay * (s.p[i] ?? 0))
  if (kind === 'sgd') {
    const m = g.map((x, i) => o.momentum * (s.m[i] ?? 0) + x)
    return { p: s.p.map((x, i) => x - rate * (m[i] ?? 0)), m, v: s.v }
  }
  const m = g.map((x, i) => b1 * (s.m[i] ?? 0) + (1 - b1) * x)
  const v = g.map((x, i) => b2 * (s.v[i] ?? 0) + (1 - b2) * x ** 2)
  if (kind === 'bert_adam') {
    const u = m.map((x, i) => x / (Math.sqrt(v[i] ?? 0) + o.epsilon) + o.weightDecay * (s.p[i] ?? 0))
    return { p: s.p.map((x, i) => x - rate * (u[i] ?? 0)), m, v }
  }
  const u = m.map((x, i) => x / (1 - b1 ** t) / (Math.sqrt((v[i] ?? 0) / (1 - b2 ** t)) + o.epsilon))
  if (kind === 'lamb') {
    const r = u.map((x, i) => x + o.weightDecay * (s.p[i] ?? 0))
    const trust = norm(s.p) / norm(r)
    return { p: s.p.map((x, i) => x - rate * trust * (r[i] ?? 0)), m, v }
  }
  const decay = kind === 'adamw' ? o.weightDecay : 0
  return { p: s.p.map((x, i) => x - rate * decay * x - rate * (u[i] ?? 0)), m, v }
}

const settings: OptimizerSettings = {
  rate: { kind: 'constant', rate: 1e-2 },
  betas: [0.9, 0.98],
  epsilon: 1e-6,
  weightDecay: 0.01,
  momentum: 0.9,
}
const span = { file: 'test', start: 0, end: 0 }
const gradientAt = (t: number): number[] => [0.3 * t, -1.5 + 0.2 * t, 0.02, 2 - 0.7 * t, -0.01 * t]

describe.each(Object.keys(optimizers) as OptimizerSpec['kind'][])('%s', (kind) => {
  it('follows its formula in float64 over eight steps', () => {
    const start = [0.5, -1.25, 0.03, 2, -0.7]
    let expected: Reference = { p: start.map(Math.fround), m: start.map(() => 0), v: start.map(() => 0) }
    const parameter = Float32Array.from(start)
    const slots = optimizers[kind].slots.map(() => new Float32Array(start.length))
    for (let t = 1; t <= 8; t++) {
      const rate = 1e-2 / t
      const gradient = gradientAt(t)
      expected = reference(kind, expected, gradient, t, rate, settings)
      const clip = kind === 'bert_adam' ? { clip: 1 } : {}
      const rule = optimizers[kind].rule({ rate, update: t, settings, scale: 1, ...clip })
      applyRule(rule, parameter, Float32Array.from(gradient), slots)
    }
    expected.p.forEach((value, i) => {
      expect(Math.abs((parameter[i] ?? Number.NaN) - value)).toBeLessThan(1e-6 * Math.abs(value) + 1e-7)
    })
  })
})

describe('adamw in vectors', () => {
  /** Numbers of all sizes that gradients have, zeros among them, drawn from a counter. */
  const drawn = (n: number, salt: number): Float32Array =>
    Float32Array.from({ length: n }, (_, i) => {
      const turn = Math.imul(i + salt, 0x9e3779b1) >>> 0
      return turn % 7 === 0 ? 0 : (turn / 2 ** 32 - 0.5) * 10 ** -(turn % 12)
    })

  // shorter than a vector, no multiple of one, whole blocks, and over several blocks
  it.each([1, 3, 4, 50, 4096, 9001])('equals the formula in float64 over twelve steps of %i numbers', (n) => {
    expect(hostUpdates()).toBeDefined()
    const expected = drawn(n, 1)
    const parameter = expected.slice()
    const slots = [new Float32Array(n), new Float32Array(n)]
    const plainSlots = slots.map((slot) => slot.slice())
    for (let update = 1; update <= 12; update++) {
      const gradient = drawn(n, 17 * update)
      const before = gradient.slice()
      const context = {
        rate: 1e-3 * update,
        update,
        settings: { ...settings, betas: [0.9, 0.999] },
        scale: 0.4,
      } as const
      const rule = optimizers.adamw.rule(context)
      applyRule(rule, parameter, gradient, slots)
      applyPlainly(rule, expected, gradient, plainSlots)
      expect(gradient).toEqual(before)
    }
    // roundings to float32, 6e-8 each, of what was added up: gradients as large as the root of the second moment, steps as long as the rate
    const [first, second] = plainSlots
    parameter.forEach((x, i) => {
      const [m, v] = [first?.[i] ?? Number.NaN, second?.[i] ?? Number.NaN]
      expect(Math.abs(x - (expected[i] ?? 0))).toBeLessThanOrEqual(4e-7 * Math.abs(x) + 1e-8)
      expect(Math.abs((slots[0]?.[i] ?? 0) - m)).toBeLessThanOrEqual(1e-6 * (Math.abs(m) + Math.sqrt(v)))
      expect(Math.abs((slots[1]?.[i] ?? 0) - v)).toBeLessThanOrEqual(1e-6 * v + 1e-30)
    })
  })

  it.each(['sgd', 'lamb'] as const)('%s equals its formula in float64 over twelve steps', (kind) => {
    const expected = drawn(9001, 1)
    const parameter = expected.slice()
    const slots = optimizers[kind].slots.map(() => new Float32Array(9001))
    const plainSlots = slots.map((slot) => slot.slice())
    for (let update = 1; update <= 12; update++) {
      const gradient = drawn(9001, 17 * update)
      const before = gradient.slice()
      const rule = optimizers[kind].rule({
        rate: 1e-2,
        update,
        settings: { ...settings, momentum: 0.9 },
        scale: 0.4,
      })
      applyRule(rule, parameter, gradient, slots)
      applyPlainly(rule, expected, gradient, plainSlots)
      expect(gradient).toEqual(before)
    }
    const largest = Math.max(...Array.from(parameter, (x, i) => Math.abs(x - (expected[i] ?? 0))))
    expect(largest).toBeLessThan(1e-6)
    expect(largest).toBeGreaterThan(0)
  })

  it('gives the same bits wherever a number stands', () => {
    const [gradient, other] = [drawn(5000, 3), drawn(5000, 4)]
    const rule = optimizers.adamw.rule({ rate: 1e-2, update: 1, settings, scale: 1 })
    const slots = (n: number) => [new Float32Array(n), new Float32Array(n)]
    const whole = other.slice()
    applyRule(rule, whole, gradient, slots(5000))
    const part = other.slice(777)
    applyRule(rule, part, gradient.slice(777), slots(5000 - 777))
    expect(part).toEqual(whole.slice(777))
  })

  it('takes moments that have faded for zero, and keeps to float64 where epsilon is too small for that', () => {
    const slots = [Float32Array.of(1e-36, 1e-10), Float32Array.of(1e-37, 1e-10)]
    const step = { rate: 1e-3, update: 900, settings, scale: 1 }
    applyRule(optimizers.adamw.rule(step), Float32Array.of(1, 1), Float32Array.of(0, 0), slots)
    expect(slots.map((slot) => slot[0])).toEqual([0, 0])
    expect(slots[0]?.[1]).toBeCloseTo(0.9e-10, 16)
    const exact = [Float32Array.of(1e-36), Float32Array.of(1e-37)]
    const tiny = { ...step, settings: { ...settings, epsilon: 0 } }
    applyRule(optimizers.adamw.rule(tiny), Float32Array.of(1), Float32Array.of(0), exact)
    expect(exact[0]?.[0]).toBe(Math.fround(0.9 * Math.fround(1e-36)))
  })
})

describe('published first steps', () => {
  const one = (
    kind: OptimizerSpec['kind'],
    gradient: number,
    change: Partial<OptimizerSettings> = {},
  ): number => {
    const parameter = Float32Array.of(1)
    const own = { ...settings, epsilon: 1e-8, weightDecay: 0, ...change }
    const slots = optimizers[kind].slots.map(() => new Float32Array(1))
    const rule = optimizers[kind].rule({ rate: 0.1, update: 1, settings: own, scale: 1 })
    applyRule(rule, parameter, Float32Array.of(gradient), slots)
    return parameter[0] ?? Number.NaN
  }
  it('adamw moves by the rate, whatever the gradient, and decays beside it', () => {
    expect(one('adamw', 1e-3)).toBeCloseTo(0.9, 5)
    expect(one('adamw', 50)).toBeCloseTo(0.9, 5)
    expect(one('adamw', 50, { weightDecay: 0.5 })).toBeCloseTo(1 - 0.05 - 0.1, 5)
  })
  it('adam takes decay into the gradient, so that it vanishes in the first step', () => {
    expect(one('adam', 50, { weightDecay: 0.5 })).toBeCloseTo(0.9, 5)
  })
  it('bert_adam does not correct its bias: (1 - b1) / sqrt(1 - b2) of the rate', () => {
    const ratio = 0.1 / Math.sqrt(0.02)
    expect(one('bert_adam', 50)).toBeCloseTo(1 - 0.1 * ratio, 5)
    expect(one('bert_adam', 50, { weightDecay: 0.5 })).toBeCloseTo(1 - 0.1 * (ratio + 0.5), 5)
  })
  it('bert_adam limits the norm of each gradient by itself, where it has a limit', () => {
    const moment = (limit: { readonly clip?: number }): number => {
      const slots = [new Float32Array(2), new Float32Array(2)]
      const rule = optimizers.bert_adam.rule({ rate: 0.1, update: 1, settings, scale: 1, ...limit })
      applyRule(rule, Float32Array.of(1, 1), Float32Array.of(30, 40), slots)
      return slots[0]?.[1] ?? Number.NaN
    }
    expect(moment({ clip: 1 })).toBeCloseTo(0.1 * 0.8, 6)
    expect(moment({})).toBeCloseTo(0.1 * 40, 5)
  })
  it('lamb moves by the rate times the norm of the parameter', () => {
    expect(one('lamb', 3)).toBeCloseTo(0.9, 5)
  })
  it('lamb without its ratio and corrections is BertAdam that clips nothing', () => {
    const ratio = 0.1 / Math.sqrt(0.02)
    const published = { trust: false, biasCorrection: false }
    expect(one('lamb', 50, published)).toBeCloseTo(1 - 0.1 * ratio, 5)
    expect(one('lamb', 50, { ...published, weightDecay: 0.5 })).toBeCloseTo(1 - 0.1 * (ratio + 0.5), 5)
    expect(one('lamb', 50, { trust: false, weightDecay: 0.5 })).toBeCloseTo(1 - 0.1 * 1.5, 5)
    expect(one('lamb', 50, { biasCorrection: false, weightDecay: 0.5 })).toBeCloseTo(0.9, 5)
  })
  it('sgd moves by the gradient', () => {
    expect(one('sgd', 3)).toBeCloseTo(0.7, 6)
  })
})

describe('LAMB as PyTorch computes it (test/fixtures/optimizers/lamb.py)', () => {
  type Values = Readonly<Record<string, readonly number[]>>
  interface Computed {
    readonly start: Values
    readonly gradients: readonly Values[]
    readonly paper: Values
    readonly published: Values
  }
  const file = new URL('../fixtures/optimizers/lamb.json', import.meta.url)
  const computed: Computed = JSON.parse(readFileSync(file, 'utf8'))
  const own: OptimizerSettings = {
    rate: { kind: 'constant', rate: 0.02 },
    betas: [0.9, 0.999],
    epsilon: 1e-6,
    weightDecay: 0.01,
    momentum: 0,
  }
  const plain = { parameters: new Set(['S.bias', 'S.scale']), describe: '', span }
  /** Settings of all parameters, and of those without decay beside them. */
  const specOf = (whole: Partial<OptimizerSettings>, bare: Partial<OptimizerSettings>): OptimizerSpec => ({
    kind: 'lamb',
    settings: { ...own, ...whole },
    clip: 1,
    groups: [{ ...plain, settings: { ...own, ...whole, weightDecay: 0, ...bare } }],
    span,
  })
  const trained = (spec: OptimizerSpec): ParameterStore => {
    const store = new ParameterStore()
    for (const [name, values] of Object.entries(computed.start))
      store.define(`S.${name}`, [values.length], Float32Array.from(values))
    const state: OptimizerState = new Map()
    computed.gradients.forEach((step, i) => {
      const gradients = Object.entries(step).map(([name, g]) => [`S.${name}`, Float32Array.from(g)] as const)
      applyUpdate(spec, store, state, new Map(gradients), { step: i, progress: i / 8, epoch: 0 })
    })
    return store
  }
  it.each([
    ['the paper has it', 'paper', specOf({}, {})],
    ["ALBERT's code has it", 'published', specOf({ biasCorrection: false }, { trust: false })],
  ] as const)('as %s', (_, form, spec) => {
    const store = trained(spec)
    for (const [name, values] of Object.entries(computed[form]))
      values.forEach((value, i) => {
        const at = store.get(`S.${name}`).data[i] ?? Number.NaN
        expect(Math.abs(at - value)).toBeLessThan(2e-6 * Math.abs(value) + 2e-7)
      })
  })
  it('with a ratio of norms a bias that begins at 0 stays near it', () => {
    const largest = (spec: OptimizerSpec): number =>
      Math.max(...trained(spec).get('S.bias').data.map(Math.abs))
    expect(largest(specOf({}, { trust: false }))).toBeGreaterThan(4 * largest(specOf({}, {})))
  })
})

describe('applyUpdate', () => {
  const spec = (change: Partial<OptimizerSpec>): OptimizerSpec => ({
    kind: 'sgd',
    settings: { ...settings, momentum: 0, weightDecay: 0, rate: { kind: 'constant', rate: 1 } },
    groups: [],
    span,
    ...change,
  })
  const twoParameters = (): ParameterStore => {
    const store = new ParameterStore()
    store.define('S.a', [2], Float32Array.of(1, 1))
    store.define('S.b', [1], Float32Array.of(1))
    return store
  }
  const moment = { step: 0, progress: 0, epoch: 0 }

  it('clips by the norm of all gradients together', () => {
    const store = twoParameters()
    const gradients = new Map([
      ['S.a', Float32Array.of(2, 4)],
      ['S.b', Float32Array.of(4)],
    ])
    const { norm } = applyUpdate(spec({ clip: 3 }), store, new Map(), gradients, moment)
    expect(norm).toBe(6)
    expect([...store.get('S.a').data]).toEqual([expect.closeTo(0, 5), expect.closeTo(-1, 5)])
    expect(store.get('S.b').data[0]).toBeCloseTo(-1, 5)
  })
  it('leaves a parameter without a gradient alone: no decay, no moments, no new version', () => {
    const store = twoParameters()
    const state: OptimizerState = new Map()
    const decaying = spec({ kind: 'adamw', settings: { ...settings, weightDecay: 0.5 } })
    const before = store.get('S.b').version
    applyUpdate(decaying, store, state, new Map([['S.a', Float32Array.of(0, 0)]]), moment)
    expect(store.get('S.a').data[0]).toBeCloseTo(1 - 0.01 * 0.5, 6)
    expect(store.get('S.b').data[0]).toBe(1)
    expect(store.get('S.b').version).toBe(before)
    expect([...state.keys()]).toEqual(['S.a'])
  })
  it('uses the settings of the last group that names a parameter', () => {
    const store = twoParameters()
    const group = (rate: number, keys: string[]) => ({
      parameters: new Set(keys),
      settings: { ...settings, momentum: 0, weightDecay: 0, rate: { kind: 'constant', rate } as const },
      describe: '',
      span,
    })
    const gradients = new Map([
      ['S.a', Float32Array.of(1, 1)],
      ['S.b', Float32Array.of(1)],
    ])
    const { rate } = applyUpdate(
      spec({ groups: [group(0.25, ['S.a', 'S.b']), group(0.5, ['S.b'])] }),
      store,
      new Map(),
      gradients,
      moment,
    )
    expect(rate).toBe(1)
    expect(store.get('S.a').data[0]).toBe(0.75)
    expect(store.get('S.b').data[0]).toBe(0.5)
  })
})
