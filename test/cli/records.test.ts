/** `distill records`: what it leaves, and that a training with it is the training without it, bit for bit. */
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { computeRecords } from '../../src/library/records.ts'
import { trainSpec } from '../../src/library/train.ts'
import type { FrozenProgress } from '../../src/train/observer.ts'
import { writeAhead } from '../cluster/ahead-spec.ts'
import { leftOf, writeSpec } from '../cluster/ranks.ts'
import { distill } from '../distill.ts'

const folder = mkdtempSync(join(tmpdir(), 'records-'))
const spec = join(folder, 'spec.distill')
const place = (run: string): string => join(folder, run)
const backend = ['--backend', 'cpu', '--random-weights']
const records = (run: string, ...more: string[]) =>
  distill(['records', 'spec.distill', '--out', run, ...backend, ...more], { cwd: folder })
const train = (run: string, ...more: string[]) =>
  distill(['train', 'spec.distill', '--out', run, ...more], { cwd: folder })
const bytesOf = (run: string): readonly Buffer[] =>
  readdirSync(join(folder, run, 'frozen'))
    .sort()
    .map((name) => readFileSync(join(folder, run, 'frozen', name)))

beforeAll(async () => {
  writeAhead(folder)
  expect((await train('alone', ...backend)).status).toBe(0)
  expect((await records('ahead')).status).toBe(0)
})
afterAll(() => rmSync(folder, { recursive: true }))

it('computes the records of the stages whose teachers have their weights, and trains nothing', async () => {
  const { status, err, out } = await records('first')
  expect([status, out]).toEqual([0, ''])
  expect(readdirSync(join(folder, 'first', 'frozen')).sort()).toEqual(['later.records', 'warm.records'])
  expect(existsSync(join(folder, 'first', 'metrics.jsonl'))).toBe(false)
  expect(err).toMatch(/no records of stage copied yet: stage warm has to be trained first/)
  expect(err).toMatch(
    /^records of warm: T on 35 examples, 2 KB, computed in \d+ s -> first\/frozen\/warm\.records$/m,
  )
  expect(err).toMatch(/^train on them with: distill train spec\.distill --resume --out first$/m)
})

describe('a second time', () => {
  it('says that all are there', async () => {
    cpSync(place('ahead'), place('twice'), { recursive: true })
    const { status, err } = await records('twice')
    expect(status).toBe(0)
    expect(err).toMatch(/^records of later: T on 35 examples, 2 KB, computed before -> /m)
    expect(bytesOf('twice')).toEqual(bytesOf('ahead'))
  })

  it('goes on in the last run of the spec that has only records', async () => {
    const home = mkdtempSync(join(folder, 'home-'))
    writeAhead(home)
    const once = () => distill(['records', 'spec.distill', ...backend], { cwd: home })
    await once()
    expect((await once()).err).toMatch(/computed before/)
    expect(readdirSync(join(home, 'runs'))).toHaveLength(1)
  })

  it('is refused with another seed, as a training is', async () => {
    const { status, err } = await records('ahead', '--seed', '1')
    expect(status).toBe(3)
    expect(err).toMatch(/E1002[\s\S]*--seed was 0, is 1/)
  })
})

describe('a training that resumes', () => {
  it('takes the records, and ends with the weights and the log of one without', async () => {
    cpSync(place('ahead'), place('trained'), { recursive: true })
    const { status, err } = await train('trained', '--resume')
    expect(status).toBe(0)
    expect(err).toMatch(/note: stage warm: records of 35 of 35 examples were in the run folder/)
    expect(err).toMatch(/note: stage later: records of 35 of 35 examples were in the run folder/)
    expect(err).not.toMatch(/T: 35 examples in/)
    expect(leftOf(place('trained'))).toEqual(leftOf(place('alone')))
    expect(existsSync(join(folder, 'trained', 'frozen'))).toBe(false)
  })

  it('takes its parts then, and keeps them', async () => {
    cpSync(place('ahead'), place('parts'), { recursive: true })
    expect((await train('parts', '--resume', '--parts', '4')).status).toBe(0)
    expect((await train('four', '--parts', '4', ...backend)).status).toBe(0)
    expect(leftOf(place('parts'))).toEqual(leftOf(place('four')))
    const { parts, onlyRecords } = JSON.parse(readFileSync(join(folder, 'parts/config.json'), 'utf8'))
    expect([parts, onlyRecords]).toEqual([4, undefined])
  })

  it('is refused without --resume', async () => {
    expect((await train('ahead', ...backend)).err).toMatch(/E1106.*already holds a run/)
  })
})

