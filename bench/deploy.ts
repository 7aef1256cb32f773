/**
 * Exported ONNX files of six architectures in every runtime that runs here, on 500 texts: labels and
 * probabilities against `distill predict`, sizes and latency. It trains them first, for a minute or two.
 * Run: npm run build && npx tsx bench/deploy.ts. `DISTILL_ORT=FOLDER` names another onnxruntime-node, such as 1.17.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { z } from 'zod'
import { makeBatch } from '../src/data/batching.ts'
import { encodeTexts } from '../src/data/encode.ts'
import { loadTokenizer } from '../src/data/tokenizer/load-tokenizer.ts'
import { prepareWordnet } from '../src/data/wordnet.ts'
import { softmax } from '../src/train/distributions.ts'
import { chromiumPath, openPage } from '../test/browser/chromium.ts'
import { serve } from '../test/browser/server.ts'
import { python } from '../test/tools.ts'

const root = path.resolve(import.meta.dirname, '..')
const models = ['demo', 'tinybert', 'distilled', 'shared', 'bottleneck', 'own'] as const
const files = ['model.onnx', 'model_quantized.onnx'] as const
const scratch = mkdtempSync(path.join(os.tmpdir(), 'distill-deploy-'))
const answers = z.object({ logits: z.array(z.array(z.number())), ms: z.number() })
type Answers = z.infer<typeof answers>
const prediction = z.object({ label: z.string(), probabilities: z.record(z.string(), z.number()) })

function run(program: string, given: readonly string[], input?: string): string {
  const { status, stdout, stderr } = spawnSync(program, given, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    ...(input === undefined ? {} : { input }),
  })
  if (status !== 0) throw new Error(`${program} ${given.join(' ')}\n${stderr}`)
  return stdout
}
const distill = (given: readonly string[], input?: string): string =>
  run(process.execPath, ['dist/distill.js', ...given], input)

/** The texts as int64 inputs, 20 at a time, each batch padded to its longest text. */
function feedsOf(folder: string, texts: readonly string[]) {
  const tokenizer = loadTokenizer(folder)
  const feed = (some: readonly string[]) => {
    const examples = some.map((text, id) => ({
      id,
      ...encodeTexts(tokenizer, [text], 48),
      file: '',
      line: 0,
    }))
    const { B, L, inputs } = makeBatch(examples, tokenizer.vocabulary, { pad: 'longest', maxLength: 48 })
    const numbers = (name: string): number[] => [...(inputs.get(name)?.data ?? [])].map(Number)
    return {
      shape: [B, L],
      inputs: {
        input_ids: numbers('tokens'),
        attention_mask: numbers('attended'),
        token_type_ids: numbers('segments'),
      },
    }
  }
  const batches = Array.from({ length: Math.ceil(texts.length / 20) }, (_, i) =>
    feed(texts.slice(i * 20, (i + 1) * 20)),
  )
  return { batches, single: feed(texts.slice(0, 1)) }
}

interface Runtime {
  readonly name: string
  readonly ask: (model: string, feeds: string) => Promise<Answers>
}

const node = (name: string, place: string): Runtime => ({
  name,
  ask: async (model, feeds) =>
    answers.parse(JSON.parse(run(process.execPath, ['bench/deploy/run-node.mjs', place, model, feeds]))),
})

const pages: { close(): Promise<void> | void }[] = []

