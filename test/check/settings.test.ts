import { describe, expect, test } from 'vitest'
import { checkFile } from '../../src/disk/check-file.ts'

const text = `setting task = "sst2"
setting layers_wanted = 2
setting sizes = [1, 2]
import { bert_base } from "std/bert.distill"
model m = bert_base with { layers = layers_wanted, hidden_size = 24, heads = 4 }
data d { train = "data/{task}.tsv", text = column("t"), tokenizer = wordpiece(size = 100) }
student S : m { }`

function checked(
  settings: Record<string, string>,
  files: Record<string, string> = { 'specs/spec.distill': text },
) {
  const options = { settings, reader: (path: string) => files[path] }
  return checkFile('specs/spec.distill', options)
}

describe('--set', () => {
  test('replaces a text, a number, a list', () => {
    const { program, diagnostics } = checked({ task: 'rte', layers_wanted: '3', sizes: '[4]' })
    expect(diagnostics).toEqual([])
    expect(program?.data.get('d')?.train?.[0]?.path).toBe('specs/data/rte.tsv')
    expect(program?.instances.get('S')?.layers).toBe(3)
    expect(program?.settings.get('task')).toBe('rte')
  })
  test('an unknown name, with the nearest one', () => {
    const [error] = checked({ taks: 'rte' }).diagnostics
    expect(error).toMatchObject({ code: 'E0106', help: 'did you mean `task`?' })
    expect(error?.span).toBeUndefined()
  })
  test.each(['four', '"4"', '[4]', '4 4', ''])('another type: %s', (value) => {
    expect(checked({ layers_wanted: value }).diagnostics.map(({ code }) => code)).toEqual(['E0108'])
  })
})

describe('files', () => {
  test('imports are relative to the file that says them, and may be renamed', () => {
    const files = {
      'specs/spec.distill': 'import { f as g } from "parts/one.distill"\ndef h(x) = g(x)',
      'specs/parts/one.distill': 'import { k } from "../two.distill"\ndef f(x) = k(x)',
      'specs/two.distill': 'def k(x) = mean(x)',
    }
    const { diagnostics, sources } = checked({}, files)
    expect(diagnostics).toEqual([])
    expect([...sources.keys()]).toEqual([
      'specs/spec.distill',
      'specs/parts/one.distill',
      'specs/two.distill',
    ])
  })
  test('an import may name a setting of its file; --set reaches those of the spec alone', () => {
    const files = {
      'specs/spec.distill': 'import { f } from "{kind}/{n}.distill"\nsetting kind = "tasks"\nsetting n = 1',
      'specs/tasks/1.distill': 'setting n = 3\nimport { f as g } from "{n}.distill"\ndef f(x) = g(x)',
      'specs/tasks/3.distill': 'def f(x) = mean(x)',
      'specs/other/2.distill': 'def f(x) = mean(x)',
    }
    const read = (settings: Record<string, string>): string[] => {
      const { diagnostics, sources } = checked(settings, files)
      expect(diagnostics).toEqual([])
      return [...sources.keys()].filter((key) => key.startsWith('specs/')).slice(1)
    }
    expect(read({})).toEqual(['specs/tasks/1.distill', 'specs/tasks/3.distill'])
    expect(read({ kind: 'other', n: '2' })).toEqual(['specs/other/2.distill'])
  })
  test('a failed import is one error, not one for each use', () => {
    const files = {
      'specs/spec.distill': 'import { f } from "gone.distill"\ndef g(x) = f(f(x))\nloss l = f(1)',
    }
    expect(checked({}, files).diagnostics.map(({ code }) => code)).toEqual(['E0103'])
  })
  test('the spec itself is not there', () => {
    const { diagnostics, program } = checked({}, {})
    expect(diagnostics.map(({ code, message }) => [code, message])).toEqual([
      ['E0103', 'cannot find specs/spec.distill'],
    ])
    expect(program).toBeUndefined()
  })
  test('an error in an imported file stands in that file', () => {
    const files = {
      'specs/spec.distill': 'import { f } from "one.distill"\nloss l = f(3)',
      'specs/one.distill': 'def f(x) = x.wrong',
    }
    const [error] = checked({}, files).diagnostics
    expect(error?.span?.file).toBe('specs/one.distill')
  })
})
