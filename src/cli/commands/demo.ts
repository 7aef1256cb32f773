/**
 * `distill demo`: trains the shipped demo on the data that come with the package; in a checkout
 * `npm run demo` makes them first.
 */
import { join, relative } from 'node:path'
import type { Command } from 'commander'
import { shippedFolder } from '../../disk/shipped.ts'
import { type TrainFlags, trainSpec, withTrainOptions } from './train.ts'

const spec = 'specs/demo.distill'

export function register(program: Command): void {
  const command = program
    .command('demo')
    .description(
      'train the demo, which sorts definitions of a dictionary: a teacher, a small student alone, and the same student distilled',
    )
  withTrainOptions(command).action((flags: TrainFlags) =>
    trainSpec(relative('', join(shippedFolder(spec) ?? '', spec)), flags),
  )
}
