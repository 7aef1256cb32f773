/** How the task of the data is written: head, losses and metrics. */

import { quoted } from '../syntax/string-escapes.ts'
import type { Found, Task } from './found.ts'
import { counted } from './found.ts'

export interface TaskText {
  /** The name in `heads { NAME = call }`. */
  readonly head: string
  readonly call: string
  /** Of std/heads.distill; absent if the spec defines the head. */
  readonly imported?: string
  /** The head that the spec defines. */
  readonly definition?: string
  /** The line `label = ...` of the data block. */
  readonly label?: string
  /** What a model learns from labels. */
  hard(model: string): string
  /** What the student learns from the teacher's answers. */
  soft(student: string, teacher: string): string
  /** Of std/losses.distill, for `soft`. */
  readonly softens: boolean
  readonly metrics: readonly string[]
  /** The metric that chooses the best weights. */
  readonly best: string
  /** Whether the head reads the pooled state of a text. */
  readonly pooled: boolean
  /** `sorts texts into 7 classes` */
  readonly does: string
}

export function taskText({ task, pair }: Found): TaskText {
  const texts = pair ? 'pairs of texts' : 'texts'
  switch (task.kind) {
    case 'class': {
      const common = task.largest > Math.max(0.5, 2 / task.labels.length)
      return {
        head: 'task',
        call: 'classifier(texts.label)',
        imported: 'classifier',
        label: labelText(task),
        hard: (model) => `cross_entropy(${model}.task.logits, batch.label)`,
        soft: (s, t) => `soften(${s}.task.logits, ${t}.task.logits, temperature = 2)`,
        softens: true,
        metrics: common ? ['accuracy', 'macro_f1'] : ['accuracy'],
        best: 'accuracy',
        pooled: true,
        does: `sorts ${texts} into ${counted(task.labels.length, 'class', 'classes')}`,
      }
    }
    case 'number':
      return {
        head: 'task',
        ...regressor(task),
        label: labelText(task),
        hard: (model) => `mse(${model}.task.value, batch.label)`,
        soft: (s, t) => `mse(${s}.task.value, ${t}.task.value)`,
        softens: false,
        metrics: ['pearson', 'mse'],
        best: 'pearson',
        pooled: true,
        does: `predicts a number for ${texts}`,
      }
    case 'tags':
      return {
        head: 'task',
        call: 'token_classifier(texts.label)',
        imported: 'token_classifier',
        label: labelText(task),
        hard: (model) => `cross_entropy(${model}.task.logits, batch.tags) where first_piece`,
        soft: (s, t) => `soften(${s}.task.logits, ${t}.task.logits, temperature = 2) where first_piece`,
        softens: true,
        metrics: ['entity_f1', 'tag_accuracy'],
        best: 'entity_f1',
        pooled: false,
        does: `gives each word one of ${counted(task.labels.length, 'tag')}`,
      }
    case 'span':
      return {
        head: 'task',
        call: 'span()',
        imported: 'span',
        hard: (model) =>
          `0.5 * (cross_entropy(${model}.task.start, batch.start) + cross_entropy(${model}.task.end, batch.end))`,
        soft: (s, t) =>
          `0.5 * (soften(${s}.task.start, ${t}.task.start, temperature = 2) + soften(${s}.task.end, ${t}.task.end, temperature = 2))`,
        softens: true,
        metrics: ['exact_match', 'span_f1'],
        best: 'span_f1',
        pooled: false,
        does: 'finds answers to questions in paragraphs',
      }
    case 'words':
      return {
        head: 'mlm',
        call: 'masked_lm(tied = embedding.word)',
        imported: 'masked_lm',
        hard: (model) => `cross_entropy(${model}.mlm.logits, batch.original) where masked`,
        soft: (s, t) => `soften(${s}.mlm.logits, ${t}.mlm.logits, temperature = 2) where masked`,
        softens: true,
        metrics: ['perplexity', 'masked_accuracy'],
        best: 'masked_accuracy',
        pooled: false,
        does: 'predicts masked words (the data have no label)',
      }
  }
}

/** Numbers far from 0 or of another scale than 1 would take most of the steps to be reached. */
function regressor({ mean, deviation }: Extract<Task, { kind: 'number' }>) {
  const usual = Math.abs(mean) <= 10 && deviation >= 0.25 && deviation <= 5
  if (usual) return { call: 'regressor()', imported: 'regressor' }
  const three = (value: number): string => `${Number(value.toPrecision(3))}`
  return {
    call: 'scaled_regressor()',
    definition: `/// The labels have mean ${three(mean)} and deviation ${three(deviation)}: the answers begin there.
head scaled_regressor(rate = hidden_dropout) {
  values = linear(dropout(pooler, rate), 1, axis = class)
  value = ${three(mean)} + ${three(deviation || 1)} * pick(values, class = 1)
}`,
  }
}

function labelText(task: Extract<Task, { kind: 'class' | 'number' | 'tags' }>): string {
  const column = `column(${quoted(task.column)})`
  if (task.kind === 'number') return `number(${column})`
  if (task.listed !== true) return `${task.kind}(${column})`
  const list = `[${task.labels.map(quoted).join(', ')}]`
  return task.kind === 'class' ? `class(${column}, ${list})` : `tags(${column}, ${list}, scheme = bio)`
}
