/** The spec that a command is about: its argument, or what the active editor shows. */
import { dirname, relative } from 'node:path'
import { Uri, window, workspace } from 'vscode'

export interface Spec {
  readonly uri: Uri
  /** Where commands run: the workspace's folder, else the folder of the spec. */
  readonly folder: string
  /** From that folder. */
  readonly path: string
}

/** @param argument an address, as text from a code lens or as an object from a menu */
export function addressOf(argument: unknown): Uri | undefined {
  if (typeof argument === 'string') return Uri.parse(argument)
  if (argument instanceof Uri) return argument
  const document = window.activeTextEditor?.document
  return document?.languageId === 'distill' ? document.uri : undefined
}

/** A spec on disk, as the editor has it: a text that was changed is saved. Absent: the user was told why. */
export async function savedSpec(argument: unknown): Promise<Spec | undefined> {
  const uri = addressOf(argument)
  if (!uri) {
    void window.showErrorMessage('Open a .distill file first.')
    return undefined
  }
  if (uri.scheme !== 'file') {
    void window.showErrorMessage('Save the spec as a file of this machine first.')
    return undefined
  }
  const open = workspace.textDocuments.find((document) => document.uri.toString() === uri.toString())
  if (open?.isDirty && !(await open.save())) {
    void window.showErrorMessage(`${uri.fsPath} could not be saved.`)
    return undefined
  }
  const folder = workspace.getWorkspaceFolder(uri)?.uri.fsPath ?? dirname(uri.fsPath)
  return { uri, folder, path: relative(folder, uri.fsPath) }
}
