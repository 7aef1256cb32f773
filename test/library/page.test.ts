/** Each example of docs/library.md runs, in order and in one folder, and prints what stands below it. */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { read, root } from '../docs/prose.ts'

const home = mkdtempSync(join(tmpdir(), 'library-page-'))
afterAll(() => rmSync(home, { recursive: true }))
cpSync(join(root, 'test/fixtures/tiny'), home, { recursive: true })
mkdirSync(join(home, 'node_modules'))
symlinkSync(root, join(home, 'node_modules/distill'))

const blocks = [...read('docs/library.md').matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(
  ([, language = '', text = '']) => ({ language, text }),
)
const examples = blocks.flatMap(({ language, text }, k) =>
  language === 'js' ? [{ program: text, prints: blocks[k + 1]?.text }] : [],
)

it('has an example with its output for each function', () => {
  expect(blocks.map(({ language }) => language)).toEqual(examples.flatMap(() => ['js', 'text']))
  for (const name of ['check', 'explain', 'train', 'load', 'exportModel', 'DistillError'])
    expect(
      examples.some(({ program }) =>
        new RegExp(`import \\{.*\\b${name}\\b.*\\} from 'distill'`).test(program),
      ),
    ).toBe(true)
})

it.each(examples.map(({ program, prints }, k) => [k + 1, program, prints] as const))(
  'example %i prints what the page says',
  (k, program, prints) => {
    const file = join(home, `example-${k}.mjs`)
    writeFileSync(file, program)
    const { stdout, stderr } = spawnSync(process.execPath, ['--preserve-symlinks', file], {
      cwd: home,
      encoding: 'utf8',
    })
    expect([stdout, stderr]).toEqual([prints, ''])
  },
)
