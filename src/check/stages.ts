/**
 * Stages: what each minimizes and trains, on which data, how long and how. Families are expanded, the order is one in which each stands behind its
 * `after`. A stage for `distill step` needs only `minimize`.
 */
import type { Span } from '../diagnostics/diagnostic.ts'
import { repeatedSetting, wrongSettingValue } from '../diagnostics/messages/settings.ts'
import {
  cannotContinue,
  copyUsedTooEarly,
  missingStageSetting,
  nothingToContinue,
  nothingTrained,
  stageWithoutLoss,
} from '../diagnostics/messages/stages.ts'
import { lossNotAdditive, microbatchesDoNotFill, trainedInInt8 } from '../diagnostics/messages/training.ts'
import type { ContinueEntry, Entry, MinimizeEntry, TrainEntry } from '../syntax/ast.ts'
import { checkProposals, checkProposer, proposedBy } from './augment.ts'
import type { Checker } from './checker.ts'
import { choice, count, describe, type Entries, readEntries } from './entries.ts'
import { type StageMember, stageMembers } from './families.ts'
import { int8Setting } from './instance-settings.ts'
import { gradientReach, lossTerms, notAdditive, ownersIn } from './minimize.ts'
import { checkOptimizer } from './optimizers.ts'
import type { DataSpec, OptimizerSpec, Projection, Stage } from './program.ts'
import { checkTargets, checkVocabularies } from './stage-data.ts'
import { budgetOf, keptOf, type MetricPlaces, metricList, stepsOf } from './stage-settings.ts'
import { warnOfSwapped } from './swapped.ts'
import { checkTables } from './table-bounds.ts'
import type { Term } from './tensor-term.ts'
import { warnOfTrainLines } from './train-lines.ts'
import { Trainables } from './trainables.ts'
import type { Instance } from './values.ts'

const stageSettings = [
  'data',
  'budget',
  'batch',
  'microbatch',
  'partial',
  'normalise',
  'optimizer',
  'evaluate',
  'keep',
  'patience',
  'every',
]

/** All stages of the spec, families expanded and in order. Each mistake is reported; a stage without a usable `minimize` is left out. */
export function checkStages(checker: Checker, projections: readonly Projection[]): Stage[] {
  const members = stageMembers(checker)
  const trainables = new Trainables(checker, projections)
  const stages = new Map<string, Stage>()
  for (const member of members) {
    const stage = new StageChecker(checker, trainables, projections, member, stages).check()
    if (stage) stages.set(stage.name, stage)
  }
  checkProposals(checker)
  return [...stages.values()]
}

class StageChecker {
  private readonly checker: Checker
  private readonly trainables: Trainables
  private readonly projections: readonly Projection[]
  private readonly member: StageMember
  private readonly earlier: ReadonlyMap<string, Stage>
  private readonly entries: Entries
  private readonly metricPlaces: MetricPlaces = new Map()

  constructor(
    checker: Checker,
    trainables: Trainables,
    projections: readonly Projection[],
    member: StageMember,
    earlier: ReadonlyMap<string, Stage>,
  ) {
    this.checker = checker
    this.trainables = trainables
    this.projections = projections
    this.member = member
    this.earlier = earlier
    this.entries = readEntries(checker, member.declaration.body, {
      place: 'stage',
      where: `stage \`${member.declaration.name.text}\``,
      settings: stageSettings,
      others: ['minimize', 'train', 'freeze', 'continue'],
      exceptions: ['optimizer'],
    })
  }

