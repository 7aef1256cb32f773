/**
 * Every message by its code, in the order of the codes; `check --explain CODE` looks here.
 * One line an import, one line an entry: several people add to this file.
 */
import type { Message } from '../diagnostic.ts'
import { E0001 } from './E0001.ts'
import { E0801 } from './E0801.ts'
import { E0802 } from './E0802.ts'
import { E0803 } from './E0803.ts'
import { E0804 } from './E0804.ts'
import { E0805 } from './E0805.ts'
import { E0806 } from './E0806.ts'
import { E0807 } from './E0807.ts'
import { E0808 } from './E0808.ts'
import { E0809 } from './E0809.ts'
import { E0810 } from './E0810.ts'
import { E0811 } from './E0811.ts'
import { E0901 } from './E0901.ts'
import { E0902 } from './E0902.ts'
import { E0903 } from './E0903.ts'
import { E0904 } from './E0904.ts'
import { E0905 } from './E0905.ts'
import { E0906 } from './E0906.ts'
import { E0907 } from './E0907.ts'
import { E0910 } from './E0910.ts'
import { E0911 } from './E0911.ts'
import { E0912 } from './E0912.ts'
import { E1001 } from './E1001.ts'
import { E1002 } from './E1002.ts'
import { E1003 } from './E1003.ts'
import { E1004 } from './E1004.ts'
import { E1005 } from './E1005.ts'
import { E1006 } from './E1006.ts'
import { E1007 } from './E1007.ts'
import { E1008 } from './E1008.ts'
import { E1009 } from './E1009.ts'
import { E1010 } from './E1010.ts'
import { E1101 } from './E1101.ts'
import { E1102 } from './E1102.ts'
import { E1103 } from './E1103.ts'
import { E1104 } from './E1104.ts'

export const messages = {
  E0001,
  E0801,
  E0802,
  E0803,
  E0804,
  E0805,
  E0806,
  E0807,
  E0808,
  E0809,
  E0810,
  E0811,
  E0901,
  E0902,
  E0903,
  E0904,
  E0905,
  E0906,
  E0907,
  E0910,
  E0911,
  E0912,
  E1001,
  E1002,
  E1003,
  E1004,
  E1005,
  E1006,
  E1007,
  E1008,
  E1009,
  E1010,
  E1101,
  E1102,
  E1103,
  E1104,
} satisfies Record<string, Message<never>>

export type Code = keyof typeof messages
