/**
 * The grammar, as a chevrotain parser that makes a concrete tree (typed in `cst-types.ts`, which a test
 * regenerates from here). LL(2): two tokens always decide. In the EBNF above each rule, { } repeats, [ ] is
 * optional, ( | ) chooses; terminals are quoted; `separator` is any run of newlines and commas (see
 * `src/syntax/separators.ts`). Three classes, only to keep files short: expressions and paths, blocks made of
 * those, declarations made of all.
 */
import { BlockRules } from './block-rules.ts'
import type { Rule } from './expression-rules.ts'
import * as t from './tokens.ts'

export class DistillParser extends BlockRules {
  /**
   * `validate`: whether to look for ambiguities in the grammar. Tests do. It would slow down each start of
   * the tool.
   */
  constructor(validate = false) {
    super(validate)
    this.performSelfAnalysis()
  }

  // ---------------------------------------------------------------- files and declarations

  /** file = [ declaration { separator declaration } ] */
  readonly file: Rule = this.RULE('file', () => {
    this.MANY_SEP({ SEP: t.Separator, DEF: () => this.SUBRULE(this.declaration) })
  })

  /**
   * declaration = import | setting | data | model | head | instance | map | projection | function | stage |
   * sweep
   */
  readonly declaration: Rule = this.RULE('declaration', () => {
    this.OR({
      DEF: [
        { ALT: () => this.SUBRULE(this.import) },
        { ALT: () => this.SUBRULE(this.setting) },
        { ALT: () => this.SUBRULE(this.data) },
        { ALT: () => this.SUBRULE(this.model) },
        { ALT: () => this.SUBRULE(this.head) },
        { ALT: () => this.SUBRULE(this.instance) },
        { ALT: () => this.SUBRULE(this.map) },
        { ALT: () => this.SUBRULE(this.projection) },
        { ALT: () => this.SUBRULE(this.function) },
        { ALT: () => this.SUBRULE(this.stage) },
        { ALT: () => this.SUBRULE(this.sweep) },
      ],
      ERR_MSG: 'a declaration',
    })
  })

  /** import = 'import' '{' importName { separator importName } '}' 'from' STRING */
  readonly import: Rule = this.RULE('import', () => {
    this.CONSUME(t.Import)
    this.CONSUME(t.LeftBrace)
    this.AT_LEAST_ONE_SEP({
      SEP: t.Separator,
      DEF: () => this.SUBRULE(this.importName),
      ERR_MSG: 'a name to import',
    })
    this.CONSUME(t.RightBrace)
    this.CONSUME(t.From)
    this.CONSUME(t.StringToken, { LABEL: 'file' })
  })

  /** importName = NAME [ 'as' NAME ] */
  readonly importName: Rule = this.RULE('importName', () => {
    this.CONSUME(t.Identifier, { LABEL: 'name' })
    this.OPTION(() => {
      this.CONSUME(t.As)
      this.CONSUME1(t.Identifier, { LABEL: 'as' })
    })
  })

  /** data = 'data' NAME [ '=' NAME 'with' ] entries */
  readonly data: Rule = this.RULE('data', () => {
    this.CONSUME(t.Data)
    this.CONSUME(t.Identifier, { LABEL: 'name' })
    this.OPTION(() => {
      this.CONSUME(t.Equals)
      this.CONSUME1(t.Identifier, { LABEL: 'base' })
      this.CONSUME(t.With)
    })
    this.SUBRULE(this.entries)
  })

  /** model = 'model' NAME ( '=' NAME [ 'with' modelItems ] | modelItems ) */
  readonly model: Rule = this.RULE('model', () => {
    this.CONSUME(t.Model)
    this.CONSUME(t.Identifier, { LABEL: 'name' })
    this.OR({
      DEF: [
        {
          ALT: () => {
            this.CONSUME(t.Equals)
            this.CONSUME1(t.Identifier, { LABEL: 'base' })
            this.OPTION(() => {
              this.CONSUME(t.With)
              this.SUBRULE(this.modelItems)
            })
          },
        },
        { ALT: () => this.SUBRULE1(this.modelItems) },
      ],
      ERR_MSG: '`=` or `{`',
    })
  })

  /** head = 'head' NAME [ parameters ] modelItems */
  readonly head: Rule = this.RULE('head', () => {
    this.CONSUME(t.Head)
    this.CONSUME(t.Identifier, { LABEL: 'name' })
    this.OPTION(() => this.SUBRULE(this.parameters))
    this.SUBRULE(this.modelItems)
  })

