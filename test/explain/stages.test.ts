/** What is told of projections, and which stages of a family are told. */
import { describe, expect, it } from 'vitest'
import type { Program } from '../../src/check/program.ts'
import { filesOnDisk } from '../../src/disk/spec-files.ts'
import { printReport } from '../../src/explain/print.ts'
import { reportSpec } from '../../src/explain/report.ts'
import { shownStages } from '../../src/explain/shown-stages.ts'
import { programOf } from '../lower/spec-run.ts'

const options = {
  files: filesOnDisk,
  passes: 'none',
  backend: { name: 'cpu', capabilities: new Set<string>() },
} as const
const shown = (program: Program, wanted?: readonly string[]) =>
  shownStages(program, wanted).stages.map(({ name }) => name)

const spec = (uses: string, declared: string) => `
import { bert_base } from "std/bert.distill"
model large = bert_base with { vocabulary = 50, layers = 6, hidden_size = 16, heads = 2 }
model small = large with { layers = 3, hidden_size = 8 }
teacher T : large {}
student S : small {}
map g : small -> large = uniform
${declared}
loss hidden = ${uses}
stage distil { minimize hidden, batch = 4, optimizer = adamw(rate = 1e-3) }
stage hold after distil { train S.embedding, minimize hidden, batch = 4, optimizer = adamw(rate = 1e-3) }
`
/** The lines about projections. */
function projections(text: string): string[] {
  const lines = printReport(reportSpec(programOf({ text }), options)).split('\n')
  const first = lines.findIndex((line) => line.startsWith('  projection'))
  return lines.slice(first, lines.findIndex((line) => line.startsWith('  stage')) - 1)
}

describe('a projection', () => {
  it('is said to be shared, where it is used and trained, and where it is saved', () => {
    const text = spec(
      'sum m in 0..S.layers { mse(W(S.hidden[m]), T.hidden[g(m)]) }',
      'projection W : small.hidden_size -> large.hidden_size = linear',
    )
    expect(projections(text)).toEqual([
      '  projection W  8 -> 16  144 parameters, one for all layers',
      '    in hidden of stage distil, 4 times: trained',
      '    in hidden of stage hold, 4 times: not trained',
      '    saved in checkpoints, but not in best/MODEL.safetensors and exports',
    ])
  })
  it('may have a matrix a layer, or no use', () => {
    const text = spec(
      'sum m in 1..S.layers { mse(W[m](S.hidden[m]), T.hidden[g(m)]) }',
      `projection W[m] for m in 1..3 : small.hidden_size -> large.hidden_size = tanh
projection V : small.hidden_size -> large.hidden_size = linear`,
    )
    expect(projections(text)).toEqual([
      '  projection W  8 -> 16  tanh, 432 parameters, 3 matrices, one a layer',
      '    in hidden of stage distil, 3 times: trained',
      '    in hidden of stage hold, 3 times: not trained',
      '    saved in checkpoints, but not in best/MODEL.safetensors and exports',
      '',
      '  projection V  8 -> 16  144 parameters, one matrix',
      '    no stage uses it, so it is not trained and has no effect',
    ])
  })
})

describe('the stages that are explained', () => {
  const mobilebert = programOf({ path: 'specs/mobilebert.distill' })
  it('are the first two and the last of a large family of equals', () => {
    expect(shown(mobilebert)).toEqual(['climb[1]', 'climb[2]', 'climb[24]', 'distil'])
    const { others } = shownStages(mobilebert)
    expect(others.map(({ family, like, stages }) => [family, like, stages.length])).toEqual([
      ['climb', 'climb[2]', 21],
    ])
  })
  it('are all where one differs in more than its layer', () => {
    const stages = mobilebert.stages.map((stage) =>
      stage.name === 'climb[7]' ? { ...stage, batch: 16 } : stage,
    )
    expect(shown({ ...mobilebert, stages })).toHaveLength(25)
  })
  it('are those asked for, by the name of a stage or a family', () => {
    expect(shown(mobilebert, ['climb[7]', 'distil'])).toEqual(['climb[7]', 'distil'])
    expect(shown(mobilebert, ['climb'])).toHaveLength(24)
    expect(shown(programOf({ path: 'test/recipes/climb.distill' }))).toHaveLength(4)
  })
})
