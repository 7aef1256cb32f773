/** `distill explain` of models in low precision: compared with float32 where data and weights are there, and the reason where not. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'

const home = mkdtempSync(join(tmpdir(), 'explain-fidelity-'))
afterAll(() => rmSync(home, { recursive: true }))

const spec = (weights: string): string => `
import { bert_base } from "std/bert.distill"
import { classifier } from "std/heads.distill"
import { soften } from "std/losses.distill"
data notes {
  train = "notes.tsv", text = column("text"), label = class(column("label"), ["a", "b"])
  tokenizer = wordpiece(size = 40), max_length = 12
}
model small = bert_base with { vocabulary = notes.vocabulary, positions = 12, layers = 1, hidden_size = 8, heads = 2 }
teacher T : small { ${weights}precision = bf16, heads { task = classifier(notes.label) } }
student S : small { heads { task = classifier(notes.label) } }
stage distil {
  minimize soften(S.task.logits, T.task.logits)
  data = notes, budget = 1 epoch, batch = 4, optimizer = adamw(rate = 1e-3)
}
`
function explain(text: string, ...more: readonly string[]): string {
  writeFileSync(join(home, 'spec.distill'), text)
  const given = ['explain', join(home, 'spec.distill'), '--backend', 'reference', ...more]
  return execFileSync(process.execPath, [resolve('dist/distill.js'), ...given], { encoding: 'utf8' })
}

describe('distill explain', () => {
  writeFileSync(join(home, 'notes.tsv'), `text\tlabel\n${'one two\ta\nthree four five\tb\n'.repeat(4)}`)
  it('compares a model in bf16 with itself in float32', () => {
    expect(explain(spec(''))).toMatch(
      /\n {2}stage distil: T in bf16 against float32, 4 examples \(at least 0\.99 and .*\n {4}task\.logits +cosine [01]\.\d{4} +predictions agree /,
    )
    const { fidelity } = JSON.parse(explain(spec(''), '--json'))
    expect(fidelity.measured[0]).toMatchObject({
      stage: 'distil',
      model: 'T',
      precision: 'bf16',
      examples: 4,
    })
  })
  it('says why where it cannot', () => {
    expect(explain(spec('weights = "nowhere", '))).toMatch(
      /\n {2}stage distil: not compared with float32: [\s\S]*nowhere/,
    )
  })
  it('says nothing of models in float32', () => {
    expect(explain(spec('').replace('precision = bf16, ', ''))).not.toContain('float32')
  })
})
