import { defineMessage, type Span } from '../diagnostic.ts'

export const E0511 = defineMessage<{
  /** The model, or the parts of it that are random. */
  what: string
  owner: string
  model: string
  stage: string
  span: Span
  stageSpan: Span
  /** Weights that lack these parts. */
  file?: string
  /** A stage of the spec that would train them. */
  trainedIn?: string
  /** Is it run, too late? */
  runs?: boolean
}>({
  code: 'E0511',
  title: 'a teacher that nothing has trained',
  explanation: `A stage reads a model without training it, and the weights that its losses depend on are random: no file gives them and no stage of the run
has trained them before. The student would be distilled from noise. check and explain do not mind; train does. --random-weights lets random weights stand
in for all others, to try a spec out.

Fails:
    teacher T : bert_base { heads { task = classifier(labelled.label) } }
    stage distil { minimize soften(S.task.logits, T.task.logits), ... }

Passes:
    teacher T : bert_base { weights = "weights/bert-base-reviews", heads { task = classifier(labelled.label) } }

Passes too:
    student T : bert_base { weights = "weights/bert-base", heads { task = classifier(labelled.label) } }
    stage learn { minimize cross_entropy(T.task.logits, batch.label), ... }
    stage distil after learn { minimize soften(S.task.logits, T.task.logits), ... }`,
  build: ({ what, owner, model, stage, span, stageSpan, file, trainedIn, runs }) => ({
    message: `${what} is read in stage ${stage}, but nothing has trained it: its weights are random`,
    span,
    label: file === undefined ? 'random weights' : `not in ${file}`,
    secondary: [{ span: stageSpan, text: `${stage} learns from it` }],
    help: [
      trainedIn === undefined
        ? file === undefined
          ? `say where its weights are: ${owner} : ${model} { weights = "FOLDER" ... }, or train it in a stage before`
          : `take weights that were trained with it, or train it in a stage before`
        : runs
          ? `stage ${trainedIn} trains it, but only later: let ${stage} come after it`
          : `stage ${trainedIn} trains it, but is not part of this run: add --stage ${trainedIn}, or leave --stage out`,
      'to try the spec out without: --random-weights',
    ].join('\n'),
  }),
})
