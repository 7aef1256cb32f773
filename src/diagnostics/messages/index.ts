/**
 * Every message by its code, in the order of the codes; `check --explain CODE` looks here.
 * One line an import, one line an entry: several people add to this file.
 */
import type { Message } from '../diagnostic.ts'
import { E0001 } from './E0001.ts'
import { E0002 } from './E0002.ts'
import { E0003 } from './E0003.ts'
import { E0004 } from './E0004.ts'
import { E0005 } from './E0005.ts'
import { E0006 } from './E0006.ts'
import { E0007 } from './E0007.ts'
import { E0008 } from './E0008.ts'
import { E0009 } from './E0009.ts'
import { E0010 } from './E0010.ts'
import { E0011 } from './E0011.ts'
import { E0012 } from './E0012.ts'
import { E0013 } from './E0013.ts'
import { E0140 } from './E0140.ts'
import { E0141 } from './E0141.ts'
import { E0142 } from './E0142.ts'
import { E0143 } from './E0143.ts'
import { E0420 } from './E0420.ts'
import { E0421 } from './E0421.ts'
import { E0422 } from './E0422.ts'
import { E0423 } from './E0423.ts'
import { E0424 } from './E0424.ts'
import { E0425 } from './E0425.ts'
import { E0426 } from './E0426.ts'
import { E0427 } from './E0427.ts'
import { E0431 } from './E0431.ts'
import { E0432 } from './E0432.ts'
import { E0440 } from './E0440.ts'
import { E0441 } from './E0441.ts'
import { E0442 } from './E0442.ts'
import { E0443 } from './E0443.ts'
import { E0701 } from './E0701.ts'
import { E0702 } from './E0702.ts'
import { E0703 } from './E0703.ts'
import { E0704 } from './E0704.ts'
import { E0705 } from './E0705.ts'
import { E0706 } from './E0706.ts'
import { E0707 } from './E0707.ts'
import { E0708 } from './E0708.ts'
import { E0709 } from './E0709.ts'
import { E0710 } from './E0710.ts'
import { E0711 } from './E0711.ts'
import { E0712 } from './E0712.ts'
import { E0713 } from './E0713.ts'
import { E0714 } from './E0714.ts'
import { E0715 } from './E0715.ts'
import { E0716 } from './E0716.ts'
import { E0717 } from './E0717.ts'
import { E0718 } from './E0718.ts'
import { E0719 } from './E0719.ts'
import { E0720 } from './E0720.ts'
import { E0731 } from './E0731.ts'
import { E0732 } from './E0732.ts'
import { E0733 } from './E0733.ts'
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
import { E0841 } from './E0841.ts'
import { E0842 } from './E0842.ts'
import { E0843 } from './E0843.ts'
import { E0844 } from './E0844.ts'
import { E0845 } from './E0845.ts'
import { E0846 } from './E0846.ts'
import { E0847 } from './E0847.ts'
import { E0848 } from './E0848.ts'
import { E0849 } from './E0849.ts'
import { E0850 } from './E0850.ts'
import { E0851 } from './E0851.ts'
import { E0852 } from './E0852.ts'
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
import { E1101 } from './E1101.ts'
import { E1102 } from './E1102.ts'
import { E1103 } from './E1103.ts'
import { E1104 } from './E1104.ts'
import { E1105 } from './E1105.ts'
import { E1106 } from './E1106.ts'
import { E1107 } from './E1107.ts'

export const messages = {
  E0001,
  E0002,
  E0003,
  E0004,
  E0005,
  E0006,
  E0007,
  E0008,
  E0009,
  E0010,
  E0011,
  E0012,
  E0013,
  E0140,
  E0141,
  E0142,
  E0143,
  E0420,
  E0421,
  E0422,
  E0423,
  E0424,
  E0425,
  E0426,
  E0427,
  E0431,
  E0432,
  E0440,
  E0441,
  E0442,
  E0443,
  E0701,
  E0702,
  E0703,
  E0704,
  E0705,
  E0706,
  E0707,
  E0708,
  E0709,
  E0710,
  E0711,
  E0712,
  E0713,
  E0714,
  E0715,
  E0716,
  E0717,
  E0718,
  E0719,
  E0720,
  E0731,
  E0732,
  E0733,
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
  E0841,
  E0842,
  E0843,
  E0844,
  E0845,
  E0846,
  E0847,
  E0848,
  E0849,
  E0850,
  E0851,
  E0852,
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
  E1101,
  E1102,
  E1103,
  E1104,
  E1105,
  E1106,
  E1107,
} satisfies Record<string, Message<never>>

export type Code = keyof typeof messages
