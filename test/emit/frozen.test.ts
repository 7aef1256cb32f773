/** An emitted trainer runs frozen models once an example, as `distill train` does. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { capabilitiesOf, createRunner } from '../../src/backends/index.ts'
import { emitTrainer } from '../../src/emit/trainer.ts'
import { compileStage, compileTaps } from '../../src/lower/stage.ts'
import { ProgramData } from '../../src/train/program-data.ts'
import { Trainer } from '../../src/train/run.ts'
import { RunFolder } from '../../src/train/run-folder.ts'
import { programOf } from '../lower/spec-run.ts'
import { describeBackendNames } from '../run/backends.ts'

const root = new URL('../..', import.meta.url).pathname
const text = 'a warm day and a cold night by the old river of stones'.split(' ')
const rows = Array.from(
  { length: 10 },
  (_, i) => `${text.slice(i % 5, i + 1).join(' ')}\t${i % 2 ? 'warm' : 'cold'}`,
)

/** Read at padding in one stage, an answer in the other; the second teacher is what the first stage leaves. */
const spec = `
import { bert_base } from "std/bert.distill"
import { classifier } from "std/heads.distill"
import { soften } from "std/losses.distill"
data colours {
  train = "train.tsv", text = column("sentence"), label = class(column("label"), ["cold", "warm"])
  tokenizer = wordpiece(size = 60), max_length = 14
}
model deep = bert_base with { vocabulary = colours.vocabulary, positions = 14, layers = 3, hidden_size = 16, heads = 2 }
model flat = deep with { layers = 1, hidden_size = 8 }
teacher T : deep {}
student M : deep { heads { task = classifier(colours.label) } }
teacher K = M after assistant
student S : flat { heads { task = classifier(colours.label) } }
loss hidn = mse(M.hidden[3], T.hidden[3]) where any
loss soft = soften(S.task.logits, K.task.logits)
stage assistant {
  minimize hidn + cross_entropy(M.task.logits, batch.label)
  data = colours, batch = 4, microbatch = 2, budget = 2 epochs, optimizer = adamw(rate = constant(1e-3))
}
stage student after assistant {
  minimize soft
  data = colours, batch = 4, budget = 3 epochs, optimizer = adamw(rate = constant(1e-2))
}
`
let home = ''
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'distill-frozen-'))
  mkdirSync(join(home, 'node_modules'))
  symlinkSync(root, join(home, 'node_modules/distill'))
  symlinkSync(join(root, 'node_modules/@tensorflow'), join(home, 'node_modules/@tensorflow'))
  writeFileSync(join(home, 'train.tsv'), ['sentence\tlabel', ...rows, ''].join('\n'))
  writeFileSync(join(home, 'spec.distill'), spec)
})
afterAll(() => rmSync(home, { recursive: true, force: true }))

describeBackendNames(
  'on %s',
  (backend) => {
    it('the losses and weights of distill train, bit for bit', async () => {
      const program = programOf({ path: join(home, 'spec.distill') })
      const [losses, kept]: [string[], string[]] = [[], []]
      const runner = await createRunner(backend)
      const folder = new RunFolder(join(home, `${backend}-own`))
      const trainer = new Trainer({
        program,
        runner,
        counter: await createRunner('reference'),
        data: new ProgramData(program, folder.tokenizers),
        compileStage,
        compileTaps,
        folder,
        seed: 3,
        randomWeights: true,
        observer: {
          step: ({ stage, step, loss, norm }) => losses.push(`${stage} ${step} ${loss} ${norm}`),
          frozen: ({ models, done, total }) => {
            if (done === total) kept.push(`${models}: ${total}`)
          },
        },
      })
      await trainer.run()
      runner.dispose()
      expect(kept).toEqual(['T: 10', 'K: 10'])

      const file = join(home, `${backend}.mts`)
      const target = { name: backend, capabilities: await capabilitiesOf(backend) }
      writeFileSync(file, emitTrainer(program, program.stages, { backend: target }))
      const options = [
        '--seed',
        '3',
        '--backend',
        backend,
        '--random-weights',
        '--out',
        join(home, `${backend}-other`),
      ]
      const said = execFileSync(join(root, 'node_modules/.bin/tsx'), [file, ...options], {
        cwd: root,
        encoding: 'utf8',
      })
      expect([...said.matchAll(/^\w: 10 examples kept, \d+ bytes$/gm)].length).toBe(2)
      const lines = [...said.matchAll(/^(\w+) (\d+)\/\d+ {2}loss (\S+) .* \|g\| (\S+)/gm)]
      expect(lines.map(([, ...parts]) => parts.join(' '))).toEqual(losses)
      for (const model of ['M', 'S']) {
        const [own, other] = ['own', 'other'].map((which) =>
          readFileSync(join(home, `${backend}-${which}/best/${model}.safetensors`)),
        )
        expect(own?.equals(other ?? Buffer.alloc(0))).toBe(true)
      }
    })
  },
  ['cpu', 'wasm', 'native'],
)
