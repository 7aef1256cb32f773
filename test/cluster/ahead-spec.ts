/** A spec with a teacher that has its weights, one that a stage trains, and a stage without any. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { dataTable } from '../faults/small-spec.ts'
import { smallNotes } from './ranks.ts'

export function writeAhead(folder: string): void {
  const stage = (name: string, loss: string): string => `stage ${name} {
  minimize ${loss}, data = notes, budget = 3 epochs, batch = 8
  optimizer = adamw(rate = linear(1e-2, warmup = 10%), clip = 1), evaluate = [accuracy], keep = best(accuracy)
}
`
  writeFileSync(join(folder, 'train.tsv'), dataTable(35))
  writeFileSync(
    join(folder, 'spec.distill'),
    `${smallNotes}teacher T : small { heads { task = classifier(notes.label) } }
student S : small { heads { task = classifier(notes.label) } }
student R : small { heads { task = classifier(notes.label) } }
teacher K = S after warm
${stage('warm', 'soften(S.task.logits, T.task.logits, temperature = 2)')}
${stage('copied after warm', 'soften(R.task.logits, K.task.logits, temperature = 2)')}
${stage('learn after copied', 'cross_entropy(R.task.logits, batch.label)')}
${stage('later after learn', 'soften(R.task.logits, T.task.logits, temperature = 3)')}`,
  )
}