  /** instance = ( 'teacher' | 'student' ) NAME ( '=' NAME 'after' NAME | ':' NAME entries ) */
  readonly instance: Rule = this.RULE('instance', () => {
    this.OR([
      { ALT: () => this.CONSUME(t.Teacher, { LABEL: 'role' }) },
      { ALT: () => this.CONSUME(t.Student, { LABEL: 'role' }) },
    ])
    this.CONSUME(t.Identifier, { LABEL: 'name' })
    this.OR1({
      DEF: [
        {
          ALT: () => {
            this.CONSUME(t.Equals)
            this.CONSUME1(t.Identifier, { LABEL: 'of' })
            this.CONSUME(t.After)
            this.CONSUME2(t.Identifier, { LABEL: 'after' })
          },
        },
        {
          ALT: () => {
            this.CONSUME(t.Colon)
            this.CONSUME3(t.Identifier, { LABEL: 'model' })
            this.SUBRULE(this.entries)
          },
        },
      ],
      ERR_MSG: '`:` and a model, or `=`',
    })
  })

  /** map = 'map' NAME ':' path '->' path '=' expression */
  readonly map: Rule = this.RULE('map', () => {
    this.CONSUME(t.MapWord)
    this.CONSUME(t.Identifier, { LABEL: 'name' })
    this.CONSUME(t.Colon)
    this.SUBRULE(this.path, { LABEL: 'from' })
    this.CONSUME(t.Arrow)
    this.SUBRULE1(this.path, { LABEL: 'to' })
    this.CONSUME(t.Equals)
    this.SUBRULE(this.expression)
  })

  /** projection = 'projection' NAME [ family ] ':' path '->' path '=' expression */
  readonly projection: Rule = this.RULE('projection', () => {
    this.CONSUME(t.Projection)
    this.CONSUME(t.Identifier, { LABEL: 'name' })
    this.OPTION(() => this.SUBRULE(this.family))
    this.CONSUME(t.Colon)
    this.SUBRULE(this.path, { LABEL: 'from' })
    this.CONSUME(t.Arrow)
    this.SUBRULE1(this.path, { LABEL: 'to' })
    this.CONSUME(t.Equals)
    this.SUBRULE(this.expression)
  })

  /** function = ( 'def' | 'loss' ) NAME [ parameters ] '=' expression */
  readonly function: Rule = this.RULE('function', () => {
    this.OR([
      { ALT: () => this.CONSUME(t.Def, { LABEL: 'what' }) },
      { ALT: () => this.CONSUME(t.Loss, { LABEL: 'what' }) },
    ])
    this.CONSUME(t.Identifier, { LABEL: 'name' })
    this.OPTION(() => this.SUBRULE(this.parameters))
    this.CONSUME(t.Equals)
    this.SUBRULE(this.expression)
  })

  /** stage = 'stage' NAME [ family ] [ 'after' NAME ] entries */
  readonly stage: Rule = this.RULE('stage', () => {
    this.CONSUME(t.Stage)
    this.CONSUME(t.Identifier, { LABEL: 'name' })
    this.OPTION(() => this.SUBRULE(this.family))
    this.OPTION1(() => {
      this.CONSUME(t.After)
      this.CONSUME1(t.Identifier, { LABEL: 'after' })
    })
    this.SUBRULE(this.entries)
  })

  /** sweep = 'sweep' entries */
  readonly sweep: Rule = this.RULE('sweep', () => {
    this.CONSUME(t.Sweep)
    this.SUBRULE(this.entries)
  })

  /** family = '[' NAME ']' 'for' NAME 'in' range */
  readonly family: Rule = this.RULE('family', () => {
    this.CONSUME(t.LeftBracket)
    this.CONSUME(t.Identifier, { LABEL: 'variable' })
    this.CONSUME(t.RightBracket)
    this.CONSUME(t.For)
    this.CONSUME1(t.Identifier, { LABEL: 'again' })
    this.CONSUME(t.In)
    this.SUBRULE(this.range)
  })

  /** parameters = '(' [ parameter { ',' parameter } ] ')' */
  readonly parameters: Rule = this.RULE('parameters', () => {
    this.CONSUME(t.LeftParen)
    this.MANY_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.parameter) })
    this.CONSUME(t.RightParen)
  })

  /** parameter = NAME [ '=' expression ] */
  readonly parameter: Rule = this.RULE('parameter', () => {
    this.CONSUME(t.Identifier, { LABEL: 'name' })
    this.OPTION(() => {
      this.CONSUME(t.Equals)
      this.SUBRULE(this.expression)
    })
  })
}

/** Returns one parser, made on the first call. Building it takes tens of milliseconds. */
export const distillParser: () => DistillParser = (() => {
  let parser: DistillParser | undefined
  return () => {
    parser ??= new DistillParser()
    return parser
  }
})()
