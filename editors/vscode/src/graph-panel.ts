/** The picture of a stage beside its text: it follows the text, a box leads to its line, and a line marks its boxes. */
import { randomBytes } from 'node:crypto'
import { basename } from 'node:path'
import { Disposable, Range, Uri, ViewColumn, type WebviewPanel, window, workspace } from 'vscode'
import type { Drawing, DrawnPlace, NotDrawn } from '../../../src/language/drawing.ts'
import type { DrawingParams } from '../../../src/language-server/drawing-request.ts'
import { type FromPage, graphPage, type ToPage } from './graph-page.ts'

/** Milliseconds without typing until the picture is drawn again. */
const pause = 400

type Draw = (params: DrawingParams) => Promise<Drawing | NotDrawn>

export class GraphPanel implements Disposable {
  private readonly draw: Draw
  private readonly listeners: Disposable
  private panel: WebviewPanel | undefined
  private wanted: DrawingParams | undefined
  private drawing: Drawing | undefined
  private timer: NodeJS.Timeout | undefined

  constructor(draw: Draw) {
    this.draw = draw
    this.listeners = Disposable.from(
      workspace.onDidChangeTextDocument(({ document }) => {
        if (document.languageId === 'distill') this.drawSoon()
      }),
      window.onDidChangeTextEditorSelection(() => this.mark()),
      window.onDidChangeActiveTextEditor(() => this.mark()),
    )
  }

  /** Shows a stage (default: the first that trains a model by another). */
  async show(uri: Uri, stage?: string): Promise<void> {
    this.wanted = { uri: uri.toString(), ...(stage === undefined ? {} : { stage }) }
    this.drawing = undefined
    if (this.panel) {
      this.panel.reveal(undefined, true)
      await this.update()
    } else this.open()
    if (this.panel) this.panel.title = `Graph of ${basename(uri.path)}`
  }

  dispose(): void {
    clearTimeout(this.timer)
    this.listeners.dispose()
    this.panel?.dispose()
  }

  private open(): void {
    const column = { viewColumn: ViewColumn.Beside, preserveFocus: true }
    const panel = window.createWebviewPanel('distill.graph', 'Graph', column, {
      enableScripts: true,
      localResourceRoots: [],
    })
    panel.webview.onDidReceiveMessage((message: FromPage) => this.answer(message))
    panel.onDidDispose(() => {
      clearTimeout(this.timer)
      this.panel = undefined
    })
    panel.webview.html = graphPage(randomBytes(16).toString('base64url'))
    this.panel = panel
  }

  private async answer(message: FromPage): Promise<void> {
    if (message.kind === 'ready') return this.update()
    if (message.kind === 'open') {
      const place = this.drawing?.boxes[message.box]?.[message.place]
      return place && goTo(place)
    }
    if (this.wanted) this.wanted = { ...this.wanted, stage: message.name }
    return this.update()
  }

  private drawSoon(): void {
    if (!this.panel?.visible) return
    clearTimeout(this.timer)
    this.timer = setTimeout(() => void this.update(), pause)
  }

  private async update(): Promise<void> {
    const { wanted } = this
    if (!wanted) return
    const answer = await this.draw(wanted).catch((error: unknown) => ({ reason: String(error) }))
    // Another one was asked for meanwhile.
    if (this.wanted !== wanted) return
    if ('reason' in answer) {
      this.send({
        kind: 'absent',
        reason: `${answer.reason}${this.drawing ? '; this is the picture before' : ''}`,
      })
      return
    }
    this.drawing = answer
    const boxes = Object.entries(answer.boxes).map(([id, places]) => [
      id,
      places.map(({ text, uri, range }) => ({
        text,
        at: `${basename(Uri.parse(uri).path)}:${range.start.line + 1}`,
      })),
    ])
    const { svg, stage, stages } = answer
    this.send({ kind: 'drawing', svg, stage, stages, boxes: Object.fromEntries(boxes) })
    this.mark()
  }

  /** The boxes that come from the line under the cursor. */
  private mark(): void {
    const editor = window.activeTextEditor
    if (!editor || !this.drawing || !this.panel) return
    const [address, { line }] = [editor.document.uri.toString(), editor.selection.active]
    const isHere = ({ uri, range }: DrawnPlace): boolean =>
      range.start.line <= line && line <= range.end.line && Uri.parse(uri).toString() === address
    const boxes = Object.entries(this.drawing.boxes).flatMap(([id, places]) =>
      places.some(isHere) ? [id] : [],
    )
    this.send({ kind: 'mark', boxes })
  }

  private send(message: ToPage): void {
    void this.panel?.webview.postMessage(message)
  }
}

/** In the editor that shows the file, else in the first column. */
async function goTo({ uri, range: { start, end } }: DrawnPlace): Promise<void> {
  const address = Uri.parse(uri)
  const shown = window.visibleTextEditors.find(
    ({ document }) => document.uri.toString() === address.toString(),
  )
  await window.showTextDocument(address, {
    viewColumn: shown?.viewColumn ?? ViewColumn.One,
    selection: new Range(start.line, start.character, end.line, end.character),
  })
}
