/** The items of a model by name, after `with` has been applied. Nothing is evaluated yet. */
import type { Span } from '../diagnostics/diagnostic.ts'
import type { FactorizeItem, InitEntry, NamesItem, RequireItem, ShareItem, TapItem } from '../syntax/ast.ts'
import type { Expression, Name } from '../syntax/expressions.ts'
import type { FileScope } from './files.ts'

/**
 * One name of a body. `file` is the file that contains it, since a derived model may mix files. `span` is the
 * place for `bound twice`.
 */
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
      readonly variable: Name
      readonly range: Expression
      readonly carry: Name
      readonly start: Expression
      readonly nameSpan: Span
      readonly span: Span
      readonly file: FileScope
    }
  | { readonly kind: 'absent'; readonly nameSpan: Span; readonly span: Span; readonly file: FileScope }

/** An item with the file in whose scope it is evaluated. */
export interface Placed<Item> {
  readonly item: Item
  readonly file: FileScope
}

/** A model after `with` has been applied. Nothing in it is evaluated. */
export interface Body {
  readonly items: ReadonlyMap<string, BodyItem>
  readonly taps: readonly Placed<TapItem>[]
  readonly shares: readonly Placed<ShareItem>[]
  readonly factorizations: readonly Placed<FactorizeItem>[]
  readonly requirements: readonly Placed<RequireItem>[]
  /** By format. The last `names huggingface` replaces earlier ones. */
  readonly names: ReadonlyMap<string, Placed<NamesItem>>
  /** In order: later lines win. */
  readonly inits: readonly Placed<InitEntry>[]
}

export interface ModelDefinition {
  readonly name: string
  readonly body: Body
  readonly file: FileScope
  readonly span: Span
  /** This model and its bases, itself first: `tinybert_4`, `bert_base`. */
  readonly lineage: readonly string[]
}
