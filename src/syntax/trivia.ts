/**
 * Assigns each comment to an item. The tree is built from left to right, and each comment is assigned once,
 * in order, so none is lost. A comment stands before an item, behind it on its line, behind the `{` of a
 * block, or dangles before a `}`. A comment in the middle of an item goes before it.
 */
import type { Columns } from './alignment.ts'
import type { Comment, Trivia } from './ast.ts'

export interface MutableTrivia extends Trivia {
  leading: Comment[]
  trailing?: Comment
}

export class CommentCursor {
  private next = 0
  private readonly comments: readonly Comment[]
  private readonly text: string

  private readonly columns: Columns

  constructor(comments: readonly Comment[], text: string, columns: Columns) {
    this.comments = comments
    this.text = text
    this.columns = columns
  }

  /** The comments that begin before `offset`. */
  takeBefore(offset: number): Comment[] {
    const taken: Comment[] = []
    for (;;) {
      const comment = this.comments[this.next]
      if (!comment || comment.span.start >= offset) return taken
      const previous = taken.at(-1)
      const blank = previous !== undefined && this.blankBetween(previous.span.end, comment.span.start)
      taken.push(blank ? { ...comment, blankBefore: true } : comment)
      this.next++
    }
  }

  /** The comment on the line that `end` is on, if it begins before `limit`. */
  takeOnLine(end: number, limit: number): Comment | undefined {
    const comment = this.comments[this.next]
    if (!comment || comment.span.start >= limit || comment.span.start < end) return undefined
    if (!this.sameLine(end, comment.span.start)) return undefined
    this.next++
    return comment
  }

  sameLine(from: number, to: number): boolean {
    return !this.text.slice(from, to).includes('\n')
  }

  blankBetween(from: number, to: number): boolean {
    return /\n[ \t\r]*\n/.test(this.text.slice(from, to))
  }

  /**
   * The comments before an item that begins at `start`. `after` is the end of the item before it, or of the
   * `{`.
   */
  before(after: number, start: number): MutableTrivia {
    const leading = this.takeBefore(start)
    const first = leading[0]?.span.start ?? start
    const last = leading.at(-1)?.span.end
    const columns = this.columns.get(start)
    return {
      leading,
      blankBefore: this.blankBetween(after, first),
      ...(last !== undefined && this.blankBetween(last, start) ? { detached: true } : {}),
      ...(leading.length === 0 && this.sameLine(after, start) ? { sameLine: true } : {}),
      ...(columns && { columns }),
    }
  }
}
