/**
 * The part of the grammar inside braces: settings of data, teachers, students and stages; bodies of models
 * and heads.
 */
import { ExpressionRules, type Rule } from './expression-rules.ts'
import * as t from './tokens.ts'

export class BlockRules extends ExpressionRules {
  // ---------------------------------------------------------------- blocks of data, teachers, students and
  // stages

  /** entries = '{' [ entry { separator entry } ] '}' */
  readonly entries: Rule = this.RULE('entries', () => {
    this.CONSUME(t.LeftBrace)
    this.MANY_SEP({ SEP: t.Separator, DEF: () => this.SUBRULE(this.entry) })
    this.CONSUME(t.RightBrace)
  })

  /**
   * entry = 'init' initLines | 'minimize' expression | ( 'train' | 'freeze' ) path | 'continue' NAME
   *       | NAME '=' expression { except } | NAME entries
   */
  readonly entry: Rule = this.RULE('entry', () => {
    this.OR({
      DEF: [
        {
          ALT: () => {
            this.CONSUME(t.Init)
            this.SUBRULE(this.initLines)
          },
        },
        {
          ALT: () => {
            this.CONSUME(t.Minimize)
            this.SUBRULE(this.expression, { LABEL: 'minimized' })
          },
        },
        {
          ALT: () => {
            this.CONSUME(t.Train)
            this.SUBRULE(this.path)
          },
        },
        {
          ALT: () => {
            this.CONSUME(t.Freeze)
            this.SUBRULE1(this.path)
          },
        },
        {
          ALT: () => {
            this.CONSUME(t.Continue)
            this.CONSUME(t.Identifier, { LABEL: 'name' })
          },
        },
        {
          ALT: () => {
            this.CONSUME1(t.Identifier, { LABEL: 'name' })
            this.CONSUME(t.Equals)
            this.SUBRULE1(this.expression)
            this.MANY(() => this.SUBRULE(this.except))
          },
        },
        {
          ALT: () => {
            this.CONSUME2(t.Identifier, { LABEL: 'name' })
            this.SUBRULE(this.entries)
          },
        },
      ],
      ERR_MSG: '`=` or `{` after a name',
    })
  })

