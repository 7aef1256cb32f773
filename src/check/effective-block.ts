/** The settings of a data block and its bases. Types only, since the checker caches them. */
import type { DataDeclaration, SetEntry } from '../syntax/ast.ts'
import type { FileScope } from './files.ts'

/** A setting with its declaration and file. Paths in it are relative to that file. */
export interface PlacedSetting {
  readonly entry: SetEntry
  readonly owner: DataDeclaration
  readonly file: FileScope
}
export interface EffectiveBlock {
  readonly settings: ReadonlyMap<string, PlacedSetting>
  /** The settings of the blocks `mask` and `augment`. The map of a block with empty braces is empty. */
  readonly blocks: ReadonlyMap<string, ReadonlyMap<string, PlacedSetting>>
  /** Settings that a misspelt one probably meant. */
  readonly meant: ReadonlySet<string>
}
