/** A published model in a folder of transformers, as the teacher of a new spec. */
import { hasPooler, modelText } from '../huggingface/class-spec.ts'
import { type ModelDescription, unusable } from '../weights/transformers/config.ts'
import { readConfig } from '../weights/transformers/config-file.ts'
import { openWeights } from '../weights/weight-source.ts'
import type { Shape } from './design.ts'
import type { Found, Task } from './found.ts'
import type { TaskText } from './task-text.ts'

export interface TeacherFolder {
  readonly path: string
  /** Its name in std/bert.distill. */
  readonly model: string
  readonly shape: Shape
  readonly positions: number
  /** `model teacher_model = ... with { ... }` */
  readonly text: string
  /** `init { ... }` of a head whose weights are of other labels. */
  readonly init?: string
  /** Labels of the data in the order of the folder's head, where they are the same. */
  readonly labels?: readonly string[]
}

/** @throws DiagnosticError E0930 (no such folder, or a model of another family), E0901.. (its weights) */
export function teacherFolder(path: string, task: TaskText, found: Found): TeacherFolder {
  const model = readConfig(path)
  const { family, sizes } = model
  if (family.type !== 'bert' && family.type !== 'distilbert')
    throw unusable(
      path,
      `its model_type is ${family.type}; a teacher for new data is a BERT or DistilBERT (for its own task: distill new SPEC --from ${path})`,
    )
  const names = [...openWeights(path).tensors.keys()]
  const pooler = family.type === 'bert' && hasPooler(model, names)
  const text = modelText('teacher_model', model, {
    pooler: pooler || (task.pooled && family.type === 'bert'),
    vocabulary: 'texts.vocabulary',
  })
  const mean = 'pooler = mean(output, over = token)'
  return {
    path,
    model: family.model,
    shape: {
      layers: sizes.get('layers') ?? 1,
      hidden: sizes.get('hidden_size') ?? 1,
      heads: sizes.get('heads') ?? 1,
    },
    positions: sizes.get('positions') ?? 512,
    text: task.pooled && !pooler ? text.replace(/\n\}$/, `\n  ${mean}\n}`) : text,
    ...labelsOf(model, task, found.task),
  }
}

/** A head of another kind or of other labels starts at random; one of the same labels says their order. */
function labelsOf(model: ModelDescription, { imported, head }: TaskText, task: Task) {
  const { heads } = model.modelClass
  if (heads.length === 0) return {}
  const random = { init: `${head}.** from normal(0.02)` }
  if (!heads.some((kind) => kind === imported)) return random
  if (!('labels' in task)) return {}
  const own = model.labels ?? []
  const same = own.length === task.labels.length && own.every((label) => task.labels.includes(label))
  return same ? { labels: own } : random
}
