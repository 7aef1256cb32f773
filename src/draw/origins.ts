/**
 * Where in the files of a spec each box of a picture comes from: what declares it first, then the lines of
 * its operations. Pages and editors lead from a box to its text by this, and back.
 */
import type { Program, Stage } from '../check/program.ts'
import type { Span } from '../diagnostics/diagnostic.ts'
import type { Box } from './boxes.ts'
import { boxName } from './dot.ts'
import type { Picture } from './picture.ts'

/** By the id of the box in the SVG. The first place of a box is the one that declares it. */
export function originsOf(
  picture: Picture,
  program: Program,
  stage: Stage,
): ReadonlyMap<string, readonly Span[]> {
  return new Map(
    picture.boxes.map((box, i) => {
      const operations = box.members.flatMap(({ nodes }) => nodes.flatMap(({ source }) => source ?? []))
      return [
        boxName(i),
        distinct([...declarationsOf(box, program, stage), ...outermost(operations, program.file)]),
      ]
    }),
  )
}

/** Without what is part of another: those of the spec first, each file in its order. */
function outermost(spans: readonly Span[], spec: string): readonly Span[] {
  const fileOf = ({ file }: Span): string => (file === spec ? '' : file)
  const sorted = spans.toSorted(
    (a, b) => fileOf(a).localeCompare(fileOf(b)) || a.start - b.start || b.end - a.end,
  )
  const found: Span[] = []
  for (const span of sorted) {
    const last = found.at(-1)
    if (last?.file !== span.file || span.end > last.end) found.push(span)
  }
  return found
}

function declarationsOf(box: Box, program: Program, stage: Stage): readonly Span[] {
  switch (box.kind) {
    case 'part': {
      const instance = program.instances.get(box.owner)
      const head = instance?.heads.get(box.title)
      return [head, instance].flatMap((one) => one?.span ?? [])
    }
    case 'meeting':
      return box.comparisons.flatMap(({ term, projection = '' }) => {
        const declared = [stage.terms.find(({ name }) => name === term), program.projections.get(projection)]
        return declared.flatMap((one) => one?.span ?? [])
      })
    case 'total':
      return [stage.span]
    case 'batch':
      return [program.data.get(stage.data ?? '')?.span ?? stage.span]
  }
}

function distinct(spans: readonly Span[]): readonly Span[] {
  const found = new Map(spans.toReversed().map((span) => [`${span.file} ${span.start} ${span.end}`, span]))
  return [...found.values()].toReversed()
}
