/** What VS Code colours: its own engine on the shipped grammar, of whole specs and of mistakes. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import oniguruma from 'vscode-oniguruma'
import textmate, { type IGrammar } from 'vscode-textmate'

const root = new URL('../..', import.meta.url).pathname
const read = (path: string): string => readFileSync(join(root, path), 'utf8')

let grammar: IGrammar
beforeAll(async () => {
  await oniguruma.loadWASM(
    readFileSync(createRequire(import.meta.url).resolve('vscode-oniguruma/release/onig.wasm')),
  )
  const path = 'grammar/distill.tmLanguage.json'
  const registry = new textmate.Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns) => new oniguruma.OnigScanner([...patterns]),
      createOnigString: (text) => new oniguruma.OnigString(text),
    }),
    loadGrammar: async () => textmate.parseRawGrammar(read(path), path),
  })
  const loaded = await registry.loadGrammar('source.distill')
  if (!loaded) throw new Error(`${path} is no grammar`)
  grammar = loaded
})

/** Each line, and below it what has a colour of its own: `bert_base entity.name.type`. */
function coloured(text: string): readonly { readonly line: string; readonly tokens: readonly string[] }[] {
  let stack = textmate.INITIAL
  return text.split('\n').map((line) => {
    const { tokens, ruleStack } = grammar.tokenizeLine(line, stack)
    stack = ruleStack
    const named = tokens.flatMap(({ startIndex, endIndex, scopes }) => {
      const word = line.slice(startIndex, endIndex).trim()
      const scope = scopes
        .slice(1)
        .map((one) => one.replace(/\.distill$/, ''))
        .join(' > ')
      return word === '' || scope === '' ? [] : [`${word}  ${scope}`]
    })
    return { line, tokens: named }
  })
}
const tokensOf = (text: string): readonly string[] => coloured(text).flatMap(({ tokens }) => tokens)

describe('the colours of a spec', () => {
  it.each(['specs/demo.distill', 'specs/tinybert-4.distill', 'std/heads.distill'])('%s', async (path) => {
    const lines = coloured(read(path)).flatMap(({ line, tokens }) => [
      line,
      ...tokens.map((one) => `    ${one}`),
    ])
    const name = path.replace(/^.*\/|\.distill$/g, '')
    await expect(lines.join('\n')).toMatchFileSnapshot(`../golden/vscode/${name}.tokens.txt`)
  })
  it.each([
    ['a string', 'setting a = "open', 'setting b = 1'],
    ['an interpolation', 'setting a = "weights/{task', 'setting b = 1'],
    ['a brace', 'data d {', 'setting b = 1'],
    ['a comment', '/// one "', 'setting b = 1'],
  ])('does not leave its line where %s is not closed', (_, wrong, right) => {
    const [, ...after] = coloured(`${wrong}\n${right}`)
    expect(after.flatMap(({ tokens }) => tokens)).toEqual(tokensOf(right))
  })
  it('has a string to its end, with what is put into it', () => {
    expect(tokensOf('import { a } from "tasks/{task}.distill"')).toEqual(
      expect.arrayContaining([
        'import  keyword.control.import',
        'tasks/  string.quoted.double',
        'task  string.quoted.double > meta.interpolation',
      ]),
    )
  })
  it('has numbers with their units', () => {
    expect(tokensOf('budget = 3_750 steps, warmup = 10%, cache = 4GiB')).toEqual(
      expect.arrayContaining([
        '3_750  constant.numeric',
        'steps  keyword.other.unit',
        '10%  constant.numeric',
        '4GiB  constant.numeric',
      ]),
    )
  })
})
