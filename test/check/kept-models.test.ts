/** What an editor keeps of a check: it is taken over where an edit has not changed what it has read, and nothing else is. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { CheckResult } from '../../src/check/check.ts'
import type { KeptModels } from '../../src/check/models.ts'
import type { Term } from '../../src/check/tensor-term.ts'
import { checkFile } from '../../src/disk/check-file.ts'
import { filesOnDisk } from '../../src/disk/spec-files.ts'
import { edited, randomNumbers } from './random-edits.ts'

const folder = new URL('../../specs/', import.meta.url).pathname
const specs = ['demo', 'tinybert-4', 'distilbert', 'albert-base-e128-all', 'own'].map(
  (name) => `${name}.distill`,
)
const shipped = new Map(
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.distill'))
    .map((name) => [join(folder, name), readFileSync(join(folder, name), 'utf8')]),
)
/** A spec with a model in a file beside it: edits of that file move tables of names, and dropouts. */
const own = (shipped.get(join(folder, 'distilbert.distill')) ?? '').replace('std/bert', 'bert')
const bert = readFileSync(new URL('../../std/bert.distill', import.meta.url), 'utf8')
const texts = new Map([...shipped, [join(folder, 'own.distill'), own], [join(folder, 'bert.distill'), bert]])

/** Checks as an editor does, one text after the other. */
class Editor {
  readonly texts = new Map(texts)
  private readonly parsed = new Map()
  private readonly models = new Map<string, KeptModels>()
  private readonly path: string

  constructor(name: string) {
    this.path = join(folder, name)
  }

  get options() {
    return { reader: (path: string) => this.texts.get(path) ?? filesOnDisk.text(path), uses: true }
  }

  check(isTrial = false): CheckResult {
    return checkFile(this.path, { ...this.options, parsed: this.parsed, models: this.models, isTrial })
  }

  checkFromScratch(): CheckResult {
    return checkFile(this.path, this.options)
  }

  /** The models of the last check. */
  get kept(): KeptModels | undefined {
    return this.models.get(this.path)
  }

  /** Replaces the first match in a text. */
  edit(pattern: string, by: string, path = this.path): void {
    const text = this.texts.get(path) ?? ''
    expect(text).toContain(pattern)
    this.texts.set(path, text.replace(pattern, by))
  }
}

function isTerm(value: object): value is Term {
  return 'operation' in value && 'inputs' in value && 'id' in value
}

/** All of a result as text. Terms are listed once, since they share their inputs. */
function printed({ diagnostics, program, uses, sources }: CheckResult): string {
  const terms = new Map<number, unknown>()
  const plain = (value: unknown): unknown => {
    if (typeof value === 'number' || value === undefined) return String(value)
    if (typeof value !== 'object' || value === null) return value
    if (value instanceof Map) return [...value].map(plain)
    if (value instanceof Set) return [...value].map(plain)
    if (Array.isArray(value)) return value.map(plain)
    const fields = (): unknown => Object.entries(value).map(([key, field]) => [key, plain(field)])
    if (!isTerm(value)) return fields()
    if (!terms.has(value.id)) {
      terms.set(value.id, undefined)
      terms.set(value.id, fields())
    }
    return `term ${value.id}`
  }
  const told = [...(uses?.all() ?? [])].map(([use, declarations]) => [use, ...declarations])
  const places = told.map((spans) =>
    spans.map(({ file, start, end }) => `${file} ${start} ${end}`).join(', '),
  )
  const all = [diagnostics, program, uses?.blocks, sources].map(plain)
  const listed = [...terms].sort(([a], [b]) => a - b)
  return JSON.stringify([all, places.sort(), listed], null, 1)
}

function expectSame(editor: Editor): void {
  const [now, scratch] = [editor.check(), editor.checkFromScratch()].map(printed)
  // Not `toBe`: the difference of two long texts takes minutes.
  expect(now === scratch, firstDifference(now ?? '', scratch ?? '')).toBe(true)
}

