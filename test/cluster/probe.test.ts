import { describe, expect, it } from 'vitest'
import { launcherLines } from '../../src/cli/commands/doctor.ts'
import { measuredText } from '../../src/cluster/probe.ts'
import { stageLine } from '../../src/train/progress-frame.ts'

const measured = { library: 'Open MPI 5.0.7', ranks: 4, here: 2, latency: 21.6, speed: 1.234e9 }

describe('what doctor says of MPI', () => {
  it('has the library, the ranks, and how fast they exchange', () => {
    expect(measuredText(measured)).toBe(
      'Open MPI 5.0.7, 4 ranks, 2 of them here: 22 us a message, gradients are summed at 1.2 GB/s',
    )
  })
  it('has the reason where ranks do not start, and what to install where there is none', () => {
    expect(launcherLines([{ launcher: 'mpirun', reason: 'no slots' }])).toEqual([
      'mpirun: two ranks do not start: no slots',
    ])
    expect(launcherLines([])).toEqual([
      'no mpirun: several machines train together after apt-get install openmpi-bin',
    ])
  })
})

describe('the progress of several ranks', () => {
  it('tells the share of a step that is exchange', () => {
    const state = {
      begins: { stage: 'learn', number: 1, count: 1 },
      at: { step: 5, total: 10, stepsPerEpoch: 10 },
      terms: [],
      norm: 1,
      termNorms: new Map(),
      stepsPerSecond: 2,
      liveTokens: 100,
      paddedTokens: 120,
      scores: [],
      leftOfStage: undefined,
      leftOfRun: undefined,
    }
    expect(stageLine({ ...state, exchange: 0.06 })).toContain(
      '200 tok/s live (240 with padding), 12% exchange',
    )
    expect(stageLine({ ...state, exchange: undefined })).toMatch(/with padding\)$/)
  })
})
