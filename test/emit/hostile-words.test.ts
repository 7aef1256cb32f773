import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ts from 'typescript'
import { afterAll, expect, it } from 'vitest'
import { distill } from '../distill.ts'

const root = mkdtempSync(join(tmpdir(), 'distill-words-'))
afterAll(() => rmSync(root, { recursive: true }))

/** Ends of lines, comments, texts and templates, what a terminal obeys, and the mark of quotes in src/emit/pieces.ts. */
const hostile = 'a\nevil()\r`\u0024{evil()}`\'"*/ evil() /*\u2028\u001b]0;x\u0007\u202e\ue000+evil()+\ue000'

const spec = (word: string): string => `import { bert_base } from "std/bert.distill"
import { classifier } from "std/heads.distill"
data d {
  train = ${JSON.stringify(`${word.replaceAll(/\p{Cc}/gu, '')}.tsv`)}, text = column("text"), tokenizer = wordpiece(size = 100)
  label = class(column("label"), [${JSON.stringify(word.replaceAll(/[\p{Cc}\u2028]/gu, ''))}, "other"]), max_length = 16
}
model small = bert_base with { layers = 1, hidden_size = 8, heads = 2, vocabulary = 100 }
student S : small { heads { task = classifier(d.label) } }
stage learn {
  minimize cross_entropy(S.task.logits, batch.label)
  data = d, budget = 1 epoch, batch = 2, optimizer = adamw(rate = 1e-3)
}
`

/** The kinds of the nodes of a program in their order, without its texts. */
function shapeOf(source: string): number[] {
  const file = ts.createSourceFile('trainer.ts', source, ts.ScriptTarget.Latest)
  const kinds: number[] = []
  const visit = (node: ts.Node): void => {
    kinds.push(node.kind)
    ts.forEachChild(node, visit)
  }
  visit(file)
  return kinds
}

async function trainerOf(
  folder: string,
  file: string,
  word: string,
  flags: readonly string[],
): Promise<string> {
  const place = join(root, folder)
  mkdirSync(place, { recursive: true })
  writeFileSync(join(place, file), spec(word))
  const words = ['compile', file, '--emit', 'trainer', ...flags]
  const { status, out, err } = await distill(words, { cwd: place })
  if (status !== 0) throw new Error(err)
  return out
}

it.each([
  ['with Distill', []],
  ['standalone', ['--standalone', '--stage', 'learn']],
])('a trainer %s has the same tree whatever the names of files and labels', async (_, flags) => {
  const [plain, planted] = [
    await trainerOf('plain', 'spec.distill', 'word', flags),
    await trainerOf('planted', `${hostile.replaceAll('/', ':')}*.distill`, hostile, flags),
  ]
  expect(shapeOf(planted)).toEqual(shapeOf(plain))
  expect(/.{0,40}(?:(?!\n)\p{Cc}|\p{Bidi_Control}|\u2028)/u.exec(planted)?.[0]).toBeUndefined()
})
