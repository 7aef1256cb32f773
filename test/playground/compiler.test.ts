/** What the worker of the playground answers, without a browser. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { capabilitiesOf } from '../../src/backends/index.ts'
import { filesOnDisk } from '../../src/disk/spec-files.ts'
import { backend } from '../../src/playground/forms.ts'
import { filesInMemory } from '../../src/playground/memory-files.ts'
import { PageCompiler } from '../../src/playground/page-compiler.ts'
import { fragmentOf, specOf } from '../../src/playground/share.ts'

const root = join(import.meta.dirname, '../..')
const files = Object.fromEntries(
  readdirSync(join(root, 'std'))
    .filter((name) => name.endsWith('.distill'))
    .map((name) => [`std/${name}`, readFileSync(join(root, 'std', name), 'utf8')]),
)
const path = 'spec.distill'

describe('the compiler of the playground', () => {
  it('colours words by their use', () => {
    const text = 'stage s { data = d } // a'
    const words = new PageCompiler(files).words({ path, text })
    expect(words.map(({ from, to, kind }) => `${text.slice(from, to)}: ${kind}`)).toEqual([
      'stage: keyword',
      'data: entry',
      '// a: comment',
    ])
  })

  it('answers any text', () => {
    const compiler = new PageCompiler(files)
    for (const text of ['', '\0', 'stage', '{{{{', '"', 'import { x } from "../../etc/passwd"', '\ud800']) {
      const { errors } = compiler.check({ path, text }, 80)
      expect([text, errors > 0]).toEqual([text, text !== ''])
      compiler.words({ path, text })
      compiler.remedies({ path, text })
      compiler.suggest({ path, text }, text.length)
      compiler.hover({ path, text }, 0)
      compiler.format({ path, text })
    }
  })

  it('checks each combination of a sweep, as the command does', () => {
    const text = `import { bert_base } from "std/bert.distill"
setting n = 2
student S : bert_base { }
model m = bert_base with { layers = n }
loss l = mse(S.hidden[n], S.hidden[1])
sweep { n = [2, 99] }
`
    const { json, program } = new PageCompiler(files).check({ path, text }, 80)
    expect(program).toBeUndefined()
    expect(json).toContain('so it is where the sweep takes n = 99')
  })

  it('assumes the fused operations of the command line', async () => {
    expect(backend.capabilities).toEqual(await capabilitiesOf(backend.name as 'wasm'))
  })

  it('resolves paths as on disk', () => {
    const memory = filesInMemory(files)
    for (const [from, written] of [
      ['spec.distill', 'a.distill'],
      ['specs/tasks/x.distill', '../y.distill'],
      ['', 'std/./bert.distill'],
      ['std/.', './bert.distill'],
      ['a/b.distill', '/c.distill'],
      ['a.distill', '../../b//c.distill'],
    ] as const)
      expect([from, written, memory.resolve(from, written)]).toEqual([
        from,
        written,
        filesOnDisk.resolve(from, written),
      ])
    expect(memory.list('std')).toEqual(
      Object.keys(files)
        .map((one) => one.slice(4))
        .sort(),
    )
  })
})

describe('a link', () => {
  it('has the spec in it', async () => {
    for (const text of ['', 'a', '\u{1f600}\n\0', 'x'.repeat(400_000)]) {
      expect(await specOf(`#${await fragmentOf({ path, text })}`)).toEqual({ path, text })
    }
    const other = { path: 'specs/a&b.distill', text: 'a' }
    expect(await specOf(await fragmentOf(other))).toEqual(other)
    expect((await fragmentOf({ path, text: 'x'.repeat(400_000) })).length).toBeLessThan(1000)
  })

  it('is refused where it is damaged, or longer than a spec may be', async () => {
    expect(await specOf('#other=1')).toBeUndefined()
    for (const fragment of ['text=%', 'text=AAAA', 'text=', 'text=y'])
      await expect(specOf(fragment)).rejects.toThrow('The link is damaged')
    const long = await fragmentOf({ path, text: 'x'.repeat(100_000_000) })
    await expect(specOf(long)).rejects.toThrow('The link has more than 500000 characters')
  })
})
