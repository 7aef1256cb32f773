/**
 * Stages: loss, trained parameters, data, budget and settings of each. Families are expanded, and each stage
 * comes behind its `after`. Each part is evaluated independently of the others. Requirements between parts
 * are rules (rules/index.ts). A stage for `distill step` needs only `minimize`.
 */
import { repeatedSetting, wrongSettingValue } from '../diagnostics/messages/settings.ts'
import { nothingToContinue, stageWithoutLoss } from '../diagnostics/messages/stages.ts'
import type { ContinueEntry, Entry, MinimizeEntry, TrainEntry } from '../syntax/ast.ts'
import type { Checker } from './checker.ts'
import { choice, count, describe, type Entries, readEntries } from './entries.ts'
import { type StageMember, stageMembers } from './families.ts'
import { gradientReach, lossTerms, notAdditive } from './minimize.ts'
import { checkOptimizer } from './optimizers.ts'
import type { DataSpec, OptimizerSpec, Projection, Stage } from './program.ts'
import { StageMetrics } from './stage-metrics.ts'
import type { StageLoss, StageParts, StageSettings, StageTraining } from './stage-parts.ts'
import { budgetOf, keptOf, stepsOf } from './stage-settings.ts'
import { masksIn, ownersIn, reachable, targetsIn } from './term-reads.ts'
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

/** All stages of the spec in order, with families expanded. Reports errors inside single lines. */
export function evaluateStages(checker: Checker, projections: readonly Projection[]): StageParts[] {
  const trainables = new Trainables(checker, projections)
  const members = stageMembers(checker)
  const byName = new Map(members.map((member) => [member.name, member]))
  const stages = new Map<string, StageParts>()
  for (const member of members) {
    const before = member.after === undefined ? undefined : stages.get(member.after)
    const reader = new StageReader(checker, trainables, projections, member)
    stages.set(
      member.name,
      reader.parts(before, (stage) => standsBehind(byName, member, stage)),
    )
  }
  return [...stages.values()]
}

function standsBehind(
  members: ReadonlyMap<string, StageMember>,
  member: StageMember,
  stage: string,
): boolean {
  for (let { after } = member; after !== undefined; after = members.get(after)?.after)
    if (after === stage || members.get(after)?.family?.name === stage) return true
  return false
}

class StageReader {
  private readonly checker: Checker
  private readonly trainables: Trainables
  private readonly projections: readonly Projection[]
  private readonly member: StageMember
  private readonly entries: Entries

  constructor(
    checker: Checker,
    trainables: Trainables,
    projections: readonly Projection[],
    member: StageMember,
  ) {
    this.checker = checker
    this.trainables = trainables
    this.projections = projections
    this.member = member
    this.entries = readEntries(checker, member.declaration.body, {
      kind: 'stage',
      place: 'stage',
      where: `stage \`${member.declaration.name.text}\``,
      settings: stageSettings,
      others: ['minimize', 'train', 'freeze', 'continue'],
      exceptions: ['optimizer'],
    })
  }

  parts(before: StageParts | undefined, behind: StageParts['standsBehind']): StageParts {
    const { entries } = this
    const { text: name, span } = this.member.declaration.name
    const loss = this.loss()
    const data = this.data()
    const settings = this.settings()
    const continues = this.continues()
    const training = this.training(loss)
    const ownOptimizer = this.optimizer(training?.trained)
    const optimizer = ownOptimizer ?? (continues && before?.optimizer)
    const parts: StageParts = {
      name,
      span,
      says: (entry) =>
        entries.settings.has(entry) ||
        entries.meant.has(entry) ||
        entries.others.some(({ kind }) => kind === entry),
      standsBehind: behind,
      settings,
      ...(data ? { data } : {}),
      ...(loss ? { loss } : {}),
      ...(training ? { training } : {}),
      ...(continues ? { continues } : {}),
      ...(before ? { before } : {}),
      ...(ownOptimizer ? { ownOptimizer } : {}),
      ...(optimizer ? { optimizer } : {}),
    }
    return loss && training ? { ...parts, stage: this.stage(parts, loss, training) } : parts
  }

