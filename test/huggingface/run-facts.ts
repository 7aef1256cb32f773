/** What a model card says of a run that knows nothing of the Hub. */
import type { RunFacts } from '../../src/huggingface/export.ts'

export function runFacts(changes: Partial<RunFacts> = {}): RunFacts {
  const hub = { languages: [], baseModels: [], datasets: [] }
  return {
    spec: 'x.distill',
    seed: 7,
    version: '0',
    log: [],
    checkpoint: undefined,
    pair: false,
    teachers: [],
    hub,
    ...changes,
  }
}