  check(): Stage | undefined {
    const { checker, member, entries } = this
    const { name, declaration } = member
    const minimize = this.minimize()
    const data = this.data()
    const settings = this.settings()
    const continues = this.continues()
    if (minimize === undefined) return undefined
    const { term, span } = minimize
    const terms = lossTerms(checker, term, span)
    const targets = checker.targetsOf(term)
    const owners = ownersIn(term)
    const instances = this.instancesIn(owners, span)
    if (data) checkTargets(checker, data, { stage: name, minimize: term, terms, targets })
    checkVocabularies(checker, instances, data, span)
    if (data) checkTables(checker, data, [term, ...proposedBy(checker, data)])
    this.checkMicrobatch(term, span, settings)
    const { trained, unreached } = this.trained(term, owners, span)
    this.checkPrecision(trained, span)
    warnOfSwapped(checker, name, term, new Set(trained))
    const optimizer = this.optimizer(trained, continues)
    if (settings.keep.patience !== undefined && settings.keep.keep?.best === undefined) {
      const because = 'patience counts evaluations without a better metric: keep = best(accuracy)'
      const { text, span: place } = declaration.name
      checker.report(missingStageSetting({ span: place, stage: text, missing: 'keep', because }))
    }
    if (settings.normalise === 'microbatch' && settings.microbatch === undefined) {
      const because = 'normalise = microbatch takes the mean of means of micro-batches: microbatch = 8'
      const { text, span: place } = declaration.name
      checker.report(missingStageSetting({ span: place, stage: text, missing: 'microbatch', because }))
    }
    if (data) this.checkComplete(settings.budget !== undefined, optimizer !== undefined)
    const inTraining = new Set(trained.flatMap((key) => this.trainables.ownerOf(key) ?? []))
    if (data)
      checkProposer(checker, data, { name, trains: inTraining }, (before) => this.standsBehind(before))
    const dropoutOn = instances.filter((instance) => hasDropoutOn(instance)).map((instance) => instance.name)
    const projections = this.projections.filter((projection) => owners.has(projection.name))
    return {
      name,
      ...(member.family ? { family: member.family } : {}),
      ...(member.after === undefined ? {} : { after: member.after }),
      minimize: term,
      terms,
      trained,
      unreached,
      training: new Set([...inTraining].filter((owner) => checker.instances.has(owner)).concat(dropoutOn)),
      instances: instances.map((instance) => instance.name),
      projections: projections.map((projection) => projection.name),
      ...(data ? { data: data.name } : {}),
      ...(settings.budget ? { budget: settings.budget } : {}),
      batch: settings.batch,
      ...(settings.microbatch === undefined ? {} : { microbatch: settings.microbatch }),
      normalise: settings.normalise,
      additive: notAdditive(term) === undefined,
      ...(settings.partial === 'drop' ? { partial: 'drop' } : {}),
      ...(optimizer ? { optimizer } : {}),
      continueOptimizer: continues !== undefined,
      evaluate: metricList(checker, entries.settings.get('evaluate')?.value, member.scope, this.metricPlaces),
      metricPlaces: this.metricPlaces,
      ...settings.keep,
      targets,
      span: declaration.name.span,
    }
  }

  // ---------------------------------------------------------------- minimize

  private minimize(): { readonly term: Term; readonly span: Span } | undefined {
    const { checker, member, entries } = this
    const { name, scope } = { name: member.declaration.name, scope: member.scope }
    const [first, second] = entries.others.filter(
      (entry): entry is MinimizeEntry => entry.kind === 'minimize',
    )
    if (first === undefined) {
      if (!entries.meant.has('minimize'))
        checker.report(stageWithoutLoss({ span: name.span, stage: name.text }))
      return undefined
    }
    if (second) checker.report(repeatedSetting({ span: second.span, name: 'minimize', first: first.span }))
    const term = checker.scalarTerm(first.value, scope, 'what a stage minimizes')
    return term && { term, span: first.value.span }
  }

  /** Instances that the loss reads, in order of declaration; a copy has to exist by then. */
  private instancesIn(owners: ReadonlySet<string>, span: Span): Instance[] {
    const { checker } = this
    const instances = [...checker.instances.values()].filter(({ name }) => owners.has(name))
    for (const { name, copyOf } of instances) {
      if (copyOf === undefined || this.standsBehind(copyOf.stage)) continue
      const stage = this.member.declaration.name.text
      const { stage: copyStage, span: copySpan } = copyOf
      checker.report(copyUsedTooEarly({ span, instance: name, copyStage, stage, copySpan }))
    }
    return instances
  }

  /** Is this stage somewhere after the one named (for a family: after its last member)? */
  private standsBehind(stage: string): boolean {
    const seen = new Set<string>()
    let before = this.member.after
    while (before !== undefined && !seen.has(before)) {
      seen.add(before)
      const earlier = this.earlier.get(before)
      if (before === stage || earlier?.family?.name === stage) return true
      before = earlier?.after
    }
    return false
  }

  // ---------------------------------------------------------------- train and freeze

