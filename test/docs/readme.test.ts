import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { automatic } from '../../src/backends/auto.ts'
import { exitCodes } from '../../src/cli/outcome.ts'
import { renderDiagnostics } from '../../src/diagnostics/render.ts'
import { checkFile } from '../../src/disk/check-file.ts'
import { helpOf } from './help.ts'
import { pages, read, root, withoutCode } from './prose.ts'

const readme = read('README.md')
const prose = readme.replace(/\s+/g, ' ')
const block = (language: string) =>
  readme.match(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'm'))?.[1] ?? ''

/** What `check` prints for a spec under the README's name. */
function printed(text: string): string {
  const file = 'tinybert.distill'
  const { diagnostics, sources } = checkFile(file, {
    reader: (path: string) => (path.endsWith(file) ? text : undefined),
  })
  return renderDiagnostics(diagnostics, sources, { color: false })
}

describe('README.md', () => {
  const spec = block('distill')

  it('has a spec that checks', () => {
    expect(spec).toContain('projection W')
    expect(printed(spec)).toBe('')
  })

  it('shows the very message of a forgotten projection', () => {
    const wrong = spec.replace('mse(W(S.hidden[m]),', 'mse(S.hidden[m],')
    const [shown = ''] = readme.match(/^error\[E0312\][\s\S]*?(?=^```$)/m) ?? []
    expect(shown.trimEnd()).not.toBe('')
    expect(printed(wrong).trimEnd()).toContain(shown.trimEnd())
  })

  const commands = [...readme.matchAll(/npx distill (\w+) ([^#\n]*)/g)].map(([, name = '', rest = '']) => ({
    name,
    options: rest.match(/--[\w-]+/g) ?? [],
  }))
  it.each(commands)('uses options that $name has: $options', async ({ name, options }) => {
    const help = await helpOf(name)
    for (const option of options) expect(help).toMatch(new RegExp(`${option}\\b`))
  })

  it('says which commands have --json', async () => {
    const [, list = ''] = readme.match(/((?:`\w+`,? (?:and )?)+)have `--json`/) ?? []
    const names = [...list.matchAll(/`(\w+)`/g)].map(([, name = '']) => name)
    expect(names.length).toBeGreaterThan(4)
    for (const name of names) expect(await helpOf(name)).toContain('--json')
  })

  it('says the exit codes', () => {
    const { fine, wrongInput, usage, runFailed } = exitCodes
    expect(prose).toContain(
      `Exit codes: ${fine} success, ${wrongInput} a mistake in the spec or the data, ${usage} wrong usage, ${runFailed} a failed run`,
    )
  })

  it('says the order of the default backends', () => {
    expect(automatic.map(({ label }) => label).slice(0, 4)).toEqual([
      'tensorflow-gpu',
      'webgpu',
      'native',
      'onnxruntime',
    ])
    expect(prose).toContain(
      'a GPU through TensorFlow.js if there is one, else `native` (oneDNN) or `onnxruntime`',
    )
  })

  it('says how much faster than wasm the default backends are, as measured', () => {
    const [, table = ''] = read('docs/performance.md').split('<!-- bench:torch demo-teacher -->')
    const time = (name: string) => Number(table.match(new RegExp(`^\\| ${name} \\| ([\\d.]+) ms`, 'm'))?.[1])
    for (const name of ['native', 'onnxruntime']) expect(Math.round(time('wasm') / time(name))).toBe(4)
    expect(readme).toContain('about four times as fast as `wasm`')
  })
})

/** The anchors of a page's headings, as GitHub makes them. */
const anchors = (path: string): string[] =>
  [...read(path).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )

describe.each(pages)('%s', (path) => {
  const links = [...withoutCode(read(path)).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)]

  it('links to files that exist', () => {
    const files = links.map(([, file = '']) => join(dirname(path), file))
    expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([])
  })

  it('links to headings that exist', () => {
    const missing = links.filter(
      ([, file, anchor]) => anchor && !anchors(file ? join(dirname(path), file) : path).includes(anchor),
    )
    expect(missing.map(([link]) => link)).toEqual([])
  })
})
