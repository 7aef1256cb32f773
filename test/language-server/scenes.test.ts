/** What an editor sees while specs are opened, typed and changed, from a real client of the language server. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  CodeActionRequest,
  CompletionRequest,
  DefinitionRequest,
  DocumentFormattingRequest,
  DocumentSymbolRequest,
  FoldingRangeRequest,
  HoverRequest,
  type Location,
  PrepareRenameRequest,
  ReferencesRequest,
  RenameRequest,
  type TextEdit,
} from 'vscode-languageserver/node'
import { Editor, specs, uriOf } from './client.ts'

let editor: Editor
const home = mkdtempSync(join(tmpdir(), 'editor-'))
beforeAll(async () => {
  editor = (await Editor.start()).editor
})
afterAll(async () => {
  expect(await editor.stop()).toBe(0)
  rmSync(home, { recursive: true })
})

/** A shipped spec, as a buffer. */
const open = async (name: string): Promise<string> => {
  const path = join(specs, `${name}.distill`)
  expect(await editor.open(path, readFileSync(path, 'utf8'))).toEqual([])
  return path
}
/** The texts of places. */
const textsOf = (locations: readonly Location[]): readonly string[] =>
  locations.map(({ uri, range: { start, end } }) => {
    const path = uri.replace('file://', '')
    const text = editor.text(path) || readFileSync(path, 'utf8')
    return `${path.split('/').at(-1)}:${start.line + 1} ${text.split('\n')[start.line]?.slice(start.character, end.character)}`
  })
const definitions = async (path: string, text: string, offset = 0): Promise<readonly string[]> => {
  const found = await editor.connection.sendRequest(DefinitionRequest.type, editor.at(path, text, offset))
  return textsOf([found ?? []].flat().filter((one) => 'uri' in one))
}
const references = async (path: string, text: string, offset = 0): Promise<readonly string[]> => {
  const params = { ...editor.at(path, text, offset), context: { includeDeclaration: true } }
  return textsOf((await editor.connection.sendRequest(ReferencesRequest.type, params)) ?? [])
}
const edited = (text: string, edits: readonly TextEdit[]): string => {
  const lines = text.split('\n')
  for (const { range, newText } of edits.toSorted(
    (a, b) => b.range.start.line - a.range.start.line || b.range.start.character - a.range.start.character,
  )) {
    expect(range.start.line).toBe(range.end.line)
    const line = lines[range.start.line] ?? ''
    lines[range.start.line] = line.slice(0, range.start.character) + newText + line.slice(range.end.character)
  }
  return lines.join('\n')
}
const rename = async (path: string, text: string, offset: number, newName: string) => {
  const answer = await editor.connection.sendRequest(RenameRequest.type, {
    ...editor.at(path, text, offset),
    newName,
  })
  return Object.fromEntries(
    Object.entries(answer?.changes ?? {}).map(([uri, edits]) => {
      const file = uri.replace('file://', '')
      return [file, edited(editor.text(file) || readFileSync(file, 'utf8'), edits)]
    }),
  )
}

/** Milliseconds until it is published again. */
const late = { timeout: 10_000 }
/** What was published last of a text. */
const newest = (path: string) => editor.published.findLast(({ uri }) => uri === uriOf(path))?.diagnostics

