/** What `distill train` shows in a real terminal, as golden screens. */
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
