/** Pages of codes that a command gives: what each page runs is run, in a folder of its own, beside the files that the page shows. */
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { messages } from '../../src/diagnostics/messages/index.ts'
import { writeSafetensors } from '../../src/weights/safetensors.ts'
import { distill, type Outcome } from '../distill.ts'
import { type Example, readPage } from '../errors/page.ts'
import { standingOf } from '../required.ts'

const root = join(import.meta.dirname, '../..')
const home = mkdtempSync(join(tmpdir(), 'error-pages-'))
const golden = join(root, 'test/golden/errors')
afterAll(() => rmSync(home, { recursive: true }))

/** Starts in no time and is the same on every machine. */
const backend = '--backend reference'
const withBackend = new Set(['train', 'records', 'step', 'predict', 'profile', 'serve'])

/** For lines with pipes and redirections. */
const program = join(home, 'bin/distill')
mkdirSync(dirname(program))
writeFileSync(
  program,
  `#!/bin/sh\ncase "$*" in *--backend*) ;; ${[...withBackend].map((name) => `${name}*`).join('|')}) set -- "$@" ${backend};; esac\nexec "${process.execPath}" "${root}/dist/distill.js" "$@"\n`,
)
chmodSync(program, 0o755)

async function runLine(line: string, folder: string): Promise<Outcome> {
  if (!line.startsWith('distill ') || /["'|<>$]/.test(line)) {
    const env = { ...process.env, PATH: `${dirname(program)}:${process.env.PATH}`, NO_COLOR: '1' }
    const { status, stdout, stderr } = spawnSync('sh', ['-c', line], { cwd: folder, encoding: 'utf8', env })
    return { status: status ?? 1, out: stdout, err: stderr }
  }
  const [command = '', ...rest] = line.split(' ').slice(1)
  const added = withBackend.has(command) && !line.includes('--backend') ? backend.split(' ') : []
  return distill([command, ...rest, ...added], { cwd: folder })
}

/** A file of the page; what ends in .safetensors is shown as JSON, tensors by name. */
function writeShown(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  if (!path.endsWith('.safetensors') || !text.startsWith('{')) {
    writeFileSync(path, text)
    return
  }
  const tensors = Object.entries(JSON.parse(text)).map(([name, values]) => {
    const rows = Array.isArray(values) && Array.isArray(values[0]) ? values : undefined
    const flat: number[] = [values].flat(2).map(Number)
    const data = flat.every(Number.isInteger) ? Int32Array.from(flat) : Float32Array.from(flat)
    return [name, { shape: rows ? [rows.length, flat.length / rows.length] : [flat.length], data }] as const
  })
  writeSafetensors(path, new Map(tensors), 'none')
}

let count = 0
/** The outcome of the last line; those before it must succeed. Without any, the spec is checked. */
async function outcomeOf({ files, commands }: Example): Promise<Outcome> {
  const folder = join(home, String(++count))
  mkdirSync(folder)
  for (const [name, text] of Object.entries(files)) writeShown(join(folder, name), text)
  let outcome: Outcome | undefined
  for (const line of commands.length > 0 ? commands : ['distill check spec.distill']) {
    if (outcome && outcome.status !== 0) throw new Error(outcome.err)
    outcome = await runLine(line, folder)
  }
  if (outcome === undefined) throw new Error('no command')
  return outcome
}

const found = ({ err }: Outcome): string[] =>
  [...err.matchAll(/^(?:error|warning|note)\[(E\d{4})\]/gm)].map((match) => match[1] ?? '')

/** Says of other errors how many there are, so it is never alone. */
const ofOthers = 'E0088'

/** Messages with what this machine has, or with digits that another may compute otherwise. */
const ofMachine = ['E1006', 'E1007', 'E1008', 'E1120', 'E1132']

/** Older x86 processors, which oneDNN imitates: where the page can run. */
const onOldProcessor = 'E1007'
const withRuntime = 'E1132'
async function reasonToSkip(code: string): Promise<string | undefined> {
  if (code !== onOldProcessor && code !== withRuntime) return undefined
  if (code === onOldProcessor && process.arch !== 'x64') return 'an x86 processor is needed'
  const standing = await standingOf(code === withRuntime ? 'onnxruntime' : 'native')
  if (standing.kind === 'missing') throw new Error(standing.reason)
  return standing.kind === 'skipped' ? standing.reason : undefined
}

describe('what a page runs', () => {
  const pages = messages
    .map(({ code }) => readPage(code))
    .filter(({ examples }) => examples.some(({ commands }) => commands.length > 0))

  it.for(pages)('$code: fails and passes as its page says', async ({ code, examples }, { skip }) => {
    const reason = await reasonToSkip(code)
    if (reason !== undefined) skip(reason)
    const [fails, ...passes] = examples
    if (fails?.heading !== 'Fails' || passes.length === 0)
      throw new Error(`${code}.md needs an example of each kind`)
    const failed = await outcomeOf(fails)
    const codes = found(failed)
    if (code === ofOthers) expect(new Set(codes.slice(0, -1))).toEqual(new Set(['E0101']))
    expect(code === ofOthers ? codes.slice(-1) : codes, failed.err).toEqual([code])
    expect(failed.status).not.toBe(0)
    if (!ofMachine.includes(code)) {
      const message = failed.err.slice(failed.err.search(new RegExp(`^\\w+\\[${code}\\]`, 'm')))
      await expect(message).toMatchFileSnapshot(join(golden, `${code}.txt`))
    }
    for (const example of passes) {
      expect(example.heading).toMatch(/^Passes/)
      const passed = await outcomeOf(example)
      expect(found(passed), passed.err).toEqual([])
      expect(passed.status, passed.err).toBe(0)
    }
  })
})
