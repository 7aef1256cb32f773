/** Models of a run as folders with ONNX files, as a person makes them and transformers.js reads them. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readModel } from '../onnx/read-model.ts'

const root = path.resolve(import.meta.dirname, '../..')
const folder = mkdtempSync(path.join(tmpdir(), 'distill-onnx-command-'))
afterAll(() => rmSync(folder, { recursive: true }))
const at = (name: string): string => path.join(folder, name)

interface Outcome {
  readonly status: number | null
  readonly out: string
  readonly err: string
}
function distillIn(
  environment: { readonly [name: string]: string },
  input: string,
  ...given: string[]
): Outcome {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [path.join(root, 'dist/distill.js'), ...given],
    {
      cwd: root,
      encoding: 'utf8',
      input,
      env: { ...process.env, NO_COLOR: '1', COLUMNS: '300', ...environment },
    },
  )
  return { status, out: stdout, err: stderr }
}
const distill = (...given: string[]): Outcome => distillIn({}, '', ...given)

/** A student of an own architecture with two heads, and a usual one. */
const spec = `import { bert_base } from "std/bert.distill"
import { classifier, token_classifier } from "std/heads.distill"
data colours {
  train = "${root}/test/fixtures/tiny/train.tsv", validation = "${root}/test/fixtures/tiny/validation.tsv"
  text  = column("sentence")
  label = class(column("label"), ["cold", "warm"])
  tokenizer = wordpiece(size = 96), max_length = 16
}
model usual = bert_base with { vocabulary = colours.vocabulary, positions = 16, layers = 1, hidden_size = 16, heads = 2 }
model averaged = usual with { without embedding.type, pooler = mean(output, over = token) }
head one_vector() { vector = linear(pooler, 8) }
head digits(labels) { all = 1e9 * linear(pooler, labels, axis = class), logits = all - floor(all) }
head similar_tokens() { similar = dot(output, output) }
student N : averaged { heads { task = digits(colours.label), pairs = similar_tokens() } }
student U : usual { heads { task = classifier(colours.label) } }
student S : averaged { heads { task = classifier(colours.label), embed = one_vector(), parts = token_classifier(3) } }
stage first { minimize cross_entropy(U.task.logits, batch.label), data = colours, budget = 2 epochs, batch = 8, optimizer = adamw(rate = 5e-3) }
stage learn {
  minimize cross_entropy(S.task.logits, batch.label)
  data = colours, budget = 4 epochs, batch = 8, optimizer = adamw(rate = 5e-3), evaluate = [accuracy]
}
`
beforeAll(() => {
  writeFileSync(at('own.distill'), spec)
  const { status, err } = distill('train', at('own.distill'), '--out', at('run'), '--backend', 'wasm')
  expect([status, status === 0 ? '' : err]).toEqual([0, ''])
}, 60_000)

const json = (file: string) => JSON.parse(readFileSync(file, 'utf8'))
const plainFiles = [
  'README.md',
  'config.json',
  'special_tokens_map.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'vocab.txt',
]

