/** `distill/graph`: an editor asks for the picture of a stage, as the text is now, saved or not. */
import { type Connection, RequestType } from 'vscode-languageserver'
import { capabilitiesOf } from '../backends/index.ts'
import { type Drawing, drawing, type NotDrawn } from '../language/drawing.ts'
import type { Workspace } from '../language/workspace.ts'

export interface DrawingParams {
  readonly uri: string
  /** A stage, or a family of stages (default: the first that trains a model by another). */
  readonly stage?: string
}

export const drawingRequest = new RequestType<DrawingParams, Drawing | NotDrawn, void>('distill/graph')

/** The addresses of files, and back. */
export interface Addresses {
  readonly uriOf: (path: string) => string
  readonly pathOf: (uri: string) => string
}

export function answerDrawings(
  connection: Connection,
  workspace: Workspace,
  { uriOf, pathOf }: Addresses,
): void {
  connection.onRequest(drawingRequest, async ({ uri, stage }) => {
    // No backend is started for a picture: the fastest one on a processor is assumed.
    const capabilities = await capabilitiesOf('native')
    return drawing({ workspace, uriOf, capabilities }, pathOf(uri), stage)
  })
}
