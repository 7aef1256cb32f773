/**
 * The grammar, as a chevrotain parser that makes a concrete tree (typed in `cst-types.ts`, which a test regenerates from here).
 * LL(2): two tokens always decide. In the EBNF above each rule, { } repeats, [ ] is optional, ( | ) chooses; terminals are quoted;
 * `separator` is any run of newlines and commas (see `src/syntax/separators.ts`).
 */
import './group-by.ts'
import { type CstNode, CstParser, type ParserMethod } from 'chevrotain'
import { expectedPhrases } from './expected.ts'
import * as t from './tokens.ts'

type Rule = ParserMethod<[], CstNode>

export class DistillParser extends CstParser {
  /** `validate`: look for ambiguities in the grammar itself; tests do, a run of the tool has no time for it. */
  constructor(validate = false) {
    super(t.allTokens, {
      maxLookahead: 2,
      nodeLocationTracking: 'onlyOffset',
      errorMessageProvider: expectedPhrases,
      skipValidations: !validate,
    })
    this.performSelfAnalysis()
  }

  // ---------------------------------------------------------------- files and declarations

  /** file = [ declaration { separator declaration } ] */
  readonly file: Rule = this.RULE('file', () => {
    this.MANY_SEP({ SEP: t.Separator, DEF: () => this.SUBRULE(this.declaration) })
  })

  /** declaration = import | setting | data | model | head | instance | map | projection | function | stage */
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

