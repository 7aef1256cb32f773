/** The comparison of a run's first steps with the reference: what it finds, and that it changes nothing. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { createRunner } from '../../src/backends/index.ts'
import { divisionOf } from '../../src/cluster/agreement.ts'
import { alone } from '../../src/cluster/cluster.ts'
import { DiagnosticError } from '../../src/diagnostics/diagnostic.ts'
import { differentiate } from '../../src/differentiate/differentiate.ts'
import { ops } from '../../src/graph/ops/index.ts'
import { weightUpdate } from '../../src/optimize/pass.ts'
import type { HostTensor, Runner, Updater } from '../../src/run/runner.ts'
import type { StartVerified } from '../../src/train/observer.ts'
import { applyPlainly } from '../../src/train/optimizers/apply-rule.ts'
import type { StartCheck } from '../../src/train/start-check.ts'
import type { TrainOptions } from '../../src/train/train-options.ts'
import { optionalBackends, type Standing, standingOf } from '../required.ts'
import { describeStanding } from '../run/describe-standing.ts'
import { hardLoss, program, softLoss, stage, TinyData, tinyModel } from './tiny-program.ts'
import { trainerOf } from './trainer-of.ts'

const root = mkdtempSync(join(tmpdir(), 'verify-start-'))
const reference = await createRunner('reference')
const exact = await createRunner('cpu')
afterAll(() => {
  rmSync(root, { recursive: true })
  exact.dispose()
})

const teacher = tinyModel('T', 'student', 8)
const student = tinyModel('S', 'student', 4, { rate: 0.1 })
const learn = stage('learn', hardLoss(teacher.logits), { trained: teacher.keys, instances: ['T'] })
const distil = stage('distil', softLoss(student.logits, teacher.logits), {
  trained: student.keys,
  training: new Set(['S']),
  instances: ['S', 'T'],
  microbatch: 4,
})
const whole = program([teacher, student], [learn, distil])
const startCheck: StartCheck = {
  runner: reference,
  differentiate: (forward, { trained }) => differentiate(forward, 'total', trained, ops),
}

let runs = 0
async function train(runner: Runner, change: Partial<TrainOptions> = {}) {
  const folder = join(root, `run-${runs++}`)
  const verified: StartVerified[] = []
  const trainer = trainerOf(whole, folder, {
    runner,
    counter: reference,
    data: new TinyData(),
    startCheck,
    observer: { startVerified: (event) => verified.push(event) },
    ...change,
  })
  const outcome = await trainer.run()
  const weights = [...teacher.keys, ...student.keys].flatMap((key) => [...trainer.store.get(key).data])
  const file = join(folder, 'metrics.jsonl')
  const log = existsSync(file) ? readFileSync(file, 'utf8') : ''
  return { outcome, verified, weights, log }
}

/** A backend that is wrong in some outputs. */
function broken(change: (name: string, value: HostTensor) => HostTensor, updater?: Updater): Runner {
  return {
    name: 'broken',
    run: (graph, request) =>
      new Map([...reference.run(graph, request)].map(([name, value]) => [name, change(name, value)])),
    inspect: reference.inspect,
    memory: reference.memory,
    dispose() {},
    ...(updater ? { updater, capabilities: new Set([weightUpdate]) } : {}),
  }
}
const scaled = (value: HostTensor, factor: number): HostTensor => ({
  ...value,
  data: Float64Array.from(value.data, (x) => x * factor),
})

async function finds(runner: Runner, change: Partial<TrainOptions> = {}): Promise<string> {
  const error = await train(runner, change).catch((thrown: unknown) => thrown)
  if (!(error instanceof DiagnosticError)) throw new Error('nothing was found')
  return error.diagnostics.map(({ code, message }) => `${code} ${message}`).join('\n')
}

const standings: [Parameters<typeof createRunner>[0], Standing][] = [['wasm', { kind: 'usable' }]]
for (const name of optionalBackends) standings.push([name, await standingOf(name)])