  private stage(
    { data, settings, optimizer, continues, span }: StageParts,
    loss: StageLoss,
    { trained, unreached, owners }: StageTraining,
  ): Stage {
    const { checker, member } = this
    const dropoutOn = loss.instances.filter(hasDropoutOn).map((instance) => instance.name)
    const projections = this.projections.filter((projection) => loss.owners.has(projection.name))
    return {
      name: member.name,
      ...(member.family ? { family: member.family } : {}),
      ...(member.after === undefined ? {} : { after: member.after }),
      minimize: loss.term,
      terms: loss.terms,
      trained,
      unreached,
      training: new Set([...owners].filter((owner) => checker.instances.has(owner)).concat(dropoutOn)),
      instances: loss.instances.map((instance) => instance.name),
      projections: projections.map((projection) => projection.name),
      ...(data ? { data: data.name } : {}),
      ...(settings.budget ? { budget: settings.budget } : {}),
      batch: settings.batch,
      ...(settings.microbatch === undefined ? {} : { microbatch: settings.microbatch }),
      normalise: settings.normalise,
      additive: notAdditive(loss.term) === undefined,
      ...(settings.partial === 'drop' ? { partial: 'drop' } : {}),
      ...(optimizer ? { optimizer } : {}),
      continueOptimizer: continues !== undefined,
      evaluate: settings.evaluate,
      ...settings.keep,
      targets: loss.targets,
      span,
    }
  }

  // ---------------------------------------------------------------- minimize

  private loss(): StageLoss | undefined {
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
    if (term === undefined) return undefined
    const { span } = first.value
    const below = reachable(term)
    const owners = ownersIn(below)
    return {
      term,
      below,
      span,
      terms: lossTerms(checker, term, below, span),
      targets: targetsIn(below),
      masks: masksIn(below),
      owners,
      instances: [...checker.instances.values()].filter((instance) => owners.has(instance.name)),
      reached: gradientReach(term),
    }
  }

  // ---------------------------------------------------------------- train and freeze

  private training(loss: StageLoss | undefined): StageTraining | undefined {
    const { trainables, member } = this
    const lines = this.entries.others.filter((entry): entry is TrainEntry => isTrainEntry(entry))
    const read = (kind: 'train' | 'freeze') =>
      lines.filter((line) => line.kind === kind).map((line) => trainables.select(line.path, member.scope))
    const [frozenLines, trainLines] = [read('freeze'), read('train')]
    const selections = trainLines.flatMap((line) => line ?? [])
    const named = trainables.selectedKeys('train', selections)
    const frozen = trainables.selectedKeys(
      'freeze',
      frozenLines.flatMap((line) => line ?? []),
    )
    if (loss === undefined || [...frozenLines, ...trainLines].includes(undefined)) return undefined
    const { reached } = loss
    const explicit = trainLines.length > 0
    const wanted = explicit ? named : new Set(trainables.keysOf(this.defaultOwners(reached)))
    const kept = [...wanted].filter((key) => !frozen.has(key))
    const trained = kept.filter((key) => reached.has(key))
    return {
      trained,
      unreached: kept.filter((key) => !reached.has(key)),
      owners: new Set(trained.flatMap((key) => trainables.ownerOf(key) ?? [])),
      ...(explicit ? { selections } : {}),
      freezes: frozen.size > 0,
    }
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

  private settings(): StageSettings {
    const { checker, member, entries } = this
    const { scope } = member
    const metrics = new StageMetrics(checker, scope)
    const value = (name: string) => entries.settings.get(name)?.value
    const integer = (name: string) => {
      const expression = value(name)
      return expression && count(checker, name, expression, scope)
    }
    const normalise = value('normalise')
    const partial = value('partial')
    const budget = value('budget')
    const keep = value('keep')
    const kept = keep && keptOf(checker, keep, scope, metrics)
    const patience = integer('patience')
    const every = value('every')
    const steps = every && stepsOf(checker, every, scope)
    return {
      batch: integer('batch') ?? 32,
      batchSpan: value('batch')?.span,
      microbatch: integer('microbatch'),
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
      evaluate: metrics.list(value('evaluate')),
      metrics: metrics.placed,
    }
  }

  /** The `continue optimizer` entry. Undefined if there is none, or after reporting. */
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

  private optimizer(trained: readonly string[] | undefined): OptimizerSpec | undefined {
    const { checker, member, trainables } = this
    const entry = this.entries.settings.get('optimizer')
    const stage = member.declaration.name.text
    return entry && checkOptimizer(checker, entry, member.scope, stage, trained, trainables)
  }
}

function isTrainEntry(entry: Entry): entry is TrainEntry {
  return entry.kind === 'train' || entry.kind === 'freeze'
}

/** `teacher T : m { dropout = on }`, as in published TinyBERT. */
function hasDropoutOn({ declaration }: Instance): boolean {
  return (declaration?.body.items ?? []).some(
    (entry) =>
      entry.kind === 'set' &&
      entry.name.text === 'dropout' &&
      entry.value.kind === 'name' &&
      (entry.value.name === 'on' || entry.value.name === 'true' || entry.value.name === 'yes'),
  )
}
