/** A trainer of a program and the data that it names, with what a test changes. */
import type { Program } from '../../src/check/program.ts'
import { compileStage, compileTaps } from '../../src/lower/stage.ts'
import { ProgramData } from '../../src/train/program-data.ts'
import { Trainer } from '../../src/train/run.ts'
import { RunFolder } from '../../src/train/run-folder.ts'
import type { TrainOptions } from '../../src/train/train-options.ts'

export function trainerOf(
  program: Program,
  folder: string,
  options: Pick<TrainOptions, 'runner'> & Partial<TrainOptions>,
): Trainer {
  return new Trainer({
    program,
    data: new ProgramData(program),
    compileStage,
    compileTaps,
    folder: new RunFolder(folder),
    seed: 1,
    observer: {},
    ...options,
  })
}