describe('--verify-start', () => {
  it('compares the first steps of each stage, with all that a step has, and leaves the run as it is', async () => {
    const { verified, weights, log } = await train(exact)
    expect(verified.map(({ stage: name, steps, examples }) => [name, steps, examples])).toEqual([
      ['learn', 20, 80],
      ['distil', 20, 80],
    ])
    for (const { largest, of } of verified) {
      expect(largest).toBeLessThan(1e-5)
      expect(largest).toBeGreaterThan(0)
      expect(of).toMatch(/^(loss (loss|total)|the (gradient|update) of [TS]\..*)$/)
    }
    expect(log.match(/"event":"start_verified","stage":"learn","steps":20/g)).toHaveLength(1)
    const without = await train(exact, { startCheck: undefined })
    expect(weights).toEqual(without.weights)
  })

  for (const [name, standing] of standings)
    describeStanding(name, standing, () => {
      it('computes what the reference does', async () => {
        const runner = await createRunner(name)
        try {
          const { verified } = await train(runner, { maxSteps: 3 })
          expect(verified.map(({ steps }) => steps)).toEqual([3, 3])
          for (const { largest } of verified) expect(largest).toBeLessThan(1e-4)
        } finally {
          runner.dispose()
        }
      })
    })

  it('is left at Ctrl-C, also where a batch is computed in parts', async () => {
    for (const parts of [1, 2]) {
      let asked = 0
      const division = divisionOf(alone, { parts }, undefined)
      const { outcome, verified } = await train(exact, { division, interrupted: () => ++asked > 2 })
      expect(outcome.kind).toBe('interrupted')
      expect(verified).toEqual([])
    }
  })

  it('names the gradient that differs, and trains nothing', async () => {
    const wrong = broken((name, value) =>
      name === 'gradient S.task.logits.bias' ? scaled(value, 1.01) : value,
    )
    expect(await finds(wrong)).toBe(
      'E1009 the gradient of S.task.logits.bias on backend broken differs from the reference by 1% in step 1 of stage distil; 0.1% is allowed',
    )
  })

  it('names the loss that differs', async () => {
    const wrong = broken((name, value) => (name === 'term loss' ? scaled(value, 1.02) : value))
    await expect(train(wrong)).rejects.toThrow(/E1009.* loss loss .* by 2% in step 1 of stage learn/)
  })

  it('says of a value that is not finite on the backend alone that it is not', async () => {
    const wrong = broken((name, value) => (name.startsWith('gradient') ? scaled(value, Number.NaN) : value))
    expect(await finds(wrong)).toMatch(
      /^E1009 the gradient of T\.\S+ on backend broken is not finite, on the reference it is in step 1/,
    )
  })

  it('finds an update of the device that is wrong from its third step on', async () => {
    let updates = 0
    const sums = new Map<string, Float32Array>()
    const updater: Updater = {
      supports: () => true,
      accumulate(graph, request, gradients) {
        const outputs = reference.run(graph, request)
        for (const [output, key] of gradients) {
          const more = Float32Array.from(outputs.get(output)?.data ?? [])
          sums.set(
            key,
            more.map((value, i) => value + (sums.get(key)?.[i] ?? 0)),
          )
        }
        return new Map([...outputs].filter(([name]) => !gradients.has(name)))
      },
      squares: () => [...sums.values()].map((sum) => sum.reduce((squares, x) => squares + x * x, 0)),
      gradient: (name) => sums.get(name)?.slice() ?? new Float32Array(0),
      replaceGradients: () => {},
      update(all) {
        updates++
        for (const { name, parameter, slots, rule } of all) {
          const weights = parameter.data.slice()
          const moments = slots.map(({ data }) => data.slice())
          applyPlainly(rule, weights, sums.get(name) ?? new Float32Array(0), moments)
          const wrong = updates < 3 ? 0 : 0.02
          const before = parameter.data.slice()
          const after = weights.map((value, i) => value + wrong * (value - (before[i] ?? 0)))
          parameter.changedOnDevice({ read: () => after, release() {} })
          for (const [k, slot] of slots.entries())
            slot.changedOnDevice({ read: () => moments[k] ?? new Float32Array(0), release() {} })
        }
        sums.clear()
      },
      discard: () => sums.clear(),
    }
    expect(await finds(broken((_, value) => value, updater))).toMatch(
      /^E1009 the update of T\.\S+ on backend broken differs from the reference by 2% in step 3 of stage learn/,
    )
  })

  it('begins no further step after five minutes, and none after Ctrl-C', async () => {
    let time = 0
    const slow: StartCheck = {
      ...startCheck,
      runner: {
        ...reference,
        run(graph, request) {
          time += 2 * 60_000
          return reference.run(graph, request)
        },
      },
    }
    const { verified } = await train(exact, { startCheck: slow, clock: () => time })
    expect(verified.map(({ steps, seconds }) => [steps, seconds])).toEqual([
      [3, 360],
      [3, 360],
    ])
    const stopped = await train(exact, { interrupted: () => true })
    expect(stopped.outcome).toEqual({ kind: 'interrupted', stage: 'learn', step: 0 })
    expect(stopped.verified).toEqual([])
  })
})
