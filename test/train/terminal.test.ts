/** What `distill train` shows in a real terminal, as golden screens, and what `distill new` asks there. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, it } from 'vitest'
import { standingOf } from '../required.ts'
import { describeStanding } from '../run/describe-standing.ts'
import { openTerminal } from './terminal.ts'

const program = ['node', '--import', 'tsx', 'test/train/replay-progress.ts']
const few = ['hidn', 'attn']
const many = ['embeddings', 'hidden_states', 'attentions', 'prediction', 'logits', 'rank', 'a', 'b', 'c']

describeStanding('the progress of a run in a terminal', await standingOf('tmux'), () => {
  it.each([
    { golden: 'screens-80x24.txt', terms: few, columns: 80, rows: 24 },
    { golden: 'screens-120x40.txt', terms: few, columns: 120, rows: 40 },
    { golden: 'screens-nine-terms.txt', terms: many, columns: 80, rows: 24 },
  ])('with $terms.length terms at $columns columns', async ({ golden, terms, columns, rows }) => {
    const terminal = openTerminal([...program, ...terms], columns, rows)
    try {
      const screens: string[] = []
      for (const part of ['frozen', 'evaluated', 'steps', 'noted', 'end']) {
        if (screens.length > 0) terminal.press()
        screens.push(`======== ${part}\n${await terminal.screen(part)}`)
      }
      await expect(screens.join('')).toMatchFileSnapshot(`../golden/train/${golden}`)
    } finally {
      terminal.close()
    }
  })

  it('stays whole where the window becomes narrower and wider', async () => {
    const terminal = openTerminal([...program, ...few], 120, 40)
    try {
      await terminal.screen('frozen')
      terminal.press()
      await terminal.screen('evaluated')
      await terminal.resize(60, 20)
      terminal.press()
      await expect(await terminal.screen('steps')).toMatchFileSnapshot('../golden/train/screen-narrowed.txt')
      await terminal.resize(100, 30)
      terminal.press()
      await expect(await terminal.screen('noted')).toMatchFileSnapshot('../golden/train/screen-widened.txt')
    } finally {
      terminal.close()
    }
  })
})

describeStanding('the questions of new in a terminal', await standingOf('tmux'), () => {
  const rows = Array.from({ length: 40 }, (_, i) => `a text of some words ${i}\t${i % 2}\t${i % 3}\n`)
  /** The command in a folder of its own; the shell stays, so that its last screen can be read. */
  const asked = async (
    columns: number,
    act: (terminal: ReturnType<typeof openTerminal>, spec: string) => Promise<void>,
  ) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'distill-asks-'))
    const spec = path.join(folder, 'my.distill')
    const data = path.join(folder, 'train.tsv')
    writeFileSync(data, `text\tfirst\tsecond\n${rows.join('')}`)
    const command = `node --import tsx src/cli/main.ts new ${spec} --from ${data} --minutes 0.01; echo "status $?"; read line`
    const terminal = openTerminal(['sh', '-c', command], columns, 24)
    try {
      await act(terminal, spec)
    } finally {
      terminal.close()
      rmSync(folder, { recursive: true })
    }
  }
  const question = `  1  first
  2  second
  3  none: learn from the texts alone
Which column is the label? [1]`

  it.each([80, 120])('are asked again after a wrong number, and answered, at %d columns', async (columns) => {
    await asked(columns, async (terminal, spec) => {
      expect((await terminal.shows('[1]')).trimEnd()).toBe(question)
      for (const key of ['7', 'Enter']) terminal.press(key)
      await terminal.shows('[1] 7\nWhich column is the label? [1]')
      for (const key of ['2', 'Enter']) terminal.press(key)
      expect(await terminal.shows('status')).toContain('status 0')
      expect(readFileSync(spec, 'utf8')).toContain('label = class(column("second"))')
    })
  })

  it.each(['C-c', 'C-d'])('end with %s, and then nothing is written', async (key) => {
    await asked(90, async (terminal, spec) => {
      await terminal.shows('[1]')
      terminal.press(key)
      expect((await terminal.shows('status')).trimEnd()).toBe(`${question}\nstatus 130`)
      expect(existsSync(spec)).toBe(false)
    })
  })
})