describe('distill export --onnx', () => {
  it('of a model that is no class of transformers writes a folder for transformers.js', () => {
    const done = distill('export', at('run'), '--to', at('own'), '--head', 'task', '--int8', '--fp16')
    expect([done.status, done.out]).toEqual([0, expect.stringContaining(`S as ONNX -> ${at('own')}\n`)])
    expect(done.err).toMatch(/note: no class of transformers computes S, so the folder is for ONNX alone: /)
    const [, float, int8, half] = done.out.split('\n')
    expect(float).toMatch(
      /model\.onnx +float32, \d+ KB, opset 20; as predict on 20 texts of validation, to \d\.\de-\d+$/,
    )
    const agreement =
      /against float32 on 20 texts of validation: cosine (0\.9\d+|1\.0+), predictions agree \d+\.\d%$/
    expect(int8).toMatch(/model_quantized\.onnx +weights in 8 bits, \d+ KB \(\d+\.\d%\), opset 20; /)
    expect(int8).toMatch(agreement)
    expect(half).toMatch(/model_fp16\.onnx +float16, /)
    expect(half).toMatch(agreement)
    expect(readdirSync(at('own')).sort()).toEqual([...plainFiles, 'onnx'].sort())
    expect(readdirSync(at('own/onnx')).sort()).toEqual([
      'model.onnx',
      'model_fp16.onnx',
      'model_quantized.onnx',
    ])
    expect(json(at('own/config.json'))).toEqual({
      model_type: 'bert',
      architectures: ['BertForSequenceClassification'],
      vocab_size: 96,
      max_position_embeddings: 16,
      pad_token_id: 0,
      id2label: { '0': 'cold', '1': 'warm' },
      label2id: { cold: 0, warm: 1 },
    })
    expect(json(at('own/tokenizer_config.json'))).toMatchObject({
      tokenizer_class: 'BertTokenizer',
      model_max_length: 16,
      model_input_names: ['input_ids', 'attention_mask'],
    })
    expect(readFileSync(at('own/README.md'), 'utf8')).toMatch(
      /library_name: transformers\.js[\s\S]*\| `onnx\/model_quantized\.onnx` \| weights in 8 bits/,
    )
    const { metadata, producer } = readModel(readFileSync(at('own/onnx/model.onnx')))
    expect(producer).toMatch(/^distill \d/)
    expect(Object.fromEntries(metadata)).toEqual({
      spec: at('own.distill'),
      spec_hash: expect.stringMatching(/^[0-9a-f]{16}$/),
      model: 'S',
      head: 'task',
      labels: '["cold","warm"]',
      'metrics colours validation': expect.stringMatching(/^\{"accuracy":[\d.]+\}$/),
    })
  })
  it('of a class of transformers adds to its folder', () => {
    const done = distill('export', at('run'), '--to', at('usual'), '--onnx', '--model', 'U')
    expect([done.status, done.out.split('\n')[0]]).toEqual([
      0,
      `U as BertForSequenceClassification -> ${at('usual')}`,
    ])
    expect(readdirSync(at('usual')).sort()).toEqual([...plainFiles, 'model.safetensors', 'onnx'].sort())
    expect(json(at('usual/config.json'))).toMatchObject({
      architectures: ['BertForSequenceClassification'],
      hidden_size: 16,
      // else a browser would look for a file in 8 bits
      'transformers.js_config': { dtype: 'fp32' },
    })
    expect(json(at('usual/tokenizer_config.json')).model_input_names).toEqual([
      'input_ids',
      'token_type_ids',
      'attention_mask',
    ])
    // files of formats that are not written any more are of the old model
    writeFileSync(at('usual/onnx/model_quantized.onnx'), 'old')
    expect(
      distill('export', at('run'), '--to', at('usual'), '--onnx', '--model', 'U', '--unproved').out,
    ).toMatch(/; not compared with the model$/m)
    expect(readdirSync(at('usual/onnx'))).toEqual(['model.onnx'])
  })
  it('of a model with several heads writes a folder for each', () => {
    const done = distill('export', at('run'), '--to', at('heads'), '--onnx', '--unproved')
    expect([done.status, done.out.match(/^S .*/gm)]).toEqual([
      0,
      [
        `S task as ONNX -> ${at('heads/task')}`,
        `S embed as BertModel with Pooling (mean) and Dense -> ${at('heads/embed')}`,
        `S parts as BertForTokenClassification -> ${at('heads/parts')}`,
      ],
    ])
    const outputsOf = (head: string) =>
      readModel(readFileSync(at(`heads/${head}/onnx/model.onnx`))).outputs.map(({ name, shape }) => [
        name,
        shape,
      ])
    const tokens = ['batch_size', 'sequence_length']
    expect(outputsOf('task')).toEqual([['logits', ['batch_size', 2]]])
    expect(outputsOf('parts')).toEqual([['logits', [...tokens, 3]]])
    expect(outputsOf('embed')).toEqual([
      ['last_hidden_state', [...tokens, 16]],
      ['sentence_embedding', ['batch_size', 8]],
    ])
    expect(json(at('heads/parts/config.json')).architectures).toEqual(['BertForTokenClassification'])
  })
})