describe('problems', () => {
  it('appear where a name is misspelt, with the remedy, and go when it is corrected', async () => {
    const path = await open('demo')
    const [problem, ...others] = await editor.type(path, 'soften(S.task.logits', 'soften(S.taks.logits')
    expect(others).toEqual([])
    expect(problem).toMatchObject({ severity: 1, source: 'distill' })
    expect(problem?.code).toMatch(/^E\d{4}$/)
    expect(problem?.message).toBe('S has no `taks`\ndid you mean `task`?')
    expect(problem?.range.start).toEqual(editor.place(path, 'S.taks', 2))
    expect(problem?.range.end).toEqual(editor.place(path, 'S.taks', 6))
    expect(await editor.type(path, 'S.taks', 'S.task')).toEqual([])
    await editor.close(path)
  })
  it('name the places of their causes', async () => {
    const path = await open('demo')
    const problems = await editor.type(path, 'loss alone ', 'loss learned ')
    const problem = problems.find(({ code }) => code === 'E0102')
    expect(problem?.relatedInformation?.map(({ location }) => location)).toEqual([
      {
        uri: uriOf(path),
        range: { start: editor.place(path, 'learned   ='), end: editor.place(path, 'learned   =', 7) },
      },
    ])
    await editor.close(path)
  })
  it('are all of a text that does not parse, whose outline stays', async () => {
    const path = await open('demo')
    const problems = await editor.type(path, 'stage student_alone {', 'stage student_alone { minimize = }}')
    expect(problems.length).toBeGreaterThan(0)
    const symbols = await editor.connection.sendRequest(DocumentSymbolRequest.type, {
      textDocument: { uri: uriOf(path) },
    })
    expect(symbols?.map(({ name }) => name)).toEqual(expect.arrayContaining(['glosses', 'T', 'learn']))
    await editor.close(path)
  })
  it('are published once for a version', async () => {
    const path = await open('tinybert-4')
    const begun = editor.published.length
    for (const digit of ['1', '2', '3']) {
      await editor.type(path, 'student S', `student S${digit}`)
      await editor.type(path, `student S${digit}`, 'student S')
    }
    const versions = editor.published.slice(begun).filter(({ uri }) => uri === uriOf(path))
    expect(versions).toHaveLength(6)
    expect(new Set(versions.map(({ version }) => version)).size).toBe(6)
    await editor.close(path)
  })
  it('count UTF-16 units behind an emoji', async () => {
    const path = join(home, 'emoji.distill')
    const [problem] = await editor.open(path, 'setting a = "🙂🙂" + c\n')
    expect(problem?.range.start).toEqual(editor.place(path, 'c\n'))
    await editor.close(path)
  })
  it('of an import follow what is typed in it, saved or not', async () => {
    const [shared, spec] = [join(home, 'shared.distill'), join(home, 'spec.distill')]
    writeFileSync(shared, 'loss other = 1\n')
    expect(
      await editor.open(spec, 'import { twice } from "shared.distill"\ndef four(x) = twice(twice(x))\n'),
    ).toHaveLength(1)
    expect(await editor.open(shared, 'def twice(x) = x + x\n')).toEqual([])
    await expect.poll(() => newest(spec), late).toEqual([])
    await editor.close(shared)
    await expect.poll(() => newest(spec), late).toHaveLength(1)
    await editor.close(spec)
  })
  it('of a text of 10 MB are that it is too long, and the server goes on', async () => {
    const path = join(home, 'long.distill')
    const problems = await editor.open(path, 'setting a = [1, 2, { "b" }]\n'.repeat(380_000))
    expect(problems.map(({ code }) => code)).toEqual([expect.stringMatching(/^E\d{4}$/)])
    for (const request of [DocumentSymbolRequest.type, FoldingRangeRequest.type])
      expect(
        await editor.connection.sendRequest(request.method, { textDocument: { uri: uriOf(path) } }),
      ).toBeDefined()
    await editor.close(path)
    await editor.close(await open('demo'))
  })
  it('go when the text is closed', async () => {
    const path = join(home, 'closed.distill')
    expect(await editor.open(path, 'setting a = b\n')).toHaveLength(1)
    await editor.close(path)
    await expect.poll(() => newest(path), late).toEqual([])
  })
  it('are found in a text without a file', async () => {
    expect(
      await editor.open(
        'untitled:Untitled-1',
        'import { bert_base } from "std/bert.distill"\nstudent S : bert_bas {}\n',
      ),
    ).toMatchObject([{ message: expect.stringContaining('bert_base') }])
    await editor.close('untitled:Untitled-1')
  })
})

