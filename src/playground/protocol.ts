/** What the page asks of its worker, and what the worker answers. Places are offsets in the text. */

/** A text under the path that the command line would know it by. */
export interface SpecText {
  readonly path: string
  readonly text: string
}

/** Texts by path: the library and the shipped specs. */
export type ShippedFiles = Readonly<Record<string, string>>

/** A spec of a page of the documentation. */
export interface Example {
  readonly page: string
  readonly title: string
  readonly text: string
}

export interface Place {
  readonly from: number
  readonly to: number
}

/** A word of the text with a colour of its own. */
export interface ColoredWord extends Place {
  readonly kind: 'comment' | 'documentation' | 'number' | 'string' | 'keyword' | 'call' | 'entry'
}

export interface Problem extends Place {
  readonly severity: 'error' | 'warning' | 'info'
  readonly code: string
  readonly message: string
}

export interface Checked {
  /** What `distill check --no-files` prints, with the colours of a terminal. */
  readonly text: string
  /** What `distill check --no-files --json` prints. */
  readonly json: string
  /** Those in the text itself, not in files that it imports. */
  readonly problems: readonly Problem[]
  readonly errors: number
  readonly warnings: number
  /** Absent where there is an error. */
  readonly program?: {
    readonly stages: readonly string[]
    /** The stage that is shown first. */
    readonly stage: string | undefined
  }
}

export interface Edit extends Place {
  readonly insert: string
}

/** A checked remedy. */
export interface Remedy {
  readonly title: string
  /** Of the problem; absent where it is the remedy of several. */
  readonly place?: Place
  readonly edits: readonly Edit[]
}

export interface Suggestion {
  readonly label: string
  readonly kind: string
  readonly detail?: string
  readonly insert?: string
  readonly order?: string
  /** Elsewhere in the text: an import. */
  readonly edits: readonly Edit[]
}

/** How the rest of a text is shown, each as a command prints it. */
export type Form = 'explain' | 'graph' | 'plan' | 'trainer'

export interface FormRequest extends SpecText {
  readonly form: Form
  readonly stage?: string | undefined
  readonly columns: number
}

/** Methods of the compiler in the worker. */
export interface Compiler {
  words(spec: SpecText): readonly ColoredWord[]
  check(spec: SpecText, columns: number): Checked
  remedies(spec: SpecText): readonly Remedy[]
  /** Markdown. */
  hover(spec: SpecText, at: number): (Place & { readonly text: string }) | undefined
  suggest(spec: SpecText, at: number): readonly Suggestion[]
  /** Undefined where the text is in the standard layout, or has syntax errors. */
  format(spec: SpecText): string | undefined
  form(request: FormRequest): Promise<string>
}

export type Method = keyof Compiler

export interface Call {
  readonly id: number
  readonly method: Method
  readonly given: readonly unknown[]
}

/** `failure`: what went wrong, as text for the person. */
export type Answer =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly failure: string }
