/** What a model says, by name, after `with` has been applied. Nothing of it has been evaluated. */
import type { Span } from '../diagnostics/diagnostic.ts'
import type { FactorizeItem, InitEntry, NamesItem, RequireItem, ShareItem, TapItem } from '../syntax/ast.ts'
import type { Expression } from '../syntax/expressions.ts'
import type { FileScope } from './files.ts'

/** One name of a body. `file` is where it was written, because a derived model may mix files; `span` is what `bound twice` points at. */
export type BodyItem =
  | {
      readonly kind: 'binding'
      readonly value: Expression
      readonly nameSpan: Span
      readonly span: Span
      readonly file: FileScope
    }
  | {
      readonly kind: 'nested'
      readonly body: Body
      readonly nameSpan: Span
      readonly span: Span
      readonly file: FileScope
    }
  | {
      readonly kind: 'repeated'
      readonly body: Body
      readonly variable: string
      readonly range: Expression
      readonly carry: string
      readonly start: Expression
      readonly nameSpan: Span
      readonly span: Span
      readonly file: FileScope
    }
  | { readonly kind: 'absent'; readonly nameSpan: Span; readonly span: Span; readonly file: FileScope }

/** An item with the file whose names it may use. */
export interface Placed<Item> {
  readonly item: Item
  readonly file: FileScope
}

/** What a model says after `with` has been applied; nothing in it has been evaluated. */
export interface Body {
  readonly items: ReadonlyMap<string, BodyItem>
  readonly taps: readonly Placed<TapItem>[]
  readonly shares: readonly Placed<ShareItem>[]
  readonly factorizations: readonly Placed<FactorizeItem>[]
  readonly requirements: readonly Placed<RequireItem>[]
  /** By format; the last `names huggingface` replaces. */
  readonly names: ReadonlyMap<string, Placed<NamesItem>>
  /** In order: later lines win. */
  readonly inits: readonly Placed<InitEntry>[]
}

export interface ModelDefinition {
  readonly name: string
  readonly body: Body
  readonly file: FileScope
  readonly span: Span
  /** The models that this one is made of, itself first: `tinybert_4`, `bert_base`. */
  readonly lineage: readonly string[]
}
