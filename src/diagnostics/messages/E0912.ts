import type { Span } from '../diagnostic.ts'
import { defineMessage, type Label } from '../diagnostic.ts'

export const E0912 = defineMessage<{ missing: readonly { path: string; model: string; span?: Span }[] }>({
  code: 'E0912',
  title: 'weights are missing',
  explanation: `A spec names checkpoints that are not on this machine. check, explain and compile do not need them; train names all that are missing at
once. --random-weights stands in for all of them, to try a spec out.

Fails:
    distill train tinybert-4.distill                        without weights/bert-base

Passes:
    distill train tinybert-4.distill --random-weights --dry-run`,
  build: ({ missing }) => {
    const [first, ...rest] = missing.filter((one) => one.span !== undefined)
    const secondary: Label[] = rest.flatMap(({ path, span }) =>
      span ? [{ span, text: `${path} is missing` }] : [],
    )
    return {
      message:
        missing.length === 1
          ? `the weights of ${missing[0]?.model} are missing: ${missing[0]?.path}`
          : `weights are missing: ${missing.map(({ path, model }) => `${path} (${model})`).join(', ')}`,
      ...(first?.span === undefined ? {} : { span: first.span, label: `${first.path} is missing` }),
      ...(secondary.length === 0 ? {} : { secondary }),
      help: 'download them to that place (model.safetensors), or try the spec out with --random-weights',
    }
  },
})
