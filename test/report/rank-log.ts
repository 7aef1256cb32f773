/** The lines that four ranks on two machines log of a stage, and those of two ranks that go on with it. */

const ofRank = (rank: number, host: string, times: readonly [number, number, number], examples: number) => ({
  rank,
  host,
  computing: times[0],
  waiting: times[1],
  communicating: times[2],
  parts: 2,
  examples,
  tokens: 20 * examples,
})

const four = (step: number) => ({
  event: 'ranks',
  stage: 'learn',
  step,
  steps: 50,
  ranks: [
    ofRank(0, 'node1', [7.5, 2, 0.5], 800),
    ofRank(1, 'node1', [7.4, 2.1, 0.5], 800),
    ofRank(2, 'node<2>', [9.5, 0, 0.5], 800),
    ofRank(3, 'node<2>', [7.3, 2.2, 0.5], 790),
  ],
  time: '2026-12-02T12:00:00.000Z',
})

const two = {
  ...four(150),
  ranks: [ofRank(0, 'node1', [14, 0.2, 5.8], 1600), ofRank(1, 'node1', [13.9, 0.3, 5.8], 1600)],
}

export const rankLog: readonly unknown[] = [
  { stage: 'learn', step: 20, terms: { loss: 0.3 } },
  four(50),
  four(100),
  two,
  { event: 'ranks', stage: 'learn', step: 200 },
]
