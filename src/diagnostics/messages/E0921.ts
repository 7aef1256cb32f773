import { defineMessage } from '../diagnostic.ts'

export const E0921 = defineMessage<{ role: string; models: readonly string[] }>({
  code: 'E0921',
  title: 'a step needs the weights of a model',
  explanation: `\`distill step\` takes every weight from files: --student F for the students, --teacher F for the teachers that the losses read. With
several of a kind, name each: --teacher A=a.safetensors --teacher B=b.safetensors.`,
  build: ({ role, models }) => ({
    message: `the weights of ${models.join(' and ')} are not given`,
    help: models.length > 1 ? models.map((m) => `--${role} ${m}=FILE`).join(' ') : `--${role} FILE`,
  }),
})