/** Aborts after some batches of records, and tells what was shown. */
async function interruptedAfter(count: number, run: string) {
  const stop = new AbortController()
  const seen: FrozenProgress[] = []
  const frozen = (event: FrozenProgress): void => {
    seen.push(event)
    if (seen.length === count) stop.abort('SIGINT')
  }
  const options = { out: place(run), backend: 'cpu', randomWeights: true, signal: stop.signal }
  return { seen, result: await computeRecords(spec, options, { frozen }) }
}

it('continues behind the last whole batch after Ctrl-C', async () => {
  const { result, seen } = await interruptedAfter(3, 'stopped')
  expect(result).toMatchObject({ interrupted: 'warm', records: [], folder: place('stopped') })
  expect(seen.map(({ done }) => done)).toEqual([0, 8, 16])
  const { err } = await records('stopped')
  expect(err).toMatch(/records of warm: T on 35 examples, 2 KB, computed in \d+ s, 16 of them before/)
  expect(bytesOf('stopped')).toEqual(bytesOf('ahead'))
})

it('computes those of a stage whose teacher the run has trained', async () => {
  const stop = new AbortController()
  const stageEnds = (): void => stop.abort('SIGINT')
  const options = { backend: 'cpu', randomWeights: true, signal: stop.signal }
  await trainSpec(spec, { ...options, out: place('half') }, { stageEnds })
  const log = readFileSync(join(folder, 'half/metrics.jsonl'))
  expect((await records('half')).err).toMatch(/records of copied: K on 35 examples/)
  expect(readFileSync(join(folder, 'half/metrics.jsonl'))).toEqual(log)
  expect((await train('half', '--resume')).err).toMatch(/stage copied: records of 35 of 35/)
  expect(leftOf(place('half'))).toEqual(leftOf(place('alone')))
})

it('leaves no run where there is nothing to compute', async () => {
  const only = await records('none', '--stage', 'learn')
  expect(only.status).toBe(2)
  expect(only.err).toMatch(/error\[E1133\]: no stage of spec\.distill reads a frozen teacher/)
  const steps = await records('none', '--passes=-hoist-frozen')
  expect(steps.err).toMatch(/E1133/)
  const chain = mkdtempSync(join(folder, 'chain-'))
  writeSpec(chain)
  const all = (...more: string[]) =>
    distill(['records', 'spec.distill', '--out', 'none', ...more], { cwd: chain })
  const { status, err } = await all()
  expect(status).toBe(3)
  expect(err).toMatch(/error\[E1023\]: stage `distil` reads K, which stage `learn` has to train first/)
  const swept = readFileSync(join(chain, 'spec.distill'), 'utf8').replace(
    'temperature = 2',
    'temperature = t',
  )
  writeFileSync(join(chain, 'spec.distill'), `setting t = 2\nsweep { t = [2, 4] }\n${swept}`)
  expect((await all()).err).toMatch(/error\[E1134\]: the runs of spec\.distill are several/)
  expect((await all('--set', 't=4')).err).toMatch(/E1023/)
  expect(readdirSync(chain).sort()).toEqual(['spec.distill', 'train.tsv'])
  expect(existsSync(place('none'))).toBe(false)
})

it('says that so few steps need no records', async () => {
  const { status, err } = await records('few', '--max-steps', '2')
  expect(status).toBe(0)
  expect(err).toMatch(/note: stage warm: so few steps take less time with T computed in each/)
  expect(err).toMatch(/^no stage needs records: distill train spec\.distill --resume --out few$/m)
})
