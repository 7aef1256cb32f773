/**
 * The part of the grammar that the others build on: paths and expressions. `parser.ts` explains the notation.
 */
import { type CstNode, CstParser, type ParserMethod } from 'chevrotain'
import { expectedPhrases } from './expected.ts'
import * as t from './tokens.ts'

export type Rule = ParserMethod<[], CstNode>

export class ExpressionRules extends CstParser {
  constructor(validate: boolean) {
    super(t.allTokens, {
      maxLookahead: 2,
      nodeLocationTracking: 'onlyOffset',
      errorMessageProvider: expectedPhrases,
      skipValidations: !validate,
    })
  }

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

  /**
   * suffix = 'per' ( NAME | '(' NAME { ',' NAME } ')' ) | 'where' NAME | 'within' 'example' | 'on' NAME
   */
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
      {
        ALT: () => {
          this.CONSUME(t.On)
          this.CONSUME3(t.Identifier, { LABEL: 'data' })
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
