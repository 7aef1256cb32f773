/** What an editor shows of what the checker has found: values, shapes, divisors, costs; and settings to try. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  CodeActionRequest,
  CodeLensRequest,
  CodeLensResolveRequest,
  CompletionRequest,
  ExecuteCommandRequest,
  HoverRequest,
  InlayHintRequest,
  SemanticTokensRequest,
  ShowMessageRequest,
} from 'vscode-languageserver/node'
import { colourModifiers, colours } from '../../src/language/colours.ts'
import { Editor, specs, uriOf } from './client.ts'

let editor: Editor
const home = mkdtempSync(join(tmpdir(), 'editor-facts-'))
beforeAll(async () => {
  editor = (await Editor.start()).editor
})
afterAll(async () => {
  expect(await editor.stop()).toBe(0)
  rmSync(home, { recursive: true })
})

const open = async (name: string): Promise<string> => {
  const path = join(specs, `${name}.distill`)
  expect(await editor.open(path, readFileSync(path, 'utf8'))).toEqual([])
  return path
}
const ask = <Answer>(method: string, path: string, more: object = {}): Promise<Answer> =>
  editor.connection.sendRequest(method, { textDocument: { uri: uriOf(path) }, ...more })

describe('under the pointer', () => {
  const hover = async (path: string, text: string, offset = 0): Promise<string> => {
    const found = await editor.connection.sendRequest(HoverRequest.type, editor.at(path, text, offset))
    return found && typeof found.contents === 'object' && 'value' in found.contents
      ? found.contents.value
      : ''
  }
  it('a tensor has its shape, for each layer', async () => {
    const path = await open('tinybert-4')
    expect(await hover(path, 'S.hidden[m]', 3)).toContain('S.hidden[m] : [example, token, unit 312]')
    expect(await hover(path, 'T.hidden[g(m)]', 10)).toContain('g(m) : 0, 3, 6, 9, 12')
    await editor.close(path)
  })
  it('a number has its value and the line that sets it', async () => {
    const path = await open('tinybert-4')
    const text = await hover(path, 'S.layers {', 3)
    expect(text).toContain('S.layers : 4')
    expect(text).toMatch(/from std\/bert\.distill:\d+: `model tinybert_4 = bert_base with \{ layers = 4/)
    await editor.close(path)
  })
  it('a loss has its divisor, its positions and its weight', async () => {
    const path = await open('tinybert-4')
    expect(await hover(path, 'loss hidn', 6)).toContain(
      'in general: weight 1; divided by example x token x unit, 5 times; positions: any',
    )
    await editor.close(path)
    const mobile = await open('mobilebert')
    expect(await hover(mobile, 'cross_entropy(S.mlm', 2)).toContain(
      'a number; divided by example x token; positions: masked',
    )
    await editor.close(mobile)
  })
  it('a rate has its course over the stage', async () => {
    const path = await open('demo')
    expect(await hover(path, 'rate = linear(7e-4', 1)).toMatch(/`▁[▁-█]+▁ 7e-4 linear, warm-up 10%`$/)
    await editor.type(path, 'temperature = 2)', 'temperature = 4 - 3 * progress)')
    expect(await hover(path, 'loss distilled', 6)).toMatch(
      /temperature `█[▁-█]+▁ 4 - 3 \* progress, from 4 to 1`/,
    )
    await editor.close(path)
  })
  it('a setting of a block has its meaning and what holds without it', async () => {
    const path = await open('tinybert-4')
    expect(await hover(path, 'microbatch = 32', 3)).toContain(
      '**microbatch**: Examples that are computed at once',
    )
    expect(await hover(path, 'pad = max_length', 1)).toContain('Without it: longest.')
    expect(await hover(path, 'where any', 7)).toContain('All positions, padding included.')
    await editor.close(path)
  })
  it('a student has its share of the teacher, a map its layers, a data block its files', async () => {
    const path = await open('tinybert-4')
    expect(await hover(path, 'student S', 8)).toContain('14,591,258 parameters, 13.0% of G')
    expect(await hover(path, 'map g', 4)).toContain('layers `0 3 6 9 12` of bert_base')
    expect(await hover(path, 'data corpus', 6)).toContain('at most 128 tokens')
    expect(await hover(path, '// `--set', 4)).toBe('')
    await editor.close(path)
  })
})

describe('beside the text', () => {
  const hints = async (path: string): Promise<readonly string[]> => {
    const range = { start: { line: 0, character: 0 }, end: { line: 1000, character: 0 } }
    const found = await ask<
      readonly { readonly position: { line: number; character: number }; label: string }[]
    >(InlayHintRequest.method, path, { range })
    const lines = editor.text(path).split('\n')
    return found.map(({ position: { line, character }, label }) => {
      const before = lines[line]?.slice(0, character) ?? ''
      return `${/[\w.]*(?:\[[^[]*\]|\))?$/.exec(before)?.[0]} ${label}`
    })
  }
  it('are shapes, layers, sizes and divisors', async () => {
    const path = await open('tinybert-4')
    expect(await hints(path)).toEqual(
      expect.arrayContaining([
        'uniform 0 3 6 9 12',
        'linear 312 -> 768',
        'S.hidden[m] : [example, token, unit 312]',
        "S.scores[m] : [example, head 12, token, token']",
      ]),
    )
    expect(await hints(path)).toContainEqual(expect.stringMatching(/ \/ example$/))
    await editor.close(path)
  })
  it('follow what is typed', async () => {
    const path = await open('tinybert-4')
    await editor.type(path, '= uniform', '= last')
    expect(await hints(path)).toContain('last 0 9 10 11 12')
    await editor.close(path)
  })
})

describe('colours', () => {
  const coloured = async (path: string): Promise<readonly string[]> => {
    const { data } = await ask<{ data: readonly number[] }>(SemanticTokensRequest.method, path)
    const lines = editor.text(path).split('\n')
    let [line, character] = [0, 0]
    return Array.from({ length: data.length / 5 }, (_, k) => {
      const [down = 0, right = 0, length = 0, colour = 0, bits = 0] = data.slice(5 * k, 5 * k + 5)
      character = down > 0 ? right : character + right
      line += down
      const modifiers = colourModifiers.filter((_, bit) => (bits >> bit) % 2 === 1)
      const text = lines[line]?.slice(character, character + length)
      return `${line + 1} ${text} ${[colours[colour], ...modifiers].join('.')}`
    })
  }
  it('are those of the declarations of names', async () => {
    const path = await open('demo')
    await expect((await coloured(path)).join('\n')).toMatchFileSnapshot(
      '../golden/language-server/demo.colours.txt',
    )
    await editor.close(path)
  })
  it('stay in a text that does not parse, behind an emoji too', async () => {
    const path = join(home, 'broken.distill')
    await editor.open(path, 'setting task = "🙂 {other}"\nsetting other = = 3 }}\nloss l = mse(')
    expect(await coloured(path)).toEqual(
      expect.arrayContaining(['1 setting keyword', '1 "🙂 {other}" string', '2 3 number', '3 mse function']),
    )
    await editor.close(path)
  })
})

interface Lens {
  readonly command?: { readonly title: string; readonly command: string; readonly arguments?: unknown[] }
  readonly data?: unknown
}

describe('above declarations', () => {
  const lenses = (path: string): Promise<readonly Lens[]> => ask(CodeLensRequest.method, path)
  it('are parameters of models and commands of stages, at once', async () => {
    const path = await open('tinybert-4')
    const found = await lenses(path)
    const titles = found.map(({ command }) => command?.title)
    expect(titles).toContain('14,591,258 parameters, 13.0% of G')
    expect(titles).toContain('8 values')
    const train = found.find(({ command }) => command?.title === 'train')
    expect(train?.command).toMatchObject({
      command: 'distill.train',
      arguments: [uriOf(path), 'general', {}],
    })
    await editor.close(path)
  })
  it('is what a stage costs, a little later, as explain says it', async () => {
    const path = await open('demo')
    const lens = (await lenses(path)).find(({ data }) => data !== undefined)
    const { command } = await editor.connection.sendRequest<Lens>(CodeLensResolveRequest.method, lens)
    expect(command?.title).toMatch(/^1,875 steps, [\d.]+ GFLOP a step, peak [\d.]+ MiB$/)
    await editor.close(path)
  }, 60_000)
})

describe('a setting', () => {
  it('is switched, and the spec is checked with the value', async () => {
    const path = await open('tinybert-4')
    let offered: readonly string[] = []
    editor.connection.onRequest(ShowMessageRequest.type, ({ actions = [] }) => {
      offered = actions.map(({ title }) => title)
      return actions.find(({ title }) => title === 'rte') ?? null
    })
    const begun = editor.published.length
    await editor.connection.sendRequest(ExecuteCommandRequest.type, {
      command: 'distill.switchSetting',
      arguments: [uriOf(path), 'task'],
    })
    expect(offered).toEqual(['sst2', 'cola', 'mnli', 'mrpc', 'qnli', 'qqp', 'rte', 'stsb'])
    const found: readonly Lens[] = await ask(CodeLensRequest.method, path)
    expect(found.map(({ command }) => command?.title)).toContain('checked with task = rte')
    expect(editor.published.slice(begun).filter(({ uri }) => uri === uriOf(path))).toMatchObject([
      { diagnostics: [] },
    ])
    await editor.close(path)
  })
})

describe('what is offered as a value', () => {
  const labels = async (path: string, text: string): Promise<readonly string[]> => {
    const found = await editor.connection.sendRequest(
      CompletionRequest.type,
      editor.at(path, text, text.length),
    )
    return (Array.isArray(found) ? found : []).map(({ label }) => label)
  }
  it('are columns of the data', async () => {
    const [path, data] = [join(home, 'columns.distill'), join(home, 'rows.tsv')]
    writeFileSync(data, 'sentence\tmood\na b\tgood\nc d\tbad\n')
    const text =
      'data d {\n  train = "rows.tsv", text = column("sentence")\n  tokenizer = wordpiece(size = 50)\n}\n'
    expect(await editor.open(path, text)).toEqual([])
    await editor.type(path, 'column("sentence")', 'column("')
    expect(await labels(path, 'column("')).toEqual(['sentence', 'mood'])
    await editor.close(path)
  })
  it('are files beside the spec', async () => {
    const path = join(home, 'files.distill')
    await editor.open(path, 'data d {\n  train = "\n}\n')
    expect(await labels(path, 'train = "')).toContain('rows.tsv')
    await editor.close(path)
  })
  it('are the words that a setting takes, and metrics', async () => {
    const path = await open('demo')
    await editor.type(path, 'max_length = 48\n}\n\n', 'max_length = 48, pad = \n}\n\n')
    expect((await labels(path, 'max_length = 48, pad = ')).slice(0, 2)).toEqual(['longest', 'max_length'])
    await editor.type(path, 'evaluate = [accuracy]', 'evaluate = []')
    expect(await labels(path, 'evaluate = [')).toEqual(expect.arrayContaining(['macro_f1', 'accuracy']))
    await editor.close(path)
  })
  it('are the settings of the base of a model, with their values', async () => {
    const path = await open('demo')
    await editor.type(path, 'with { layers = 3, ', 'with { layers = 3, \n  ')
    const found = await editor.connection.sendRequest(
      CompletionRequest.type,
      editor.at(path, 'layers = 3, \n  ', 15),
    )
    const items = Array.isArray(found) ? found.map(({ label, detail }) => `${label} ${detail}`) : []
    expect(items).toContain('activation small_bert: gelu')
    expect(items.some((item) => item.startsWith('layers '))).toBe(false)
    await editor.close(path)
  })
  it('are the ends of paths of parameters', async () => {
    const path = await open('demo')
    await editor.type(
      path,
      '**.scale] { weight_decay = 0 }\n  evaluate',
      '**.] { weight_decay = 0 }\n  evaluate',
    )
    expect(await labels(path, '[**.bias, **.')).toEqual(expect.arrayContaining(['weight', 'bias', 'scale']))
    await editor.close(path)
  })
})

describe('remedies', () => {
  const titles = async (path: string, text: string): Promise<readonly string[]> => {
    const { textDocument, position } = editor.at(path, text)
    const actions = await editor.connection.sendRequest(CodeActionRequest.type, {
      ...{ textDocument, range: { start: position, end: position } },
      context: { diagnostics: [] },
    })
    return (actions ?? []).map((action) => {
      const edits = 'edit' in action ? (action.edit?.changes?.[uriOf(path)] ?? []) : []
      return [action.title, ...edits.map(({ newText }) => newText)].join(' | ')
    })
  }
  it('insert a projection between two sizes', async () => {
    const path = await open('tinybert-4')
    await editor.type(path, 'mse(W(S.hidden[m])', 'mse(S.hidden[m]')
    expect(await titles(path, 'S.hidden[m], T')).toEqual([
      expect.stringMatching(
        /^Project it: tinybert_4.hidden_size -> bert_base.hidden_size \| projection V : .* = linear\n\n \| V\( \| \)$/,
      ),
    ])
    await editor.close(path)
  })
  it('restrict a loss to the tokens that have labels', async () => {
    const path = await open('mobilebert')
    await editor.type(path, 'batch.original) where masked', 'batch.original)')
    expect(await titles(path, 'cross_entropy(S.mlm')).toEqual(['Add `where masked` |  where masked'])
    await editor.close(path)
  })
  it('turn a key of config.json into ours', async () => {
    const path = await open('demo')
    await editor.type(path, 'with { layers = 3', 'with { num_hidden_layers = 3')
    expect(await titles(path, 'num_hidden_layers')).toEqual(['Write `layers` | layers'])
    await editor.close(path)
  })
})