describe('names', () => {
  it('lead to their declarations: in the spec, in the library, and where one is replaced', async () => {
    const path = await open('demo')
    expect(await definitions(path, 'minimize learned', 10)).toEqual(['demo.distill:39 learned'])
    expect(await definitions(path, 'soften(S', 2)).toEqual([
      expect.stringMatching(/^losses\.distill:\d+ soften$/),
    ])
    expect(await definitions(path, 'after learn', 7)).toEqual(['demo.distill:43 learn'])
    expect(await definitions(path, 'classifier }', 2)).toEqual([
      expect.stringMatching(/^heads\.distill:\d+ classifier$/),
    ])
    expect(await definitions(path, '// nothing', 0)).toEqual([])
    await editor.close(path)
  })
  it('are found everywhere', async () => {
    const path = await open('demo')
    expect(await references(path, 'loss distilled', 6)).toEqual([
      'demo.distill:41 distilled',
      'demo.distill:58 distilled',
    ])
    expect(await references(path, 'data transfer', 6)).toEqual([
      'demo.distill:20 transfer',
      'demo.distill:59 transfer',
    ])
    await editor.close(path)
  })
  it('get another name in all files, saved or not', async () => {
    const [shared, spec] = [join(home, 'defs.distill'), join(home, 'uses.distill')]
    writeFileSync(shared, 'def twice(x) = x + x\n')
    await editor.open(spec, 'import { twice } from "defs.distill"\ndef four(x) = twice(twice(x))\n')
    expect(await rename(spec, 'twice(twice', 1, 'double')).toEqual({
      [spec]: 'import { double } from "defs.distill"\ndef four(x) = double(double(x))\n',
      [shared]: 'def double(x) = x + x\n',
    })
    await editor.open(shared, 'def twice(x) = x + x\n')
    expect(await rename(shared, 'twice', 1, 'double')).toEqual({
      [shared]: 'def double(x) = x + x\n',
      [spec]: 'import { double } from "defs.distill"\ndef four(x) = double(double(x))\n',
    })
    for (const path of [shared, spec]) await editor.close(path)
  })
  it.each([
    ['a student in paths, losses and stages', 'mobilebert', 'student S :', 8],
    ['the variable of a family', 'mobilebert', 'stage climb[m]', 12],
    ['a stage', 'demo', 'stage learn', 6],
    ['a data block', 'demo', 'data glosses', 5],
    ['a model', 'demo', 'model small_bert', 6],
  ])('are changed everywhere or not at all: %s', async (_, name, text, offset) => {
    const path = await open(name)
    const { [path]: changed = '', ...others } = await rename(path, text, offset, 'other_name')
    expect(others).toEqual({})
    expect(changed).toContain('other_name')
    const copy = join(resolve(specs), `renamed-${name}.distill`)
    expect(await editor.open(copy, changed)).toEqual([])
    for (const one of [path, copy]) await editor.close(one)
  })
  it('are not changed where that would be wrong, and the editor is told why', async () => {
    const path = await open('demo')
    const refused = (text: string, offset: number, name: string) => rename(path, text, offset, name)
    await expect(refused('loss alone', 5, 'learned')).rejects.toThrow(/with the name `learned`: .*\(E\d{4}\)/)
    await expect(refused('loss alone', 5, 'if')).rejects.toThrow(/with the name `if`: /)
    await expect(refused('loss alone', 5, 'a b')).rejects.toThrow(/no name/)
    const ofLibrary = editor.connection.sendRequest(PrepareRenameRequest.type, editor.at(path, 'soften(S', 2))
    await expect(ofLibrary).rejects.toThrow('`soften` is declared in the library: std/losses.distill')
    const own = await editor.connection.sendRequest(
      PrepareRenameRequest.type,
      editor.at(path, 'loss alone', 5),
    )
    expect(own).toMatchObject({ placeholder: 'alone' })
    await editor.close(path)
  })
})

