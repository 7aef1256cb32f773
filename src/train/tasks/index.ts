/**
 * All kinds of tasks. To add one, add a file in this folder, its facts in src/check/tasks.ts, and a line
 * here.
 */
import type { TaskKind } from '../../check/task-kinds.ts'
import { classTask } from './class.ts'
import { maskedTask } from './masked.ts'
import { numberTask } from './number.ts'
import type { Prediction } from './prediction.ts'
import { spanTask } from './span.ts'
import { tagsTask } from './tags.ts'
import type { Task } from './task.ts'

export const tasks: { readonly [Kind in TaskKind]: Task<Kind> } = {
  class: classTask,
  number: numberTask,
  tags: tagsTask,
  span: spanTask,
  masked: maskedTask,
}

/** A prediction as `distill predict` prints it. */
export function lineOf(prediction: Prediction, all: boolean): string {
  return shown(prediction.kind, prediction, all)
}

function shown<Kind extends TaskKind>(kind: Kind, prediction: Prediction<Kind>, all: boolean): string {
  return tasks[kind].line(prediction, all)
}