async function runtimes(): Promise<Runtime[]> {
  const found = [node('onnxruntime-node 1.30', 'onnxruntime-node')]
  const older = process.env.DISTILL_ORT
  if (older !== undefined) {
    const { version } = z
      .object({ version: z.string() })
      .parse(JSON.parse(readFileSync(path.join(older, 'package.json'), 'utf8')))
    found.push(node(`onnxruntime-node ${version}`, path.resolve(older)))
  }
  if (spawnSync(python, ['-c', 'import onnx, onnxruntime']).status === 0)
    found.push({
      name: "Python's onnxruntime",
      ask: async (model, feeds) =>
        answers.parse(JSON.parse(run(python, ['bench/deploy/run-python.py', model, feeds]))),
    })
  if (chromiumPath() !== undefined) {
    const web = path.join(root, 'node_modules/onnxruntime-web/dist')
    const site = await serve({ files: scratch, ort: web, code: path.join(root, 'bench/deploy') })
    const page = await openPage(site.address)
    pages.push(page, site)
    found.push({
      name: 'onnxruntime-web, Chromium',
      ask: async (model, feeds) => {
        const given = { model: path.relative(scratch, model), feeds: path.relative(scratch, feeds) }
        return answers.parse(
          await page.run(
            `const ort = await import('/ort/ort.wasm.min.mjs')
             const { answer } = await import('/code/answer.mjs')
             Object.assign(ort.env.wasm, { wasmPaths: '/ort/', numThreads: 1 })
             const session = await ort.InferenceSession.create('/files/' + given.model)
             return answer(ort, session, await (await fetch('/files/' + given.feeds)).json())`,
            given,
          ),
        )
      },
    })
  }
  return found
}

const mb = (file: string): string => (statSync(file).size / 1e6).toFixed(2)

/** `500 of 500, 3e-7` */
function against(expected: readonly z.infer<typeof prediction>[], { logits }: Answers): string {
  let [same, most] = [0, 0]
  for (const [i, { label, probabilities }] of expected.entries()) {
    const own = softmax(Float32Array.from(logits[i] ?? []))
    const wanted = Object.values(probabilities)
    const best = Object.keys(probabilities)[own.indexOf(Math.max(...own))]
    if (best === label) same++
    for (const [k, probability] of wanted.entries())
      most = Math.max(most, Math.abs(probability - (own[k] ?? 0)))
  }
  return `${same} of ${expected.length}, ${most.toExponential(0)}`
}

try {
  if (!existsSync(path.join(root, 'data/demo/test.tsv'))) prepareWordnet(path.join(root, 'data/demo'))
  const trained = path.join(scratch, 'run')
  distill(['train', 'bench/deploy/models.distill', '--out', trained])
  const texts = readFileSync(path.join(root, 'data/demo/test.tsv'), 'utf8')
    .trim()
    .split('\n')
    .slice(1, 501)
    .map((row) => row.split('\t')[0] ?? '')
  const found = await runtimes()
  console.log(
    `${os.cpus()[0]?.model}, one thread; a text of the first 500 of data/demo/test.tsv; milliseconds are medians of 50 runs of one text`,
  )
  console.log(`| model | file | MB | ${found.map(({ name }) => `${name} | ms`).join(' | ')} |`)
  console.log(`|---|---|---|${'---|---|'.repeat(found.length)}`)
  for (const model of models) {
    const folder = path.join(scratch, model)
    const told = distill(['export', trained, '--model', model, '--to', folder, '--onnx', '--int8'])
    const expected = distill(
      ['predict', trained, '--model', model, '--json', '--backend', 'wasm'],
      `${texts.join('\n')}\n`,
    )
      .trim()
      .split('\n')
      .map((line) => prediction.parse(JSON.parse(line)))
    const feeds = path.join(scratch, `${model}.json`)
    writeFileSync(feeds, JSON.stringify(feedsOf(folder, texts)))
    for (const file of files) {
      const place = path.join(folder, 'onnx', file)
      const cells: string[] = []
      for (const { ask } of found) {
        const said = await ask(place, feeds)
        cells.push(against(expected, said), said.ms.toFixed(2))
      }
      console.log(`| ${model} | ${file} | ${mb(place)} | ${cells.join(' | ')} |`)
    }
    console.error(told.trim())
  }
} finally {
  for (const one of pages) await one.close()
  rmSync(scratch, { recursive: true })
}