  private trained(
    minimize: Term,
    owners: ReadonlySet<string>,
    span: Span,
  ): { readonly trained: readonly string[]; readonly unreached: readonly string[] } {
    const { checker, trainables, member } = this
    const lines = this.entries.others.filter((entry): entry is TrainEntry => isTrainEntry(entry))
    const selected = (kind: 'train' | 'freeze') =>
      lines
        .filter((line) => line.kind === kind)
        .flatMap((line) => trainables.select(line.path, member.scope) ?? [])
    const frozen = trainables.whole('freeze', selected('freeze'))
    const explicit = lines.some(({ kind }) => kind === 'train')
    const reached = gradientReach(minimize)
    const selections = selected('train')
    const wanted = explicit
      ? trainables.whole('train', selections)
      : new Set(trainables.keysOf(this.defaultOwners(reached)))
    const kept = [...wanted].filter((key) => !frozen.has(key))
    const trained = kept.filter((key) => reached.has(key))
    if (trained.length === 0 && !checker.reporter.failed) {
      const students = [...checker.instances.values()].filter(
        ({ role, copyOf }) => role === 'student' && !copyOf,
      )
      const [why, help] =
        kept.length > 0
          ? ['its loss has no gradient for what it trains', 'train what the loss depends on']
          : frozen.size > 0
            ? ['all that it could train is frozen', 'freeze less']
            : explicit
              ? ['what it names has no parameters here', 'name other parameters in `train`']
              : students.some(({ name }) => owners.has(name))
                ? ['its loss has no gradient for a student', 'is everything behind constant(...)?']
                : ['its loss reads no student', 'declare what it trains as a `student`']
      checker.report(nothingTrained({ span, stage: member.declaration.name.text, why, help }))
    }
    const stage = member.declaration.name.text
    if (trained.length > 0)
      warnOfTrainLines(checker, trainables, { stage, selections, reached, owners, loss: span })
    return { trained, unreached: kept.filter((key) => !reached.has(key)) }
  }

  /** The students that the gradient reaches, and their projections. */
  private defaultOwners(reached: ReadonlySet<string>): Set<string> {
    const owners = new Set<string>()
    for (const key of reached) {
      const owner = this.trainables.ownerOf(key)
      if (owner === undefined) continue
      const instance = this.checker.instance(owner)
      if (instance === undefined || (instance.role === 'student' && !instance.copyOf)) owners.add(owner)
    }
    return owners
  }

  /** Products in int8 have no gradient. */
  private checkPrecision(trained: readonly string[], span: Span): void {
    const { checker, trainables, member } = this
    for (const name of new Set(trained.map((key) => trainables.ownerOf(key)))) {
      const instance = name === undefined ? undefined : checker.instance(name)
      const setting = instance && int8Setting(instance)
      if (instance === undefined || setting === undefined) continue
      const stage = member.declaration.name.text
      checker.report(trainedInInt8({ span, stage, instance: instance.name, setting }))
    }
  }

  // ---------------------------------------------------------------- settings

  private data(): DataSpec | undefined {
    const { checker, member } = this
    const value = this.entries.settings.get('data')?.value
    if (value === undefined) return undefined
    const found =
      value.kind === 'name' ? checker.resolveName(value.name, value.span, member.scope) : undefined
    if (found?.kind === 'data') return found.spec
    if (found?.kind !== 'poison') {
      checker.report(
        wrongSettingValue({
          span: value.span,
          name: 'data',
          expected: 'a data block',
          found: describe(value),
        }),
      )
    }
    return undefined
  }

  private settings() {
    const { checker, member, entries } = this
    const { scope } = member
    const value = (name: string) => entries.settings.get(name)?.value
    const whole = (name: string) => {
      const expression = value(name)
      return expression && count(checker, name, expression, scope)
    }
    const normalise = value('normalise')
    const partial = value('partial')
    const budget = value('budget')
    const keep = value('keep')
    const kept = keep && keptOf(checker, keep, scope, this.metricPlaces)
    const patience = whole('patience')
    const every = value('every')
    const steps = every && stepsOf(checker, every, scope)
    return {
      batch: whole('batch') ?? 32,
      batchSpan: value('batch')?.span,
      microbatch: whole('microbatch'),
      microbatchSpan: value('microbatch')?.span,
      normalise:
        (normalise && choice(checker, 'normalise', normalise, ['batch', 'microbatch'] as const)) ?? 'batch',
      partial: partial && choice(checker, 'partial', partial, ['keep', 'drop'] as const),
      budget: budget && budgetOf(checker, budget, scope),
      keep: {
        ...(kept === undefined ? {} : { keep: kept }),
        ...(patience === undefined ? {} : { patience }),
        ...(steps === undefined ? {} : { every: steps }),
      },
    } as const
  }