  /** setting = 'setting' NAME '=' expression */
  readonly setting: Rule = this.RULE('setting', () => {
    this.CONSUME(t.Setting)
    this.CONSUME(t.Identifier, { LABEL: 'name' })
    this.CONSUME(t.Equals)
    this.SUBRULE(this.expression)
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

  // ---------------------------------------------------------------- blocks of data, teachers, students and stages

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

  /** modelItem = without | share | factorize | require | tap | names | 'init' initLines | nested | repeated | binding */
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

  /** share = 'share' path 'in' ( sum ( 'group' | 'groups' ) | list )   -- a list is a sum; which it was is seen when the tree is built */
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

  /** namesLine = 'leaf' NAME '->' STRING | 'head' NAME namesLines | path '->' STRING [ namesLines ] */
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
            this.CONSUME1(t.StringToken, { LABEL: 'target' })
            this.OPTION(() => this.SUBRULE1(this.namesLines))
          },
        },
      ],
      ERR_MSG: 'a path and `->`',
    })
  })

  // ---------------------------------------------------------------- paths

  /** path = component { '.' component } */
  readonly path: Rule = this.RULE('path', () => {
    this.AT_LEAST_ONE_SEP({ SEP: t.Dot, DEF: () => this.SUBRULE(this.component), ERR_MSG: 'a path' })
  })

  /** component = '**' | '*' | NAME [ '[' ( '*' | range ) ']' ] */
  readonly component: Rule = this.RULE('component', () => {
    this.OR({
      DEF: [
        { ALT: () => this.CONSUME(t.StarStar, { LABEL: 'name' }) },
        { ALT: () => this.CONSUME(t.Star, { LABEL: 'name' }) },
        {
          ALT: () => {
            this.CONSUME(t.Identifier, { LABEL: 'name' })
            this.OPTION(() => {
              this.CONSUME(t.LeftBracket)
              this.OR1({
                DEF: [
                  { ALT: () => this.CONSUME1(t.Star, { LABEL: 'all' }) },
                  { ALT: () => this.SUBRULE(this.range) },
                ],
                ERR_MSG: '`*`, a number, a range or a name',
              })
              this.CONSUME(t.RightBracket)
            })
          },
        },
      ],
      ERR_MSG: 'a name, `*` or `**`',
    })
  })

  // ---------------------------------------------------------------- expressions, loosest first

  /**
   * expression = 'if' expression 'then' expression 'else' expression | NAME '->' expression
   *            | sum [ ( '..' | '<=' | '>=' | '==' | '!=' | '<' | '>' ) sum ]
   */
  readonly expression: Rule = this.RULE('expression', () => {
    this.OR({
      DEF: [
        {
          ALT: () => {
            this.CONSUME(t.If)
            this.SUBRULE(this.expression, { LABEL: 'condition' })
            this.CONSUME(t.Then)
            this.SUBRULE1(this.expression, { LABEL: 'then' })
            this.CONSUME(t.Else)
            this.SUBRULE2(this.expression, { LABEL: 'else' })
          },
        },
        {
          ALT: () => {
            this.CONSUME(t.Identifier, { LABEL: 'variable' })
            this.CONSUME(t.Arrow)
            this.SUBRULE3(this.expression, { LABEL: 'body' })
          },
        },
        {
          ALT: () => {
            this.SUBRULE(this.sum, { LABEL: 'left' })
            this.OPTION(() => {
              this.OR1([
                { ALT: () => this.CONSUME(t.DotDot, { LABEL: 'operator' }) },
                { ALT: () => this.CONSUME(t.LessEqual, { LABEL: 'operator' }) },
                { ALT: () => this.CONSUME(t.GreaterEqual, { LABEL: 'operator' }) },
                { ALT: () => this.CONSUME(t.EqualEqual, { LABEL: 'operator' }) },
                { ALT: () => this.CONSUME(t.NotEqual, { LABEL: 'operator' }) },
                { ALT: () => this.CONSUME(t.Less, { LABEL: 'operator' }) },
                { ALT: () => this.CONSUME(t.Greater, { LABEL: 'operator' }) },
              ])
              this.SUBRULE1(this.sum, { LABEL: 'right' })
            })
          },
        },
      ],
      ERR_MSG: 'an expression',
    })
  })

  /** range = sum [ '..' sum ] */
  readonly range: Rule = this.RULE('range', () => {
    this.SUBRULE(this.sum, { LABEL: 'left' })
    this.OPTION(() => {
      this.CONSUME(t.DotDot)
      this.SUBRULE1(this.sum, { LABEL: 'right' })
    })
  })

  /** sum = product { ( '+' | '-' ) product } */
  readonly sum: Rule = this.RULE('sum', () => {
    this.SUBRULE(this.product, { LABEL: 'operand' })
    this.MANY(() => {
      this.OR([
        { ALT: () => this.CONSUME(t.Plus, { LABEL: 'operator' }) },
        { ALT: () => this.CONSUME(t.Minus, { LABEL: 'operator' }) },
      ])
      this.SUBRULE1(this.product, { LABEL: 'operand' })
    })
  })

  /** product = unary { ( '*' | '/' | '%' | '@' ) unary } */
  readonly product: Rule = this.RULE('product', () => {
    this.SUBRULE(this.unary, { LABEL: 'operand' })
    this.MANY(() => {
      this.OR([
        { ALT: () => this.CONSUME(t.Star, { LABEL: 'operator' }) },
        { ALT: () => this.CONSUME(t.Slash, { LABEL: 'operator' }) },
        { ALT: () => this.CONSUME(t.Percent, { LABEL: 'operator' }) },
        { ALT: () => this.CONSUME(t.At, { LABEL: 'operator' }) },
      ])
      this.SUBRULE1(this.unary, { LABEL: 'operand' })
    })
  })

  /** unary = '-' unary | suffixed [ '^' unary ] */
  readonly unary: Rule = this.RULE('unary', () => {
    this.OR({
      DEF: [
        {
          ALT: () => {
            this.CONSUME(t.Minus)
            this.SUBRULE(this.unary, { LABEL: 'negated' })
          },
        },
        {
          ALT: () => {
            this.SUBRULE(this.suffixed, { LABEL: 'base' })
            this.OPTION(() => {
              this.CONSUME(t.Caret)
              this.SUBRULE1(this.unary, { LABEL: 'exponent' })
            })
          },
        },
      ],
      ERR_MSG: 'an expression',
    })
  })

  /** suffixed = postfix { suffix } */
  readonly suffixed: Rule = this.RULE('suffixed', () => {
    this.SUBRULE(this.postfix)
    this.MANY(() => this.SUBRULE(this.suffix))
  })

  /** suffix = 'per' ( NAME | '(' NAME { ',' NAME } ')' ) | 'where' NAME | 'within' 'example' */
  readonly suffix: Rule = this.RULE('suffix', () => {
    this.OR([
      {
        ALT: () => {
          this.CONSUME(t.Per)
          this.OR1({
            DEF: [
              { ALT: () => this.CONSUME(t.Identifier, { LABEL: 'axis' }) },
              {
                ALT: () => {
                  this.CONSUME(t.LeftParen)
                  this.AT_LEAST_ONE_SEP({
                    SEP: t.Comma,
                    DEF: () => this.CONSUME1(t.Identifier, { LABEL: 'axis' }),
                  })
                  this.CONSUME(t.RightParen)
                },
              },
            ],
            ERR_MSG: 'an axis, or axes in ( )',
          })
        },
      },
      {
        ALT: () => {
          this.CONSUME(t.Where)
          this.CONSUME2(t.Identifier, { LABEL: 'mask' })
        },
      },
      {
        ALT: () => {
          this.CONSUME(t.Within)
          this.CONSUME(t.Example)
        },
      },
    ])
  })

  /** postfix = primary { arguments | '[' range ']' | '.' NAME } */
  readonly postfix: Rule = this.RULE('postfix', () => {
    this.SUBRULE(this.primary)
    this.MANY(() => this.SUBRULE(this.access))
  })

  /** access = arguments | '[' range ']' | '.' NAME */
  readonly access: Rule = this.RULE('access', () => {
    this.OR([
      { ALT: () => this.SUBRULE(this.arguments) },
      {
        ALT: () => {
          this.CONSUME(t.LeftBracket)
          this.SUBRULE(this.range)
          this.CONSUME(t.RightBracket)
        },
      },
      {
        ALT: () => {
          this.CONSUME(t.Dot)
          this.CONSUME(t.Identifier, { LABEL: 'member' })
        },
      },
    ])
  })

  /** arguments = '(' [ argument { ',' argument } ] ')' */
  readonly arguments: Rule = this.RULE('arguments', () => {
    this.CONSUME(t.LeftParen)
    this.MANY_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.argument) })
    this.CONSUME(t.RightParen)
  })

  /** argument = NAME '=' expression | expression */
  readonly argument: Rule = this.RULE('argument', () => {
    this.OR({
      DEF: [
        {
          ALT: () => {
            this.CONSUME(t.Identifier, { LABEL: 'name' })
            this.CONSUME(t.Equals)
            this.SUBRULE(this.expression)
          },
        },
        { ALT: () => this.SUBRULE1(this.expression) },
      ],
      ERR_MSG: 'an argument',
    })
  })

  /** list = '[' [ expression { ',' expression } ] ']' */
  readonly list: Rule = this.RULE('list', () => {
    this.CONSUME(t.LeftBracket)
    this.MANY_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.expression) })
    this.CONSUME(t.RightBracket)
  })

  /** primary = NUMBER [ unit ] | STRING | '(' expression ')' | list | binder | NAME */
  readonly primary: Rule = this.RULE('primary', () => {
    this.OR({
      DEF: [
        {
          ALT: () => {
            this.CONSUME(t.NumberToken, { LABEL: 'number' })
            this.OPTION(() => this.SUBRULE(this.unit))
          },
        },
        { ALT: () => this.CONSUME(t.StringToken, { LABEL: 'string' }) },
        {
          ALT: () => {
            this.CONSUME(t.LeftParen)
            this.SUBRULE(this.expression)
            this.CONSUME(t.RightParen)
          },
        },
        { ALT: () => this.SUBRULE(this.list) },
        { ALT: () => this.SUBRULE(this.binder) },
        { ALT: () => this.CONSUME(t.Identifier, { LABEL: 'name' }) },
      ],
      ERR_MSG: 'an expression',
    })
  })

  /** unit = 'epochs' | 'epoch' | 'steps' | 'step' */
  readonly unit: Rule = this.RULE('unit', () => {
    this.OR([
      { ALT: () => this.CONSUME(t.Epochs, { LABEL: 'epochs' }) },
      { ALT: () => this.CONSUME(t.Epoch, { LABEL: 'epochs' }) },
      { ALT: () => this.CONSUME(t.Steps, { LABEL: 'steps' }) },
      { ALT: () => this.CONSUME(t.Step, { LABEL: 'steps' }) },
    ])
  })

  /** binder = ( 'sum' | 'mean' ) NAME 'in' range '{' expression '}' */
  readonly binder: Rule = this.RULE('binder', () => {
    this.OR([
      { ALT: () => this.CONSUME(t.Sum, { LABEL: 'how' }) },
      { ALT: () => this.CONSUME(t.Mean, { LABEL: 'how' }) },
    ])
    this.CONSUME(t.Identifier, { LABEL: 'variable' })
    this.CONSUME(t.In)
    this.SUBRULE(this.range)
    this.CONSUME(t.LeftBrace)
    this.SUBRULE(this.expression)
    this.CONSUME(t.RightBrace)
  })
}

/** Makes the one parser when it is first asked for (building it takes tens of milliseconds), and gives the same one afterwards. */
export const distillParser: () => DistillParser = (() => {
  let parser: DistillParser | undefined
  return () => {
    parser ??= new DistillParser()
    return parser
  }
})()
