/**
 * Words for augmentation are proposed by a masked language model of a teacher over the same vocabulary. It
 * must exist in time, and must not be trained on its own proposals.
 */
import { cannotPropose } from '../../diagnostics/messages/data.ts'
import { copyUsedTooEarly } from '../../diagnostics/messages/stages.ts'
import type { Checker } from '../checker.ts'
import { effectiveBlock } from '../data-block.ts'
import { vocabularySize } from '../data-tokenizer.ts'
import type { DataSpec } from '../program.ts'
import type { StageParts } from '../stage-parts.ts'
import type { BlockValue, Instance } from '../values.ts'
import type { Rule } from './rule.ts'

export const proposals: Rule = ({ checker, stages }, reporter) => {
  for (const stage of stages) checkProposer(checker, stage, reporter)
  checkHeads(checker, reporter)
}

/** Whether `proposals` names a masked language model of a teacher. */
function checkHeads(checker: Checker, reporter: Pick<Checker, 'report'>): void {
  for (const { declaration, file } of checker.declarations('data')) {
    const setting = effectiveBlock(checker, declaration, file)?.blocks.get('augment')?.get('proposals')
    const data = checker.data.get(declaration)
    if (setting?.entry.value.kind !== 'member') continue
    const { value } = setting.entry
    const head = checker.evaluate(value, checker.scope(setting.file))
    if (head.kind === 'poison') continue
    const fail = (problem: string, help: string): void =>
      reporter.report(cannotPropose({ span: value.span, data: declaration.name.text, problem, help }))
    const owner = value.base.kind === 'name' ? checker.instance(value.base.name) : undefined
    if (head.kind !== 'block' || owner === undefined || !owner.heads.has(value.name.text)) {
      fail(`\`${value.name.text}\` is no head of a teacher`, 'proposals = G.mlm')
    } else if (owner.role !== 'teacher') {
      fail(
        `${owner.role} \`${owner.name}\` is trained, and its proposals would change with it`,
        `let a copy of it propose: teacher G = ${owner.name} after STAGE, proposals = G.${value.name.text}`,
      )
    } else if (data) checkVocabulary(checker, data, owner, head, fail)
  }
}

function checkVocabulary(
  checker: Checker,
  data: DataSpec,
  owner: Instance,
  { block }: BlockValue,
  fail: (problem: string, help: string) => void,
): void {
  const logits = block.get('logits')
  const shape = logits?.kind === 'term' ? logits.term.axes : []
  const [, , pieces] = shape
  if (shape.map(({ axis }) => axis).join(' ') !== 'example token class' || pieces === undefined) {
    fail(
      'it gives no score to the pieces of a vocabulary',
      'heads { mlm = masked_lm(tied = embedding.word) }',
    )
    return
  }
  const { identity } = pieces
  const size = vocabularySize(checker, data.tokenizer)
  const fits =
    identity !== undefined && !identity.anonymous
      ? identity.name === data.vocabulary.name
      : size === undefined || typeof pieces.size !== 'number' || pieces.size >= size
  if (fits) return
  const own = size === undefined ? data.vocabulary.name : `${size} entries (${data.vocabulary.name})`
  const theirs = `${pieces.size} entries${identity ? ` (${identity.name})` : ''}`
  fail(
    `teacher \`${owner.name}\` counts other pieces: ${theirs}, the data ${own}`,
    'give model and data one tokenizer',
  )
}

/**
 * The model that proposes words for the data of a stage must exist before it, and the stage must not train
 * it.
 */
function checkProposer(
  checker: Checker,
  { name: stage, data, training, standsBehind }: StageParts,
  reporter: Pick<Checker, 'report'>,
): void {
  const proposals = data?.augment?.proposals
  const owner = proposals && checker.instance(proposals.instance)
  if (data === undefined || proposals === undefined || owner === undefined) return
  const { copyOf } = owner
  if (copyOf !== undefined && !standsBehind(copyOf.stage)) {
    const { stage: copyStage, span: copySpan } = copyOf
    reporter.report(
      copyUsedTooEarly({
        span: proposals.span,
        instance: owner.name,
        copyStage,
        stage,
        copySpan,
      }),
    )
  }
  if (!training?.owners.has(owner.name)) return
  const problem = `stage \`${stage}\` trains \`${owner.name}\` on what it proposes itself`
  const help = `freeze ${owner.name}, or train it in a stage before`
  reporter.report(cannotPropose({ span: proposals.span, data: data.name, problem, help }))
}
