/** What a data block says once its bases are read: types only, since the checker keeps them. */
import type { DataDeclaration, SetEntry } from '../syntax/ast.ts'
import type { FileScope } from './files.ts'

/** A setting with the declaration and file that say it: paths are relative to that file. */
export interface PlacedSetting {
  readonly entry: SetEntry
  readonly owner: DataDeclaration
  readonly file: FileScope
}
export interface EffectiveBlock {
  readonly settings: ReadonlyMap<string, PlacedSetting>
  /** `mask`, `augment`: their settings, the empty map where nothing is in the braces. */
  readonly blocks: ReadonlyMap<string, ReadonlyMap<string, PlacedSetting>>
  /** Settings that a wrong one was meant to be. */
  readonly meant: ReadonlySet<string>
}
