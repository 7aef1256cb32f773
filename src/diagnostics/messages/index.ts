/** Every message by its code, in the order of the codes: one line an import, one line an entry. `check --explain CODE` looks here. */
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
import { E0014 } from './E0014.ts'
import { E0101 } from './E0101.ts'
import { E0102 } from './E0102.ts'
import { E0103 } from './E0103.ts'
import { E0104 } from './E0104.ts'
import { E0105 } from './E0105.ts'
import { E0106 } from './E0106.ts'
import { E0107 } from './E0107.ts'
import { E0108 } from './E0108.ts'
import { E0109 } from './E0109.ts'
import { E0110 } from './E0110.ts'
import { E0111 } from './E0111.ts'
import { E0112 } from './E0112.ts'
import { E0113 } from './E0113.ts'
import { E0114 } from './E0114.ts'
import { E0115 } from './E0115.ts'
import { E0116 } from './E0116.ts'
import { E0117 } from './E0117.ts'
import { E0118 } from './E0118.ts'
import { E0119 } from './E0119.ts'
import { E0124 } from './E0124.ts'
import { E0140 } from './E0140.ts'
import { E0141 } from './E0141.ts'
import { E0142 } from './E0142.ts'
import { E0143 } from './E0143.ts'
import { E0201 } from './E0201.ts'
import { E0202 } from './E0202.ts'
import { E0203 } from './E0203.ts'
import { E0204 } from './E0204.ts'
import { E0205 } from './E0205.ts'
import { E0206 } from './E0206.ts'
import { E0207 } from './E0207.ts'
import { E0208 } from './E0208.ts'
import { E0209 } from './E0209.ts'
import { E0210 } from './E0210.ts'
import { E0211 } from './E0211.ts'
import { E0212 } from './E0212.ts'
import { E0213 } from './E0213.ts'
import { E0214 } from './E0214.ts'
import { E0215 } from './E0215.ts'
import { E0216 } from './E0216.ts'
import { E0301 } from './E0301.ts'
import { E0302 } from './E0302.ts'
import { E0303 } from './E0303.ts'
import { E0304 } from './E0304.ts'
import { E0307 } from './E0307.ts'
import { E0308 } from './E0308.ts'
import { E0309 } from './E0309.ts'
import { E0312 } from './E0312.ts'
import { E0313 } from './E0313.ts'
import { E0314 } from './E0314.ts'
import { E0315 } from './E0315.ts'
import { E0316 } from './E0316.ts'
import { E0317 } from './E0317.ts'
import { E0318 } from './E0318.ts'
import { E0319 } from './E0319.ts'
import { E0320 } from './E0320.ts'
import { E0321 } from './E0321.ts'
import { E0322 } from './E0322.ts'
import { E0401 } from './E0401.ts'
import { E0402 } from './E0402.ts'
import { E0403 } from './E0403.ts'
import { E0404 } from './E0404.ts'
import { E0405 } from './E0405.ts'
import { E0406 } from './E0406.ts'
import { E0407 } from './E0407.ts'
import { E0420 } from './E0420.ts'
import { E0421 } from './E0421.ts'
import { E0422 } from './E0422.ts'
import { E0423 } from './E0423.ts'
import { E0424 } from './E0424.ts'
import { E0425 } from './E0425.ts'
import { E0427 } from './E0427.ts'
import { E0431 } from './E0431.ts'
import { E0432 } from './E0432.ts'
import { E0440 } from './E0440.ts'
import { E0441 } from './E0441.ts'
import { E0442 } from './E0442.ts'
import { E0443 } from './E0443.ts'
import { E0501 } from './E0501.ts'
import { E0502 } from './E0502.ts'
import { E0503 } from './E0503.ts'
import { E0504 } from './E0504.ts'
import { E0505 } from './E0505.ts'
import { E0506 } from './E0506.ts'
import { E0507 } from './E0507.ts'
import { E0508 } from './E0508.ts'
import { E0509 } from './E0509.ts'
import { E0510 } from './E0510.ts'
import { E0511 } from './E0511.ts'
import { E0601 } from './E0601.ts'
import { E0602 } from './E0602.ts'
import { E0603 } from './E0603.ts'
import { E0604 } from './E0604.ts'
import { E0605 } from './E0605.ts'
import { E0606 } from './E0606.ts'
import { E0607 } from './E0607.ts'
import { E0608 } from './E0608.ts'
import { E0609 } from './E0609.ts'
import { E0610 } from './E0610.ts'
import { E0611 } from './E0611.ts'
import { E0701 } from './E0701.ts'
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
import { E0721 } from './E0721.ts'
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
import { E0812 } from './E0812.ts'
import { E0813 } from './E0813.ts'
import { E0814 } from './E0814.ts'
import { E0816 } from './E0816.ts'
import { E0817 } from './E0817.ts'
import { E0818 } from './E0818.ts'
import { E0820 } from './E0820.ts'
import { E0826 } from './E0826.ts'
import { E0830 } from './E0830.ts'
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
import { E0860 } from './E0860.ts'
import { E0861 } from './E0861.ts'
import { E0862 } from './E0862.ts'
import { E0863 } from './E0863.ts'
import { E0865 } from './E0865.ts'
import { E0866 } from './E0866.ts'
import { E0901 } from './E0901.ts'
import { E0902 } from './E0902.ts'
import { E0903 } from './E0903.ts'
import { E0904 } from './E0904.ts'
import { E0905 } from './E0905.ts'
import { E0906 } from './E0906.ts'
import { E0907 } from './E0907.ts'
import { E0908 } from './E0908.ts'
import { E0909 } from './E0909.ts'
import { E0910 } from './E0910.ts'
import { E0911 } from './E0911.ts'
import { E0912 } from './E0912.ts'
import { E0913 } from './E0913.ts'
import { E0920 } from './E0920.ts'
import { E0921 } from './E0921.ts'
import { E0930 } from './E0930.ts'
import { E0931 } from './E0931.ts'
import { E1001 } from './E1001.ts'
import { E1002 } from './E1002.ts'
import { E1003 } from './E1003.ts'
import { E1004 } from './E1004.ts'
import { E1005 } from './E1005.ts'
import { E1006 } from './E1006.ts'
import { E1007 } from './E1007.ts'
import { E1008 } from './E1008.ts'
import { E1010 } from './E1010.ts'
import { E1011 } from './E1011.ts'
import { E1014 } from './E1014.ts'
import { E1101 } from './E1101.ts'
import { E1102 } from './E1102.ts'
import { E1103 } from './E1103.ts'
import { E1104 } from './E1104.ts'
import { E1105 } from './E1105.ts'
import { E1106 } from './E1106.ts'
import { E1107 } from './E1107.ts'
import { E1108 } from './E1108.ts'
import { E1110 } from './E1110.ts'
import { E1111 } from './E1111.ts'
import { E1112 } from './E1112.ts'
import { E1114 } from './E1114.ts'
import { E1115 } from './E1115.ts'
import { E1116 } from './E1116.ts'
import { E1120 } from './E1120.ts'

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
  E0014,
  E0101,
  E0102,
  E0103,
  E0104,
  E0105,
  E0106,
  E0107,
  E0108,
  E0109,
  E0110,
  E0111,
  E0112,
  E0113,
  E0114,
  E0115,
  E0116,
  E0117,
  E0118,
  E0119,
  E0124,
  E0140,
  E0141,
  E0142,
  E0143,
  E0201,
  E0202,
  E0203,
  E0204,
  E0205,
  E0206,
  E0207,
  E0208,
  E0209,
  E0210,
  E0211,
  E0212,
  E0213,
  E0214,
  E0215,
  E0216,
  E0301,
  E0302,
  E0303,
  E0304,
  E0307,
  E0308,
  E0309,
  E0312,
  E0313,
  E0314,
  E0315,
  E0316,
  E0317,
  E0318,
  E0319,
  E0320,
  E0321,
  E0322,
  E0401,
  E0402,
  E0403,
  E0404,
  E0405,
  E0406,
  E0407,
  E0420,
  E0421,
  E0422,
  E0423,
  E0424,
  E0425,
  E0427,
  E0431,
  E0432,
  E0440,
  E0441,
  E0442,
  E0443,
  E0501,
  E0502,
  E0503,
  E0504,
  E0505,
  E0506,
  E0507,
  E0508,
  E0509,
  E0510,
  E0511,
  E0601,
  E0602,
  E0603,
  E0604,
  E0605,
  E0606,
  E0607,
  E0608,
  E0609,
  E0610,
  E0611,
  E0701,
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
  E0721,
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
  E0812,
  E0813,
  E0814,
  E0816,
  E0817,
  E0818,
  E0820,
  E0826,
  E0830,
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
  E0860,
  E0861,
  E0862,
  E0863,
  E0865,
  E0866,
  E0901,
  E0902,
  E0903,
  E0904,
  E0905,
  E0906,
  E0907,
  E0908,
  E0909,
  E0910,
  E0911,
  E0912,
  E0913,
  E0920,
  E0921,
  E0930,
  E0931,
  E1001,
  E1002,
  E1003,
  E1004,
  E1005,
  E1006,
  E1007,
  E1008,
  E1010,
  E1011,
  E1014,
  E1101,
  E1102,
  E1103,
  E1104,
  E1105,
  E1106,
  E1107,
  E1108,
  E1110,
  E1111,
  E1112,
  E1114,
  E1115,
  E1116,
  E1120,
} satisfies Record<string, Message<never>>

export type Code = keyof typeof messages
