/** Messages of trainings by several processes. */
import { defineMessage, type Span } from '../diagnostic.ts'

interface Rank {
  readonly rank: number
  /** Empty before the ranks know each other. */
  readonly host: string
}

function named(ranks: readonly Rank[]): string {
  return ranks.map(({ rank, host }) => `rank ${rank}${host && ` on ${host}`}`).join(', ')
}

export const rankLost = defineMessage<{
  rank: number
  lost: readonly Rank[]
  seconds: number
  what: string
}>({
  code: 'E1021',
  title: 'a process of a training that does not answer',
  build: ({ rank, lost, seconds, what }) => ({
    message: `${named(lost)} did not send ${what} for ${Math.round(seconds)} s`,
    help: [
      `rank ${rank} has waited for it; it has ended, hangs, or cannot be reached`,
      'nothing is lost but the steps since the last checkpoint: start the same command with --resume, with as many ranks as there are',
      '--deadline gives it more time',
    ].join('\n'),
  }),
})

export const ranksDrifted = defineMessage<{
  ranks: readonly string[]
  isClear: boolean
  what: string
  stage?: string | undefined
  step: number
}>({
  code: 'E1022',
  title: 'ranks that have computed different bits',
  build: ({ ranks, isClear, what, stage, step }) => {
    const who = isClear ? `${ranks.join(', ')} differs from the other ranks` : `${ranks.join(', ')} differ`
    const place = stage === undefined ? 'between two stages' : `after step ${step} of stage ${stage}`
    return {
      message: `${who} in ${what}, ${place}`,
      help: [
        isClear
          ? 'its memory or its processor is faulty, or its processor is of another kind than those of the others'
          : 'the memory or the processor of one is faulty, or their processors are of different kinds',
        'the last checkpoint is from before: continue with --resume, without that machine',
      ].join('\n'),
    }
  },
})

export const messageFailed = defineMessage<{
  rank: number
  peers: readonly Rank[]
  what: string
  reason: string
}>({
  code: 'E1024',
  title: 'a message that MPI could not carry between two processes',
  build: ({ rank, peers, what, reason }) => ({
    message: `rank ${rank} could not exchange ${what} with ${named(peers)}: ${reason}`,
    help: [
      'a machine was lost, or MPI takes a network that does not connect them; what it printed itself stands above',
      'OMPI_MCA_btl_tcp_if_include=eth0 names the network interface for Open MPI',
      'nothing is lost but the steps since the last checkpoint: continue with --resume',
    ].join('\n'),
  }),
})

export const wrongMpi = defineMessage<{ launched: number; size: number; library: string; launcher: string }>({
  code: 'E1122',
  title: 'an MPI library that its launcher does not know',
  build: ({ launched, size, library, launcher }) => ({
    message: `${launcher} started ${launched} ranks, but ${library} sees ${size}`,
    help: 'start the program with the mpirun that belongs to the library, or name another one: DISTILL_MPI=/path/to/libmpi.so',
  }),
})

export const connectionLost = defineMessage<{ launcher: string }>({
  code: 'E1126',
  title: 'a rank without a connection to its launcher',
  build: ({ launcher }) => ({
    message: `the connection to ${launcher} was closed on the way to this program`,
    help: 'npx does that: start the program itself, mpirun -n 8 node_modules/.bin/distill train ...',
  }),
})

export const tooFewParts = defineMessage<{ parts: number; size: number; help: string }>({
  code: 'E1123',
  title: 'more ranks than parts of a batch',
  build: ({ parts, size, help }) => ({
    message: `${size} ranks cannot share a batch in ${parts} ${parts === 1 ? 'part' : 'parts'}`,
    help,
  }),
})

export const sweepOnCluster = defineMessage<{ spec: string }>({
  code: 'E1127',
  title: 'a sweep by several ranks',
  build: ({ spec }) => ({
    message: `the runs of ${spec} are several, and ranks train one together`,
    help: 'with --join each rank takes runs of its own; or choose one run: --set NAME=VALUE, without --sweep and --seeds',
  }),
})

export const wholeBatch = defineMessage<{ stage: string; parts: number; span: Span }>({
  code: 'E1128',
  title: 'a loss that cannot be divided among ranks',
  build: ({ stage, parts, span }) => ({
    message: `the loss of stage \`${stage}\` is not the sum over ${parts} parts of its batch`,
    span,
    help: 'it compares examples with each other, or divides by a sum over the batch: train the stage by one process, with --parts 1',
  }),
})

export const smallBatch = defineMessage<{ stage: string; batch: number; size: number; span: Span }>({
  code: 'E1129',
  title: 'fewer examples in a batch than ranks',
  build: ({ stage, batch, size, span }) => ({
    message: `a batch of stage \`${stage}\` has ${batch} ${batch === 1 ? 'example' : 'examples'}, and ${size} ranks share it`,
    span,
    help: `start at most ${batch} ranks, or make the batch larger`,
  }),
})

export const folderNotShared = defineMessage<{ folder: string; ranks: readonly string[] }>({
  code: 'E1124',
  title: 'a run folder that not all ranks see',
  build: ({ folder, ranks }) => ({
    message: `the folder ${folder} of rank 0 is not there on ${ranks.join(', ')}`,
    help: 'all ranks need the spec, its files and the run folder under the same path, such as on a network file system',
  }),
})

export const ranksDiffer = defineMessage<{ ranks: readonly string[]; differences: readonly string[] }>({
  code: 'E1125',
  title: 'ranks that would compute other bits',
  build: ({ ranks, differences }) => ({
    message: `other bits than on rank 0 would be computed on ${ranks.join(', ')}`,
    help: [...differences, 'install the same versions on all machines, or leave these out'].join('\n'),
  }),
})