  /** except = 'except' '[' path { ',' path } ']' entries */
  readonly except: Rule = this.RULE('except', () => {
    this.CONSUME(t.Except)
    this.CONSUME(t.LeftBracket)
    this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.path) })
    this.CONSUME(t.RightBracket)
    this.SUBRULE(this.entries)
  })

  /** initLines = '{' [ initLine { separator initLine } ] '}' */
  readonly initLines: Rule = this.RULE('initLines', () => {
    this.CONSUME(t.LeftBrace)
    this.MANY_SEP({ SEP: t.Separator, DEF: () => this.SUBRULE(this.initLine) })
    this.CONSUME(t.RightBrace)
  })

  /** initLine = path 'from' expression */
  readonly initLine: Rule = this.RULE('initLine', () => {
    this.SUBRULE(this.path)
    this.CONSUME(t.From)
    this.SUBRULE(this.expression)
  })

  // ---------------------------------------------------------------- bodies of models and heads

  /** modelItems = '{' [ modelItem { separator modelItem } ] '}' */
  readonly modelItems: Rule = this.RULE('modelItems', () => {
    this.CONSUME(t.LeftBrace)
    this.MANY_SEP({ SEP: t.Separator, DEF: () => this.SUBRULE(this.modelItem) })
    this.CONSUME(t.RightBrace)
  })

  /**
   * modelItem = without | share | factorize | require | tap | names | 'init' initLines | nested | repeated |
   * binding
   */
  readonly modelItem: Rule = this.RULE('modelItem', () => {
    this.OR({
      DEF: [
        { ALT: () => this.SUBRULE(this.without) },
        { ALT: () => this.SUBRULE(this.share) },
        { ALT: () => this.SUBRULE(this.factorize) },
        { ALT: () => this.SUBRULE(this.require) },
        { ALT: () => this.SUBRULE(this.tap) },
        { ALT: () => this.SUBRULE(this.names) },
        {
          ALT: () => {
            this.CONSUME(t.Init)
            this.SUBRULE(this.initLines)
          },
        },
        { ALT: () => this.SUBRULE(this.setting) },
        { ALT: () => this.SUBRULE(this.binding) },
        { ALT: () => this.SUBRULE(this.nested) },
        { ALT: () => this.SUBRULE(this.repeated) },
      ],
      ERR_MSG: '`=`, `{` or `[` after a name',
    })
  })

  /** without = 'without' path */
  readonly without: Rule = this.RULE('without', () => {
    this.CONSUME(t.Without)
    this.SUBRULE(this.path)
  })

  /**
   * share = 'share' path 'in' ( sum ( 'group' | 'groups' ) | list )
   * A list is a sum. Which of the two it is, is decided when the tree is built.
   */
  readonly share: Rule = this.RULE('share', () => {
    this.CONSUME(t.Share)
    this.SUBRULE(this.path)
    this.CONSUME(t.In)
    this.SUBRULE(this.sum)
    this.OPTION(() => {
      this.OR([
        { ALT: () => this.CONSUME(t.Group, { LABEL: 'groups' }) },
        { ALT: () => this.CONSUME(t.Groups, { LABEL: 'groups' }) },
      ])
    })
  })

  /** factorize = 'factorize' path 'to' expression [ 'from' expression ] */
  readonly factorize: Rule = this.RULE('factorize', () => {
    this.CONSUME(t.Factorize)
    this.SUBRULE(this.path)
    this.CONSUME(t.To)
    this.SUBRULE(this.expression, { LABEL: 'to' })
    this.OPTION(() => {
      this.CONSUME(t.From)
      this.SUBRULE1(this.expression, { LABEL: 'source' })
    })
  })

  /** require = 'require' expression STRING */
  readonly require: Rule = this.RULE('require', () => {
    this.CONSUME(t.Require)
    this.SUBRULE(this.expression)
    this.CONSUME(t.StringToken, { LABEL: 'message' })
  })

  /** tap = 'tap' NAME '[' sum ']' [ 'for' NAME 'in' range ] '=' expression */
  readonly tap: Rule = this.RULE('tap', () => {
    this.CONSUME(t.Tap)
    this.CONSUME(t.Identifier, { LABEL: 'name' })
    this.CONSUME(t.LeftBracket)
    this.SUBRULE(this.sum, { LABEL: 'index' })
    this.CONSUME(t.RightBracket)
    this.OPTION(() => {
      this.CONSUME(t.For)
      this.CONSUME1(t.Identifier, { LABEL: 'again' })
      this.CONSUME(t.In)
      this.SUBRULE(this.range)
    })
    this.CONSUME(t.Equals)
    this.SUBRULE(this.expression)
  })

  /** setting = 'setting' NAME '=' expression   -- a declaration of a file, too */
  readonly setting: Rule = this.RULE('setting', () => {
    this.CONSUME(t.Setting)
    this.CONSUME(t.Identifier, { LABEL: 'name' })
    this.CONSUME(t.Equals)
    this.SUBRULE(this.expression)
  })

  /** binding = NAME '=' expression */
  readonly binding: Rule = this.RULE('binding', () => {
    this.CONSUME(t.Identifier, { LABEL: 'name' })
    this.CONSUME(t.Equals)
    this.SUBRULE(this.expression)
  })

  /** nested = NAME modelItems */
  readonly nested: Rule = this.RULE('nested', () => {
    this.CONSUME(t.Identifier, { LABEL: 'name' })
    this.SUBRULE(this.modelItems)
  })

  /** repeated = NAME '[' NAME ']' [ 'for' NAME 'in' range 'from' NAME '=' expression ] modelItems */
  readonly repeated: Rule = this.RULE('repeated', () => {
    this.CONSUME(t.Identifier, { LABEL: 'name' })
    this.CONSUME(t.LeftBracket)
    this.CONSUME1(t.Identifier, { LABEL: 'variable' })
    this.CONSUME(t.RightBracket)
    this.OPTION(() => {
      this.CONSUME(t.For)
      this.CONSUME2(t.Identifier, { LABEL: 'again' })
      this.CONSUME(t.In)
      this.SUBRULE(this.range)
      this.CONSUME(t.From)
      this.CONSUME3(t.Identifier, { LABEL: 'carry' })
      this.CONSUME(t.Equals)
      this.SUBRULE(this.expression, { LABEL: 'start' })
    })
    this.SUBRULE(this.modelItems)
  })

  /** names = 'names' NAME [ '=' STRING ] namesLines */
  readonly names: Rule = this.RULE('names', () => {
    this.CONSUME(t.Names)
    this.CONSUME(t.Identifier, { LABEL: 'name' })
    this.OPTION(() => {
      this.CONSUME(t.Equals)
      this.CONSUME(t.StringToken, { LABEL: 'prefix' })
    })
    this.SUBRULE(this.namesLines)
  })

  /** namesLines = '{' [ namesLine { separator namesLine } ] '}' */
  readonly namesLines: Rule = this.RULE('namesLines', () => {
    this.CONSUME(t.LeftBrace)
    this.MANY_SEP({ SEP: t.Separator, DEF: () => this.SUBRULE(this.namesLine) })
    this.CONSUME(t.RightBrace)
  })

  /**
   * namesLine = 'leaf' NAME '->' STRING | 'head' NAME namesLines | path '->' [ 'transposed' ] STRING [
   * namesLines ]
   */
  readonly namesLine: Rule = this.RULE('namesLine', () => {
    this.OR({
      DEF: [
        {
          ALT: () => {
            this.CONSUME(t.Leaf)
            this.CONSUME(t.Identifier, { LABEL: 'name' })
            this.CONSUME(t.Arrow)
            this.CONSUME(t.StringToken, { LABEL: 'target' })
          },
        },
        {
          ALT: () => {
            this.CONSUME(t.Head)
            this.CONSUME1(t.Identifier, { LABEL: 'name' })
            this.SUBRULE(this.namesLines)
          },
        },
        {
          ALT: () => {
            this.SUBRULE(this.path)
            this.CONSUME1(t.Arrow)
            this.OPTION1(() => this.CONSUME(t.Transposed))
            this.CONSUME1(t.StringToken, { LABEL: 'target' })
            this.OPTION(() => this.SUBRULE1(this.namesLines))
          },
        },
      ],
      ERR_MSG: 'a path and `->`',
    })
  })
}
