/**
 * The kinds of tasks: a class of a text, a number, a tag for each word, a span of a text, the pieces at
 * masked tokens.
 */
export const taskKinds = ['class', 'number', 'tags', 'span', 'masked'] as const
export type TaskKind = (typeof taskKinds)[number]