  private checkMicrobatch(
    minimize: Term,
    span: Span,
    {
      batch,
      batchSpan,
      microbatch,
      microbatchSpan,
    }: {
      readonly batch: number
      readonly batchSpan: Span | undefined
      readonly microbatch: number | undefined
      readonly microbatchSpan: Span | undefined
    },
  ): void {
    if (microbatch === undefined || microbatchSpan === undefined) return
    const { checker, member } = this
    if (batch % microbatch !== 0) {
      checker.report(
        microbatchesDoNotFill({
          span: microbatchSpan,
          microbatch,
          batch,
          batchSpan: batchSpan ?? microbatchSpan,
        }),
      )
    }
    if (microbatch === batch) return
    const why = notAdditive(minimize)
    if (why === undefined) return
    const stage = member.declaration.name.text
    checker.report(lossNotAdditive({ span, stage, why, microbatch: microbatchSpan }))
  }

  /** The stage whose optimizer goes on; undefined where none does, or after reporting. */
  private continues(): ContinueEntry | undefined {
    const { checker, member, entries } = this
    const entry = entries.others.find(
      (candidate): candidate is ContinueEntry => candidate.kind === 'continue',
    )
    if (entry === undefined) return undefined
    if (entry.name.text === 'optimizer' && member.after !== undefined) return entry
    checker.report(nothingToContinue({ span: entry.span, name: entry.name.text }))
    return undefined
  }

  private optimizer(
    trained: readonly string[],
    continues: ContinueEntry | undefined,
  ): OptimizerSpec | undefined {
    const { checker, member, trainables } = this
    const entry = this.entries.settings.get('optimizer')
    const own =
      entry && checkOptimizer(checker, entry, member.scope, member.declaration.name.text, trained, trainables)
    if (continues === undefined) return own
    const before = this.earlier.get(member.after ?? '')
    if (before === undefined) return own
    const refuse = (found: string, why: string) => {
      const stage = member.declaration.name.text
      checker.report(cannotContinue({ span: continues.span, stage, found, why }))
    }
    if (before.optimizer === undefined) {
      refuse(`stage \`${before.name}\` has none`, `give stage \`${before.name}\` an optimizer`)
      return own
    }
    if (own && own.kind !== before.optimizer.kind) {
      refuse(
        `it has ${own.kind}, stage \`${before.name}\` ${before.optimizer.kind}`,
        'leave one of the two out: an optimizer that is continued needs not be repeated',
      )
    }
    return own ?? before.optimizer
  }

  private checkComplete(budget: boolean, optimizer: boolean): void {
    const { checker, entries, member } = this
    const { text: stage, span } = member.declaration.name
    const lacks = (missing: string, because: string) =>
      checker.report(missingStageSetting({ span, stage, missing, because }))
    const given = (setting: string) => entries.settings.has(setting) || entries.meant.has(setting)
    if (!budget && !given('budget')) lacks('budget', 'budget = 3 epochs, or 10_000 steps')
    if (!optimizer && !given('optimizer')) {
      lacks('optimizer', 'optimizer = adamw(rate = linear(5e-5, warmup = 10%))')
    }
  }
}

function isTrainEntry(entry: Entry): entry is TrainEntry {
  return entry.kind === 'train' || entry.kind === 'freeze'
}

/** `teacher T : m { dropout = on }`: the quirk of published TinyBERT. */
function hasDropoutOn({ declaration }: Instance): boolean {
  return (declaration?.body.items ?? []).some(
    (entry) =>
      entry.kind === 'set' &&
      entry.name.text === 'dropout' &&
      entry.value.kind === 'name' &&
      (entry.value.name === 'on' || entry.value.name === 'true' || entry.value.name === 'yes'),
  )
}
