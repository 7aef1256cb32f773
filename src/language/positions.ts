/** Places in the words of editors: lines, and UTF-16 units in a line, both from 0. */
import { TextDocument } from 'vscode-languageserver-textdocument'
import type { Position, Range, TextEdit } from 'vscode-languageserver-types'

export class Lines {
  private readonly document: TextDocument

  constructor(text: string) {
    this.document = TextDocument.create('', 'distill', 0, text)
  }

  rangeOf({ start, end }: { readonly start: number; readonly end: number }): Range {
    return { start: this.document.positionAt(start), end: this.document.positionAt(end) }
  }

  offsetOf(position: Position): number {
    return this.document.offsetAt(position)
  }

  /** The text after some edits, none of which touches another. */
  edited(edits: readonly TextEdit[]): string {
    return TextDocument.applyEdits(this.document, [...edits])
  }

  /** Of the whole text. */
  get range(): Range {
    return this.rangeOf({ start: 0, end: this.document.getText().length })
  }
}
