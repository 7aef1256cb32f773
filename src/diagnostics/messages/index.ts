/**
 * Every message by its code, in the order of the codes; `check --explain CODE` looks here.
 * One line an import, one line an entry: several people add to this file.
 */
import type { Message } from '../diagnostic.ts'
import { E0001 } from './E0001.ts'

export const messages = {
  E0001,
} satisfies Record<string, Message<never>>

export type Code = keyof typeof messages
