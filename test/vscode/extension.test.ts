/** The bundled extension with a real language server, in a VS Code without a window. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { assemble } from '../../editors/vscode/vsix.ts'
import { reportPage } from '../../src/report/page/page.ts'
import { synthetic } from '../report/synthetic.ts'
import { type FakeDocument, type FakePanel, FakeVscode } from './fake-vscode.ts'

const root = new URL('../..', import.meta.url).pathname
const home = mkdtempSync(join(tmpdir(), 'vscode-'))
const extension = join(home, 'extension')
const folder = join(home, 'project')
const spec = join(folder, 'specs/demo.distill')
const vscode = new FakeVscode(folder)
let document: FakeDocument

/** Milliseconds until the server or the extension has acted. */
const late = { timeout: 20_000 }
const drawn = z.object({
  svg: z.string(),
  stage: z.string(),
  stages: z.array(z.string()),
  boxes: z.record(z.string(), z.array(z.object({ text: z.string(), at: z.string() }))),
})
const drawingOf = (panel: FakePanel | undefined) => drawn.parse(panel?.newest('drawing'))
/** The places of the boxes that are marked, the first of each. */
const marked = (panel: FakePanel | undefined): readonly string[] => {
  const { boxes } = drawingOf(panel)
  const ids = z.array(z.string()).parse(panel?.newest('mark')?.boxes ?? [])
  return ids.map((id) => boxes[id]?.[0]?.text ?? '')
}
const problems = (): readonly string[] | undefined =>
  vscode.problems.get(document.uri.toString())?.map(({ message }) => message)
const graphs = (): readonly FakePanel[] => vscode.panels.filter(({ type }) => type === 'distill.graph')

beforeAll(async () => {
  await assemble(extension)
  mkdirSync(join(folder, 'specs'), { recursive: true })
  mkdirSync(join(folder, 'node_modules/.bin'), { recursive: true })
  symlinkSync(join(root, 'dist/distill.js'), join(folder, 'node_modules/.bin/distill'))
  cpSync(join(root, 'specs/demo.distill'), spec)
  document = vscode.open(spec)
  vscode.isTrusted = false
  await vscode.activate(join(extension, 'extension.cjs'))
})
afterAll(() => {
  vscode.deactivate()
  rmSync(home, { recursive: true })
})

