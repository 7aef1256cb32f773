/** `distill/graph` of a real server: the picture of a stage, and the places in the text that its boxes come from. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Drawing, DrawnPlace, NotDrawn } from '../../src/language/drawing.ts'
import { drawingRequest } from '../../src/language-server/drawing-request.ts'
import { Editor, specs, uriOf } from './client.ts'

let editor: Editor
beforeAll(async () => {
  editor = (await Editor.start()).editor
})
afterAll(async () => {
  expect(await editor.stop()).toBe(0)
})

const open = async (name: string): Promise<string> => {
  const path = join(specs, `${name}.distill`)
  await editor.open(path, readFileSync(path, 'utf8'))
  return path
}
const ask = (path: string, stage?: string): Promise<Drawing | NotDrawn> =>
  editor.connection.sendRequest(drawingRequest, { uri: uriOf(path), ...(stage ? { stage } : {}) })
const drawn = async (path: string, stage?: string): Promise<Drawing> => {
  const answer = await ask(path, stage)
  if ('reason' in answer) throw new Error(answer.reason)
  return answer
}
/** The bold words of a box. */
const titleOf = ({ svg }: Drawing, id: string): string =>
  new RegExp(`<g id="${id}" class="node">[\\s\\S]*?<text[^>]*>([^<]*)`).exec(svg)?.[1] ?? ''
/** `demo.distill:34 S` */
const textOf = ({ uri, range: { start }, text }: DrawnPlace): string => {
  const path = uri.replace('file://', '')
  const line = (editor.text(path) || readFileSync(path, 'utf8')).split('\n')[start.line] ?? ''
  expect(line.slice(start.character, start.character + text.length)).toBe(text)
  return `${path.split('/').at(-1)}:${start.line + 1} ${text}`
}
/** What declares each box. */
const declarations = (drawing: Drawing): readonly string[] =>
  Object.entries(drawing.boxes).map(
    ([id, [first]]) => `${titleOf(drawing, id)} <- ${first ? textOf(first) : ''}`,
  )

describe('the picture of a stage', () => {
  it('has the places of each box: what declares it, then its operations', async () => {
    const path = await open('demo')
    const drawing = await drawn(path)
    const lines = Object.entries(drawing.boxes).flatMap(([id, places]) => [
      titleOf(drawing, id),
      ...places.map((place) => `  ${textOf(place)}`),
    ])
    expect([drawing.stage, drawing.stages]).toEqual(['distil', ['learn', 'student_alone', 'distil']])
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('../golden/language-server/demo.drawing.txt')
    await editor.close(path)
  })
  it('leads from losses, projections, heads and data to their declarations', async () => {
    const path = await open('tinybert-4')
    const found = declarations(await drawn(path, 'intermediate'))
    expect(found).toContain('embedding <- tinybert-4.distill:19 T')
    expect(found).toContain('batch <- tinybert-4.distill:14 augmented')
    expect(found).toContain('minimize <- tinybert-4.distill:39 intermediate')
    expect(found.filter((line) => line.startsWith('hidn '))).toHaveLength(5)
    for (const line of found.filter((one) => one.startsWith('hidn ')))
      expect(line).toMatch(/<- tinybert-4\.distill:\d+ hidn$/)
    expect(declarations(await drawn(path, 'prediction'))).toContain('task <- tinybert-4.distill:19 task')
    await editor.close(path)
  })
  it('is that of the text as it is typed, not saved', async () => {
    const path = await open('demo')
    await editor.type(path, 'student S :', '\n\nstudent S :')
    await editor.type(path, 'layers = 1, hidden_size = 32', 'layers = 5, hidden_size = 32')
    const drawing = await drawn(path, 'distil')
    expect(drawing.svg).toContain('layers 1–5')
    expect(declarations(drawing)).toContain('embedding <- demo.distill:38 S')
    await editor.close(path)
  })
  it('of a family is that of its first stage', async () => {
    const path = await open('mobilebert')
    expect((await drawn(path, 'climb')).stage).toBe('climb[1]')
    expect((await drawn(path, 'climb[7]')).stage).toBe('climb[7]')
    await editor.close(path)
  })
  it('is absent with the reason', async () => {
    const path = await open('demo')
    expect(await ask(path, 'distill')).toEqual({ reason: 'the spec has no stage distill' })
    await editor.type(path, 'minimize distilled', 'minimize distiled')
    expect(await ask(path)).toEqual({ reason: 'the spec has errors' })
    await editor.close(path)
    const empty = join(specs, 'empty.distill')
    await editor.open(empty, 'setting a = 1\n')
    expect(await ask(empty)).toEqual({ reason: 'the spec has no stage' })
    await editor.close(empty)
  })
})
