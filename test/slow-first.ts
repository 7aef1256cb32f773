/** The order of test files. In a fresh clone no times are known: then a slow file might begin last, and one core wait for it. */
import { BaseSequencer, type TestSpecification } from 'vitest/node'

const slow = [
  'reference/parity',
  'train/losses-in-parts',
  'run/differential',
  'pack/pack',
  'emit/trainer',
  'check/limits',
]

export class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const others = await super.sort(files)
    const rank = ({ moduleId }: TestSpecification): number => {
      const place = slow.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`))
      return place < 0 ? slow.length : place
    }
    return others.toSorted((a, b) => rank(a) - rank(b))
  }
}