function firstDifference(a: string, b: string): string {
  const [lines, others] = [a.split('\n'), b.split('\n')]
  const at = lines.findIndex((line, place) => line !== others[place])
  return [...lines.slice(at - 3, at + 8), '--- from scratch', ...others.slice(at - 3, at + 8)].join('\n')
}

describe('what is evaluated again', () => {
  const tinybert = 'tinybert-4.distill'
  const path = join(folder, tinybert)
  const task = join(folder, 'tasks/sst2.distill')

  /** Whether teachers and students are the very ones that they were before the edit. */
  function isKept(edit: (editor: Editor) => void, name = tinybert): boolean {
    const editor = new Editor(name)
    const before = editor.check().program?.instances
    edit(editor)
    const after = editor.check().program?.instances
    expectSame(editor)
    expect([...(before?.keys() ?? [])]).toEqual(name === tinybert ? ['G', 'T', 'S'] : ['T', 'S'])
    return [...(before ?? [])].every(([name, instance]) => after?.get(name) === instance)
  }

  test('no model, where a stage, a loss or a comment below the models changes', () => {
    expect(isKept((editor) => editor.edit('batch = 256', 'batch = 2560'))).toBe(true)
    expect(isKept((editor) => editor.edit('sum m in 0..S.layers', 'sum m in 1..S.layers'))).toBe(true)
    expect(isKept((editor) => editor.edit('eq. 7-9', 'equations 7-9'))).toBe(true)
    expect(isKept((editor) => editor.edit('\nstage general', '\n// first\nstage general'))).toBe(true)
  })

  test('no model, where something above it is written or deleted', () => {
    expect(isKept((editor) => editor.edit('/// TinyBERT', '/// The TinyBERT'))).toBe(true)
    expect(isKept((editor) => editor.edit('\ndata corpus', '\n\n\nsetting rate = 3\ndata corpus'))).toBe(true)
    expect(isKept((editor) => editor.edit('// `--set task=rte`', '//', path))).toBe(true)
  })

  test('no model, where data changes of which models read no labels', () => {
    expect(isKept((editor) => editor.edit('max_length = 512', 'max_length = 51'), 'distilbert.distill')).toBe(
      true,
    )
  })

  test('no model, where an imported file changes in what models do not read', () => {
    expect(isKept((editor) => editor.edit('epochs = 10', 'epochs = 20', task))).toBe(true)
  })

  test('the models, where a map, a head or the labels of an imported file change', () => {
    expect(isKept((editor) => editor.edit('= uniform', '= uniform(round = floor)'))).toBe(false)
    expect(isKept((editor) => editor.edit('before = relu', 'before = gelu'))).toBe(false)
    expect(isKept((editor) => editor.edit('"0", "1"', '"0", "1", "2"', task))).toBe(false)
  })

  test('nothing by a trial, which leaves all as it was', () => {
    const editor = new Editor(tinybert)
    editor.check()
    const { kept } = editor
    const before = editor.texts.get(path) ?? ''
    editor.texts.set(path, `// moved\n${before}`)
    expect(printed(editor.check(true))).toBe(printed(editor.checkFromScratch()))
    editor.texts.set(path, before)
    expectSame(editor)
    expect(kept).toBeDefined()
    expect(editor.kept).toBe(kept)
  })
})

const rounds = 40

test.each(specs)('random edits of %s give what a check from scratch gives', (name) => {
  const random = randomNumbers(name)
  const editor = new Editor(name)
  const start = editor.texts.get(join(folder, name)) ?? ''
  const imported = [...start.matchAll(/from "((?!std)[^"]+)"/g)].map(([, path = '']) =>
    join(folder, path.replace('{task}', 'sst2')),
  )
  let fromBefore = 0
  for (let step = 0; step < rounds; step++) {
    if (step % 3 === 0) {
      for (const [path, text] of texts) editor.texts.set(path, text)
      editor.check()
    }
    const others = random() < 0.3 ? imported : []
    const path = others[0] ?? join(folder, name)
    editor.texts.set(path, edited(editor.texts.get(path) ?? '', random))
    const before = editor.kept
    expectSame(editor)
    if (before && editor.kept === before) fromBefore++
  }
  expect(fromBefore).toBeGreaterThan(rounds / 10)
})
