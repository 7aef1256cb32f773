import { defineMessage, type Span } from '../diagnostic.ts'

/** One thing that a model and the config.json of its weights compute differently. */
export interface OtherComputation {
  /** heads, epsilon, activation, layers, positions */
  readonly setting: string
  /** As the spec writes it. */
  readonly own: string
  readonly found: string
  /** What config.json says, with the line. */
  readonly text: string
  /** Where the model says it. */
  readonly span?: Span
  /** May the model just say the other value? */
  readonly settable: boolean
}

export const E0322 = defineMessage<{
  instance: string
  model: string
  file: string
  differences: readonly OtherComputation[]
  span?: Span
}>({
  code: 'E0322',
  title: 'weights of another computation',
  explanation: `A folder of weights says in config.json how its model computes: with how many heads, which activation, which epsilon in its layer_norms, how it knows
positions, how often shared layers are gone through. No shape of a tensor shows any of it, so a model that says something else would read the file without a word and answer wrongly. What the model does
not say by a setting of that name (heads, epsilon, activation, layers), or says by a function of its own, is not compared.

Fails:
    weights/bert/config.json: "num_attention_heads": 16, "hidden_act": "gelu_new"
    model big = bert_base with { hidden_size = 1024, heads = 8 }
    teacher T : big { weights = "weights/bert" }

Passes:
    model big = bert_base with { hidden_size = 1024, heads = 16, activation = gelu_tanh }
    teacher T : big { weights = "weights/bert" }

Passes too, for a student that is to compute otherwise and only starts from these weights:
    student S : other { init { ** from T } }`,
  build: ({ instance, model, file, differences, span }) => {
    const [first, ...others] = differences
    const parts = [
      `${first?.setting} ${first?.setting === 'positions' ? 'are' : 'is'} ${first?.own} here and ${first?.found} in ${file}`,
      ...others.map(({ setting, own, found }) => `${setting} ${own} here and ${found} there`),
    ]
    const settings = differences.flatMap(({ setting, found, settable }) =>
      settable ? [`${setting} = ${found}`] : [],
    )
    const known = settings.length === differences.length
    return {
      message: `${instance} computes otherwise than the model that its weights are of: ${parts.join(', ')}`,
      ...(span === undefined ? {} : { span, label: differences.map(({ text }) => text).join(', ') }),
      secondary: differences.flatMap((one) =>
        one.span ? [{ span: one.span, text: `${one.own} here, ${one.found} in config.json` }] : [],
      ),
      help: [
        ...(known
          ? [`say what the weights were trained with: ${model} with { ${settings.join(', ')} }`]
          : ['take weights that were trained with what the language has']),
        `if ${instance} is to compute otherwise and only start from them, it takes them from a teacher that is declared as config.json says: init { ** from T }`,
      ].join('\n'),
    }
  },
})
