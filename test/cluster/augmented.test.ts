/** Ranks whose machines cache other proposed words train as one process does. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { dataTable } from '../faults/small-spec.ts'
import { standingOf } from '../required.ts'
import { describeStanding } from '../run/describe-standing.ts'
import { launching, leftOf, smallNotes, start } from './ranks.ts'

const spec = `${smallNotes}data masked { train = "train.tsv", text = column("text"), tokenizer = notes.tokenizer, max_length = 16, mask { probability = 15% } }
student T : small { heads { mlm = masked_lm(tied = embedding.word) } }
student S : small { heads { task = classifier(notes.label) } }
teacher G = T after pretrain
data more = notes with { augment { proposals = G.mlm, candidates = 4, copies = 3 } }
stage pretrain {
  minimize cross_entropy(T.mlm.logits, batch.original) where masked
  data = masked, budget = 1 epochs, batch = 16, optimizer = adamw(rate = 1e-3)
}
stage learn after pretrain {
  minimize cross_entropy(S.task.logits, batch.label), data = more, budget = 1 epochs, batch = 16
  optimizer = adamw(rate = 1e-3)
}
`

describeStanding('augmented examples by two ranks', await standingOf('openmpi'), () => {
  const folder = mkdtempSync(join(tmpdir(), 'augmented-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  it('are those of one process, whatever each machine has cached', async () => {
    writeFileSync(join(folder, 'train.tsv'), dataTable(300))
    writeFileSync(join(folder, 'spec.distill'), spec)
    // The cache of a rank, in place of that of a machine.
    const own = `XDG_CACHE_HOME="${folder}/cache-\${OMPI_COMM_WORLD_RANK:-0}" exec "$@"`
    const words = ['--backend', 'wasm', '--parts', '4', '--deadline', '5']
    const train = (out: string, ...launcher: string[]): ReturnType<typeof start>['ended'] =>
      start({ folder, out, words, launching: [...launcher, 'sh', '-c', own, 'sh'] }).ended
    const ranks = [...launching.openmpi, '-n', '2']
    const alone = await train('alone')
    expect(alone.code, alone.text).toBe(0)
    for (const out of ['first', 'second']) {
      if (out === 'second') rmSync(join(folder, 'cache-0'), { recursive: true })
      const { code, text } = await train(out, ...ranks)
      expect(code, text).toBe(0)
      expect(leftOf(join(folder, out))).toEqual(leftOf(join(folder, 'alone')))
    }
  })
})
