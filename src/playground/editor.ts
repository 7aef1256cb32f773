/** The editor: CodeMirror, with what the compiler says of the text. */
import {
  autocompletion,
  type Completion,
  type CompletionContext,
  type CompletionResult,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap, indentLess, insertTab } from '@codemirror/commands'
import { bracketMatching, indentUnit } from '@codemirror/language'
import { type Diagnostic, lintGutter, lintKeymap, setDiagnostics } from '@codemirror/lint'
import { highlightSelectionMatches, searchKeymap } from '@codemirror/search'
import { Compartment, EditorState, StateEffect, StateField } from '@codemirror/state'
import {
  Decoration,
  type DecorationSet,
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  hoverTooltip,
  keymap,
  lineNumbers,
} from '@codemirror/view'
import { limits } from '../syntax/limits.ts'
import type { Look } from './look.ts'
import { markdownNodes } from './printed.ts'
import type { ColoredWord, Compiler, Edit, Problem, Remedy, Suggestion } from './protocol.ts'

export interface EditorOptions {
  readonly parent: HTMLElement
  readonly changed: () => void
  /** A text that is too long was not taken. */
  readonly refused: (characters: number) => void
  readonly hover: (at: number) => Promise<ReturnType<Compiler['hover']>>
  readonly suggest: (at: number) => Promise<readonly Suggestion[]>
}

const setWords = StateEffect.define<readonly ColoredWord[]>()

/** Colours stay at their words while one types, until the compiler has read the text again. */
const words = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, { changes, effects, state }) {
    const set = effects.find((effect) => effect.is(setWords))
    if (!set) return marks.map(changes)
    return Decoration.set(
      set.value
        .filter(({ from, to }) => from < to && to <= state.doc.length)
        .map(({ from, to, kind }) =>
          Decoration.mark({ class: `w-${kind}`, inclusiveEnd: true }).range(from, to),
        ),
    )
  },
  provide: (field) => EditorView.decorations.from(field),
})

const dark = new Compartment()

export class Editor {
  private readonly view: EditorView
  private readonly options: EditorOptions

  constructor(options: EditorOptions) {
    this.options = options
    this.view = new EditorView({ parent: options.parent, state: this.fresh('') })
  }

  get text(): string {
    return this.view.state.doc.toString()
  }

  /** Another text, with a history of its own. */
  open(text: string, look: Look): void {
    this.view.setState(this.fresh(text))
    this.look(look)
    this.options.changed()
  }

  look(look: Look): void {
    this.view.dispatch({ effects: dark.reconfigure(EditorView.darkTheme.of(look === 'dark')) })
  }

  color(list: readonly ColoredWord[]): void {
    this.view.dispatch({ effects: setWords.of(list) })
  }

  mark(problems: readonly Problem[], remedies: readonly Remedy[]): void {
    const marks = problems.map(({ from, to, severity, code, message }): Diagnostic => {
      const own = remedies.filter(({ place }) => place?.from === from && place.to === to)
      return {
        from,
        to,
        severity,
        source: code,
        message,
        actions: own.map(({ title, edits }) => ({
          name: title.replaceAll('`', ''),
          apply: () => this.edit(edits),
        })),
      }
    })
    this.view.dispatch(setDiagnostics(this.view.state, marks))
  }

  edit(edits: readonly Edit[]): void {
    this.view.dispatch({
      changes: edits.map(({ from, to, insert }) => ({ from, to, insert })),
      userEvent: 'input',
    })
    this.view.focus()
  }

  /** Replaces all of the text; it can be undone. */
  replace(text: string): void {
    this.edit([{ from: 0, to: this.view.state.doc.length, insert: text }])
  }

  private fresh(doc: string): EditorState {
    const { changed, refused, hover, suggest } = this.options
    return EditorState.create({
      doc,
      extensions: [
        lineNumbers(),
        highlightActiveLineGutter(),
        highlightActiveLine(),
        history(),
        drawSelection(),
        bracketMatching(),
        closeBrackets(),
        highlightSelectionMatches(),
        indentUnit.of('  '),
        EditorState.tabSize.of(2),
        lintGutter(),
        words,
        dark.of([]),
        autocompletion({ override: [(context) => suggested(context, suggest)] }),
        hoverTooltip(async (_view, at) => {
          const found = await hover(at).catch(() => undefined)
          if (!found) return null
          return {
            pos: found.from,
            end: found.to,
            create: () => {
              const dom = document.createElement('div')
              dom.className = 'said'
              dom.append(...markdownNodes(found.text))
              return { dom }
            },
          }
        }),
        EditorState.transactionFilter.of((transaction) => {
          const { length } = transaction.newDoc
          if (!transaction.docChanged || length <= limits.characters) return transaction
          refused(length)
          return []
        }),
        EditorView.updateListener.of(({ docChanged }) => {
          if (docChanged) changed()
        }),
        EditorView.contentAttributes.of({ 'aria-label': 'Spec', tabindex: '0' }),
        keymap.of([
          ...closeBracketsKeymap,
          ...defaultKeymap,
          ...searchKeymap,
          ...historyKeymap,
          ...completionKeymap,
          ...lintKeymap,
          // Escape, then Tab leaves the editor: that is one of the standard keys.
          { key: 'Tab', run: insertTab, shift: indentLess },
        ]),
      ],
    })
  }
}

async function suggested(
  context: CompletionContext,
  suggest: EditorOptions['suggest'],
): Promise<CompletionResult | null> {
  const word = context.matchBefore(/\w*/)
  const from = word?.from ?? context.pos
  const isAfterDot = context.state.sliceDoc(Math.max(0, from - 1), from) === '.'
  if (!context.explicit && !isAfterDot && from === context.pos) return null
  const list = await suggest(context.pos).catch(() => [])
  if (context.aborted || list.length === 0) return null
  return { from, options: list.map(completionOf), validFor: /^\w*$/ }
}

function completionOf({ label, kind, detail, insert = label, order, edits }: Suggestion): Completion {
  return {
    label,
    type: kind,
    ...(detail === undefined ? {} : { detail }),
    ...(order === undefined ? {} : { sortText: order }),
    apply: (view, _completion, from, to) => {
      const changes = view.state.changes([{ from, to, insert }, ...edits])
      view.dispatch({
        changes,
        selection: { anchor: changes.mapPos(from, 1) },
        userEvent: 'input.complete',
      })
    },
  }
}
