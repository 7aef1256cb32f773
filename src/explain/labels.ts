/** Labels that a spec takes from its training data. */
import { unknownClasses } from '../check/data.ts'
import type { DataSpec, Program } from '../check/program.ts'
import type { TagScheme } from '../check/tag-schemes.ts'

export interface LabelsReport {
  readonly data: string
  readonly kind: 'class' | 'tags'
  /** Of tags. Null for classes, and where the tags are not known. */
  readonly scheme: TagScheme | null
  /** In the order of their numbers. Null where the training files are absent. */
  readonly labels: readonly string[] | null
  /** The training files, as the spec names them. */
  readonly from: readonly string[]
}

/** One for each block that declares such labels: derived blocks have them from there. */
export function reportLabels({ data }: Program): LabelsReport[] {
  const reports = [...data.values()].flatMap(({ label }: DataSpec) => {
    if (!label || !('origin' in label) || !label.origin) return []
    const { data: name, files } = label.origin
    const scheme = label.kind === 'tags' ? (label.scheme ?? null) : null
    return {
      data: name,
      kind: label.kind,
      scheme,
      labels: label.labels ?? null,
      from: files.map(({ path }) => path),
    }
  })
  return [...new Map(reports.map((report) => [report.data, report])).values()]
}

/**
 * `data labelled: 7 labels from data/train.tsv: AddToPlaylist, BookRestaurant ...`
 * @param counted whether a line above has the number of labels
 */
export function labelsLine({ data, kind, scheme, labels, from }: LabelsReport, counted: boolean): string {
  const what = kind === 'class' ? 'labels' : 'tags'
  const files = from.join(', ')
  if (labels === null) {
    const assumed = `parameters are counted per class, memory and time as with ${unknownClasses} ${what}`
    return `data ${data}: the number of ${what} is not known without ${files}; ${assumed}`
  }
  const shown = labels.slice(0, 12).join(', ')
  const more = labels.length > 12 ? ` and ${(labels.length - 12).toLocaleString('en')} more` : ''
  const count = counted && kind === 'class' ? '' : `${labels.length.toLocaleString('en')} `
  return `data ${data}: ${count}${what}${scheme ? ` (${scheme})` : ''} from ${files}: ${shown}${more}`
}