describe('what is refused leaves nothing', () => {
  const listed = (): string[] => readdirSync(folder).sort()
  function refused(outcome: Outcome, message: RegExp, files: readonly string[]): void {
    expect([outcome.status, outcome.err]).toEqual([expect.any(Number), expect.stringMatching(message)])
    expect(outcome.status).toBeGreaterThan(0)
    expect(outcome.err.match(/^error\[/gm)).toHaveLength(1)
    expect(listed()).toEqual(files)
  }
  it('no run, an unfinished run, a head that there is not, or that gives nothing', () => {
    mkdirSync(at('empty'), { recursive: true })
    const unfinished = at('unfinished')
    mkdirSync(path.join(unfinished, 'checkpoints'), { recursive: true })
    for (const file of ['config.json', 'spec.json'])
      writeFileSync(path.join(unfinished, file), readFileSync(path.join(at('run'), file)))
    const files = listed()
    const to = ['--to', at('x'), '--onnx']
    refused(distill('export', at('nothing'), ...to), /^error\[E1107\].*is not there/, files)
    refused(distill('export', at('empty'), ...to), /^error\[E1107\].*holds no run/, files)
    refused(distill('export', unfinished, ...to), /^error\[E1107\].*has no trained model yet/, files)
    refused(
      distill('export', at('run'), ...to, '--head', 'tusk'),
      /^error\[E1105\].*`tusk`\n[\s\S]*did you mean `task`/,
      files,
    )
    refused(distill('export', at('run'), ...to, '--model', 'N', '--head', 'pairs'), /^error\[E1130\]/, files)
  })
  it('a file whose answers rounding decides', () => {
    const files = listed()
    const outcome = distill('export', at('run'), '--to', at('x'), '--onnx', '--model', 'N', '--head', 'task')
    expect(outcome.err).toMatch(/^error\[E1132\].*logits of model\.onnx differs from that of N by /m)
    refused(outcome, /rounding explains/, files)
  })
  it('a machine without ONNX Runtime, unless --unproved', () => {
    const hook = at('hidden.cjs')
    writeFileSync(
      hook,
      `const Module = require('node:module')
const resolve = Module._resolveFilename
Module._resolveFilename = function (name, ...rest) {
  if (name.split('/')[0] === 'onnxruntime-node') throw new Error("Cannot find module 'onnxruntime-node'")
  return resolve.call(this, name, ...rest)
}
`,
    )
    const files = listed()
    const without = (...flags: string[]): Outcome =>
      distillIn(
        { NODE_OPTIONS: `--require ${hook}` },
        '',
        'export',
        at('run'),
        '--to',
        at('without'),
        '--onnx',
        ...flags,
      )
    const outcome = without()
    refused(outcome, /error\[E1120\].*onnxruntime-node is not installed/, files)
    expect(outcome.err.replaceAll(/\s+/g, ' ')).toMatch(
      /npm install .*onnxruntime-node.*; or write the file without running it: --unproved/,
    )
    expect(without('--unproved').status).toBe(0)
    expect(existsSync(at('without/task/onnx/model.onnx'))).toBe(true)
  })
  it('a disk that has no room', () => {
    const files = listed()
    // files of at most 8 KiB, which the system refuses as it refuses those that a full disk has no room for
    const line = `ulimit -f 16; exec "${process.execPath}" "${root}/dist/distill.js" export ${at('run')} --to ${at('full')} --onnx`
    const { status, stderr } = spawnSync('sh', ['-c', line], {
      cwd: root,
      encoding: 'utf8',
      env: { ...process.env, NO_COLOR: '1' },
    })
    refused({ status, out: '', err: stderr }, /error\[E0907\].*model\.onnx/, files)
  })
})