describe('the extension in VS Code', () => {
  it('starts nothing in a folder before the user trusts it', async () => {
    await vscode.run('distill.train')
    expect(vscode.said).toEqual(['Distill runs commands only in a workspace that you trust.'])
    expect([vscode.tasks, vscode.problems.size]).toEqual([[], 0])
  })
  it('then shows problems as one types', async () => {
    vscode.trust()
    await expect.poll(problems, late).toEqual([])
    vscode.type(document, 'S.task.logits', 'S.taks.logits')
    await expect.poll(problems, late).toEqual(['S has no `taks`\ndid you mean `task`?'])
    vscode.type(document, 'S.taks.logits', 'S.task.logits')
    await expect.poll(problems, late).toEqual([])
  })
  it('runs commands in a terminal, of the tool of the project, where the file is saved before', async () => {
    document.isDirty = true
    await vscode.run('distill.check')
    await vscode.run('distill.train', document.uri.toString(), 'distil')
    expect(document.isDirty).toBe(false)
    const strong = (value: string) => ({ value, quoting: 2 })
    const words = vscode.tasks.map(({ parts }) => parts[4])
    const tool = strong(join(folder, 'node_modules/.bin/distill'))
    expect(words).toMatchObject([
      { parts: [tool, ['check', 'specs/demo.distill'].map(strong), { cwd: folder }] },
      { parts: [tool, ['train', 'specs/demo.distill', '--stage', 'distil'].map(strong), { cwd: folder }] },
    ])
  })
  it('shows the graph of a stage, whose boxes lead to their lines', async () => {
    await vscode.run('distill.graph')
    const [panel] = graphs()
    expect(panel?.webview.html).toContain(`default-src 'none'`)
    panel?.say({ kind: 'ready' })
    await expect.poll(() => panel?.newest('drawing'), late).toBeDefined()
    const { svg, stage, stages, boxes } = drawingOf(panel)
    expect([stage, stages]).toEqual(['distil', ['learn', 'student_alone', 'distil']])
    expect(svg).toContain('<svg')
    const loss = Object.entries(boxes).find(([, [first]]) => first?.text === 'distilled')
    expect(loss?.[1][0]?.at).toBe('demo.distill:41')
    panel?.say({ kind: 'open', box: loss?.[0], place: 0 })
    await expect.poll(() => vscode.active?.selection.active.line, late).toBe(40)
    // A place in the library.
    panel?.say({ kind: 'open', box: loss?.[0], place: 1 })
    await expect.poll(() => vscode.active?.document.uri.toString(), late).toMatch(/std\/losses\.distill$/)
    expect(marked(panel)).toContain('distilled')
  })
  it('marks the boxes of the line under the cursor', () => {
    vscode.open(spec)
    const [panel] = graphs()
    vscode.select(document.lineOf('loss distilled'))
    expect(marked(panel)).toEqual(['distilled'])
    vscode.select(document.lineOf('student S :'))
    expect(marked(panel)).toEqual(['S', 'S', 'S', 'task'])
    vscode.select(0)
    expect(marked(panel)).toEqual([])
  })
  it('draws another stage, and again as one types, with the reason where it cannot', async () => {
    const [panel] = graphs()
    panel?.say({ kind: 'stage', name: 'learn' })
    await expect.poll(() => panel?.newest('drawing')?.stage, late).toBe('learn')
    await vscode.run('distill.graph', document.uri.toString(), 'distil')
    expect(graphs()).toHaveLength(1)
    expect(drawingOf(panel).stage).toBe('distil')
    vscode.type(document, 'layers = 1, hidden_size = 32', 'layers = 5, hidden_size = 32')
    await expect.poll(() => drawingOf(panel).svg, late).toContain('layers 1–5')
    vscode.type(document, 'minimize distilled', 'minimize distiled')
    await expect
      .poll(() => panel?.newest('absent')?.reason, late)
      .toBe('the spec has errors; this is the picture before')
    vscode.type(document, 'minimize distiled', 'minimize distilled')
    await expect.poll(() => panel?.posted.at(-2)?.kind, late).toBe('drawing')
  })
  it('has no report without a run of the spec', async () => {
    vscode.said.length = 0
    await vscode.run('distill.report')
    expect(vscode.said).toEqual([`There is no run of specs/demo.distill in ${join(folder, 'runs')}.`])
  })
  it('says what a report lacks', async () => {
    vscode.said.length = 0
    const run = join(folder, 'runs/2026-12-01-demo')
    mkdirSync(run, { recursive: true })
    writeFileSync(
      join(run, 'config.json'),
      JSON.stringify({ spec: 'specs/demo.distill', folder, created: '2026-12-01' }),
    )
    writeFileSync(join(run, 'sweep.json'), 'no JSON')
    await vscode.run('distill.report')
    expect(vscode.said).toEqual([expect.stringMatching(/^distill report 2026-12-01-demo: error\[E\d{4}\]/)])
  })
  it('shows the report of the latest run of the spec, in the theme of the editor', async () => {
    const tool = join(home, 'report-tool')
    writeFileSync(tool, '#!/bin/sh\nprintf \'<!doctype html>\\n<html lang="en">%s\' "$2" > "$4"\n', {
      mode: 0o755,
    })
    const later = join(folder, 'runs/2026-12-02-demo')
    mkdirSync(later)
    const started = { spec: 'specs/demo.distill', folder, created: '2026-12-02' }
    writeFileSync(join(later, 'config.json'), JSON.stringify(started))
    vscode.settings.path = tool
    await vscode.run('distill.report')
    vscode.settings.path = ''
    const panel = vscode.panels.at(-1)
    expect(panel?.title).toBe('Report of 2026-12-02-demo')
    expect(panel?.webview.html).toBe(`<!doctype html>\n<html lang="en" data-theme="dark">${later}`)
    expect(reportPage(synthetic(), { texts: true })).toContain('<!doctype html>\n<html lang="en">')
  })
  it('starts the server again, and says once where it does not start', async () => {
    await vscode.run('distill.restart')
    await expect.poll(problems, late).toEqual([])
    for (const path of [join(folder, 'missing'), '/bin/false']) {
      vscode.said.length = 0
      vscode.settings.path = path
      await vscode.run('distill.restart')
      expect(vscode.said).toEqual([expect.stringContaining(`did not start: ${path}. Install Distill in`)])
    }
    vscode.settings.path = ''
    await vscode.run('distill.restart')
    await expect.poll(problems, late).toEqual([])
  })
  it('starts the server again where the one before does not end', async () => {
    const deaf = join(home, 'deaf')
    writeFileSync(deaf, deafServer, { mode: 0o755 })
    vscode.settings.path = deaf
    await vscode.run('distill.restart')
    vscode.settings.path = ''
    await vscode.run('distill.restart')
    await expect.poll(problems, late).toEqual([])
  }, 30_000)
})

/** It says that it is there, and does nothing that it is asked for. */
const deafServer = `#!/usr/bin/env node
process.stdin.once('data', (text) => {
  const { id } = JSON.parse(String(text).split('\\r\\n\\r\\n')[1])
  const answer = JSON.stringify({ jsonrpc: '2.0', id, result: { capabilities: {} } })
  process.stdout.write('Content-Length: ' + answer.length + '\\r\\n\\r\\n' + answer)
  process.stdin.resume()
})
setInterval(() => {}, 1000)
`