describe('what is offered while one types', () => {
  const offered = async (path: string, text: string) => {
    const found = await editor.connection.sendRequest(
      CompletionRequest.type,
      editor.at(path, text, text.length),
    )
    return Array.isArray(found) ? found : []
  }
  const labels = async (path: string, text: string): Promise<readonly string[]> =>
    (await offered(path, text)).map(({ label, detail }) =>
      detail === undefined ? label : `${label}: ${detail}`,
    )
  it('are the parts of a model, with shapes and values, while the text has errors', async () => {
    const path = await open('tinybert-4')
    await editor.type(path, 'loss predict', 'loss more = S.\nloss predict')
    const parts = await labels(path, 'more = S.')
    expect(parts).toEqual(
      expect.arrayContaining(['hidden[]: [example, token, unit 312]', 'hidden_size: 312', 'layers: 4']),
    )
    await editor.type(path, 'more = S.', 'more = S.layer[1].')
    expect(await labels(path, 'more = S.layer[1].')).toEqual(expect.arrayContaining(['attention', 'ffn']))
    await editor.close(path)
  })
  it('are the targets of a batch, and what a data block has', async () => {
    const path = await open('demo')
    await editor.type(path, 'batch.label)\nloss alone', 'batch.)\nloss alone')
    expect(await labels(path, 'T.task.logits, batch.')).toContain('label: [example]')
    await editor.type(path, 'classifier(glosses.label) } }\nteacher K', 'classifier(glosses.) } }\nteacher K')
    expect(await labels(path, 'student S : student_bert { heads { task = classifier(glosses.')).toContain(
      'vocabulary: of data glosses',
    )
    await editor.close(path)
  })
  it('are the settings that a block has not yet', async () => {
    const path = await open('demo')
    await editor.type(path, '  minimize distilled\n', '  minimize distilled\n  \n')
    const settings = await labels(path, '  minimize distilled\n  ')
    expect(settings).toEqual(expect.arrayContaining(['keep', 'patience', 'freeze']))
    expect(settings).not.toContain('optimizer')
    await editor.close(path)
  })
  it('are names, those of the library with their import', async () => {
    const path = await open('demo')
    await editor.type(path, 'loss alone ', 'loss more = \nloss alone ')
    const found = await offered(path, 'loss more = ')
    expect(found.find(({ label }) => label === 'learned')).toMatchObject({ detail: 'loss' })
    expect(found.find(({ label }) => label === 'cross_entropy')?.detail).toMatch(/^cross_entropy\(/)
    const hint = found.find(({ label }) => label === 'tinybert_attention')
    expect(edited(editor.text(path), hint?.additionalTextEdits ?? [])).toContain(
      'import { soften, tinybert_attention } from "std/losses.distill"',
    )
    await editor.close(path)
  })
  it('are names of the imported file in an import, and nothing in a string', async () => {
    const path = join(home, 'completion.distill')
    await editor.open(path, 'import { soften,  } from "std/losses.distill"\nsetting a = "b"\n')
    const found = await labels(path, 'import { soften, ')
    expect(found).toContain('tinybert_attention: std/losses.distill')
    expect(found).not.toContain('soften: std/losses.distill')
    expect(found.every((label) => label.endsWith('std/losses.distill'))).toBe(true)
    expect(await labels(path, 'setting a = "b')).toEqual([])
    await editor.close(path)
  })
})

describe('remedies', () => {
  /** The titles of what is offered at a place, and the text after each. */
  const offered = async (path: string, text: string): Promise<readonly string[]> => {
    const { textDocument, position } = editor.at(path, text)
    const range = { start: position, end: position }
    const actions = await editor.connection.sendRequest(CodeActionRequest.type, {
      ...{ textDocument, range },
      context: { diagnostics: [] },
    })
    return (actions ?? []).flatMap((action) => {
      if (!('edit' in action)) return []
      const edits = action.edit?.changes?.[uriOf(path)] ?? []
      return [`${action.title}\n${edited(editor.text(path), edits)}`]
    })
  }
  it('correct a name', async () => {
    const path = join(home, 'name.distill')
    await editor.open(path, 'setting rate = 1\ndef twice = rat + rate\n')
    expect(await offered(path, 'rat +')).toEqual([
      'Write `rate`\nsetting rate = 1\ndef twice = rate + rate\n',
    ])
    expect(await offered(path, 'twice')).toEqual([])
    await editor.close(path)
  })
  it('add an import, behind others of its file or on a line of its own', async () => {
    const path = join(home, 'import.distill')
    await editor.open(
      path,
      'import { mse } from "std/losses.distill"\ndef d(a, b) = soften(a, b) + mse(a, b)\nloss l = d(1, 2)\n',
    )
    expect(await offered(path, 'soften(a')).toEqual([
      expect.stringContaining('import { mse, soften } from "std/losses.distill"\n'),
    ])
    await editor.close(path)
    await editor.open(path, '// A model.\nstudent S : bert_base {}\n')
    expect(await offered(path, 'bert_base')).toEqual([
      'Import `bert_base` from "std/bert.distill"\nimport { bert_base } from "std/bert.distill"\n// A model.\nstudent S : bert_base {}\n',
    ])
    await editor.close(path)
  })
  it('correct all at once', async () => {
    const path = await open('demo')
    await editor.type(path, 'S.task.logits', 'S.taks.logits')
    await editor.type(path, 'T.task.logits', 'T.tsak.logits')
    const [one = '', all = ''] = await offered(path, 'taks.logits')
    expect(one).toContain('T.tsak')
    expect(all).toMatch(/^Fix all 2 of these in this file\n/)
    expect(all.slice(all.indexOf('\n') + 1)).toBe(readFileSync(path, 'utf8'))
    await editor.close(path)
  })
})

describe('a text', () => {
  it('has an outline', async () => {
    const path = await open('tinybert-4')
    const symbols = await editor.connection.sendRequest(DocumentSymbolRequest.type, {
      textDocument: { uri: uriOf(path) },
    })
    const lines = (symbols ?? []).map((one) =>
      'children' in one
        ? `${one.detail} ${one.name}: ${one.children?.map(({ name }) => name).join(', ')}`
        : one.name,
    )
    await expect(lines.join('\n')).toMatchFileSnapshot('../golden/language-server/tinybert-4.outline.txt')
    await editor.close(path)
  })
  it('is folded at blocks, lists and comments', async () => {
    const path = join(home, 'folds.distill')
    const text =
      '// one\n// two\nsetting a = "{"\ndata d {\n  text = column("x")\n  mask {\n    probability = 15%\n  }\n}\n'
    await editor.open(path, text)
    const folds = await editor.connection.sendRequest(FoldingRangeRequest.type, {
      textDocument: { uri: uriOf(path) },
    })
    expect(folds?.map(({ startLine, endLine, kind }) => [startLine, endLine, kind])).toEqual([
      [0, 1, 'comment'],
      [5, 6, undefined],
      [3, 7, undefined],
    ])
    await editor.close(path)
  })
  it('gets the standard layout, but not where that could lose something', async () => {
    const path = join(home, 'layout.distill')
    const format = () =>
      editor.connection.sendRequest(DocumentFormattingRequest.type, {
        textDocument: { uri: uriOf(path) },
        options: { tabSize: 2, insertSpaces: true },
      })
    await editor.open(path, 'setting   a=1 // why\n')
    expect(await format()).toMatchObject([{ newText: 'setting a = 1  // why\n' }])
    await editor.type(path, 'a=1', 'a=')
    expect(await format()).toEqual([])
    await editor.close(path)
  })
})

describe('under the pointer', () => {
  const hover = async (path: string, text: string, offset = 0): Promise<string> => {
    const found = await editor.connection.sendRequest(HoverRequest.type, editor.at(path, text, offset))
    return found && typeof found.contents === 'object' && 'value' in found.contents
      ? found.contents.value
      : ''
  }
  it('a model has its documentation and parameters', async () => {
    const path = await open('demo')
    expect(await hover(path, ': student_bert', 3)).toMatch(
      /^```distill\nmodel student_bert = small_bert with.*\n```\n\n[\d,]+ parameters$/,
    )
    expect(await hover(path, '= small_bert with', 3)).toContain(
      'BERT without segments, its pooler a mean over the tokens.',
    )
    expect(await hover(path, 'soften(S', 2)).toContain('declared in `std/losses.distill`')
    await editor.close(path)
  })
  it('a setting has its value', async () => {
    const path = join(home, 'hover.distill')
    await editor.open(path, 'setting rate = 2e-5\ndef twice = rate + rate\n')
    expect(await hover(path, 'rate + rate', 1)).toBe('```distill\nsetting rate = 2e-5\n```\n\nnow `0.00002`')
    await editor.close(path)
  })
})
