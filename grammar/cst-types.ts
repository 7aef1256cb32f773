// biome-ignore-all format: generated from parser.ts
import type { CstNode, IToken } from "chevrotain";

export interface PathCstNode extends CstNode {
  name: "path";
  children: PathCstChildren;
}

export type PathCstChildren = {
  component: ComponentCstNode[];
  Dot?: IToken[];
};

export interface ComponentCstNode extends CstNode {
  name: "component";
  children: ComponentCstChildren;
}

export type ComponentCstChildren = {
  name?: (IToken)[];
  LeftBracket?: IToken[];
  all?: IToken[];
  range?: RangeCstNode[];
  RightBracket?: IToken[];
};

export interface ExpressionCstNode extends CstNode {
  name: "expression";
  children: ExpressionCstChildren;
}

export type ExpressionCstChildren = {
  IfWord?: IToken[];
  condition?: ExpressionCstNode[];
  ThenWord?: IToken[];
  then?: ExpressionCstNode[];
  ElseWord?: IToken[];
  else?: ExpressionCstNode[];
  variable?: IToken[];
  Arrow?: IToken[];
  body?: ExpressionCstNode[];
  left?: SumCstNode[];
  operator?: (IToken)[];
  right?: SumCstNode[];
};

export interface RangeCstNode extends CstNode {
  name: "range";
  children: RangeCstChildren;
}

export type RangeCstChildren = {
  left: SumCstNode[];
  DotDot?: IToken[];
  right?: SumCstNode[];
};

export interface SumCstNode extends CstNode {
  name: "sum";
  children: SumCstChildren;
}

export type SumCstChildren = {
  operand: (ProductCstNode)[];
  operator?: (IToken)[];
};

export interface ProductCstNode extends CstNode {
  name: "product";
  children: ProductCstChildren;
}

export type ProductCstChildren = {
  operand: (UnaryCstNode)[];
  operator?: (IToken)[];
};

export interface UnaryCstNode extends CstNode {
  name: "unary";
  children: UnaryCstChildren;
}

export type UnaryCstChildren = {
  Minus?: IToken[];
  negated?: UnaryCstNode[];
  base?: SuffixedCstNode[];
  Caret?: IToken[];
  exponent?: UnaryCstNode[];
};

export interface SuffixedCstNode extends CstNode {
  name: "suffixed";
  children: SuffixedCstChildren;
}

export type SuffixedCstChildren = {
  postfix: PostfixCstNode[];
  suffix?: SuffixCstNode[];
};

export interface SuffixCstNode extends CstNode {
  name: "suffix";
  children: SuffixCstChildren;
}

export type SuffixCstChildren = {
  PerWord?: IToken[];
  axis?: (IToken)[];
  LeftParen?: IToken[];
  Comma?: IToken[];
  RightParen?: IToken[];
  WhereWord?: IToken[];
  mask?: IToken[];
  WithinWord?: IToken[];
  ExampleWord?: IToken[];
  OnWord?: IToken[];
  data?: IToken[];
};

export interface PostfixCstNode extends CstNode {
  name: "postfix";
  children: PostfixCstChildren;
}

export type PostfixCstChildren = {
  primary: PrimaryCstNode[];
  access?: AccessCstNode[];
};

export interface AccessCstNode extends CstNode {
  name: "access";
  children: AccessCstChildren;
}

export type AccessCstChildren = {
  arguments?: ArgumentsCstNode[];
  LeftBracket?: IToken[];
  range?: RangeCstNode[];
  RightBracket?: IToken[];
  Dot?: IToken[];
  member?: IToken[];
};

export interface ArgumentsCstNode extends CstNode {
  name: "arguments";
  children: ArgumentsCstChildren;
}

export type ArgumentsCstChildren = {
  LeftParen: IToken[];
  argument?: ArgumentCstNode[];
  Comma?: IToken[];
  RightParen: IToken[];
};

export interface ArgumentCstNode extends CstNode {
  name: "argument";
  children: ArgumentCstChildren;
}

export type ArgumentCstChildren = {
  name?: IToken[];
  Equals?: IToken[];
  expression?: (ExpressionCstNode)[];
};

export interface ListCstNode extends CstNode {
  name: "list";
  children: ListCstChildren;
}

export type ListCstChildren = {
  LeftBracket: IToken[];
  expression?: ExpressionCstNode[];
  Comma?: IToken[];
  RightBracket: IToken[];
};

export interface PrimaryCstNode extends CstNode {
  name: "primary";
  children: PrimaryCstChildren;
}

export type PrimaryCstChildren = {
  number?: IToken[];
  unit?: UnitCstNode[];
  string?: IToken[];
  LeftParen?: IToken[];
  expression?: ExpressionCstNode[];
  RightParen?: IToken[];
  list?: ListCstNode[];
  binder?: BinderCstNode[];
  name?: IToken[];
};

export interface UnitCstNode extends CstNode {
  name: "unit";
  children: UnitCstChildren;
}

export type UnitCstChildren = {
  epochs?: (IToken)[];
  steps?: (IToken)[];
};

export interface BinderCstNode extends CstNode {
  name: "binder";
  children: BinderCstChildren;
}

export type BinderCstChildren = {
  how?: (IToken)[];
  variable: IToken[];
  InWord: IToken[];
  range: RangeCstNode[];
  LeftBrace: IToken[];
  expression: ExpressionCstNode[];
  RightBrace: IToken[];
};

export interface EntriesCstNode extends CstNode {
  name: "entries";
  children: EntriesCstChildren;
}

export type EntriesCstChildren = {
  LeftBrace: IToken[];
  entry?: EntryCstNode[];
  Separator?: IToken[];
  RightBrace: IToken[];
};

export interface EntryCstNode extends CstNode {
  name: "entry";
  children: EntryCstChildren;
}

export type EntryCstChildren = {
  InitWord?: IToken[];
  initLines?: InitLinesCstNode[];
  MinimizeWord?: IToken[];
  minimized?: ExpressionCstNode[];
  TrainWord?: IToken[];
  path?: (PathCstNode)[];
  FreezeWord?: IToken[];
  ContinueWord?: IToken[];
  name?: (IToken)[];
  Equals?: IToken[];
  expression?: ExpressionCstNode[];
  except?: ExceptCstNode[];
  entries?: EntriesCstNode[];
};

export interface ExceptCstNode extends CstNode {
  name: "except";
  children: ExceptCstChildren;
}

export type ExceptCstChildren = {
  ExceptWord: IToken[];
  LeftBracket: IToken[];
  path: PathCstNode[];
  Comma?: IToken[];
  RightBracket: IToken[];
  entries: EntriesCstNode[];
};

export interface InitLinesCstNode extends CstNode {
  name: "initLines";
  children: InitLinesCstChildren;
}

export type InitLinesCstChildren = {
  LeftBrace: IToken[];
  initLine?: InitLineCstNode[];
  Separator?: IToken[];
  RightBrace: IToken[];
};

export interface InitLineCstNode extends CstNode {
  name: "initLine";
  children: InitLineCstChildren;
}

export type InitLineCstChildren = {
  path: PathCstNode[];
  FromWord: IToken[];
  expression: ExpressionCstNode[];
};

export interface ModelItemsCstNode extends CstNode {
  name: "modelItems";
  children: ModelItemsCstChildren;
}

export type ModelItemsCstChildren = {
  LeftBrace: IToken[];
  modelItem?: ModelItemCstNode[];
  Separator?: IToken[];
  RightBrace: IToken[];
};

export interface ModelItemCstNode extends CstNode {
  name: "modelItem";
  children: ModelItemCstChildren;
}

export type ModelItemCstChildren = {
  without?: WithoutCstNode[];
  share?: ShareCstNode[];
  factorize?: FactorizeCstNode[];
  require?: RequireCstNode[];
  tap?: TapCstNode[];
  names?: NamesCstNode[];
  InitWord?: IToken[];
  initLines?: InitLinesCstNode[];
  setting?: SettingCstNode[];
  binding?: BindingCstNode[];
  nested?: NestedCstNode[];
  repeated?: RepeatedCstNode[];
};

export interface WithoutCstNode extends CstNode {
  name: "without";
  children: WithoutCstChildren;
}

export type WithoutCstChildren = {
  WithoutWord: IToken[];
  path: PathCstNode[];
};

export interface ShareCstNode extends CstNode {
  name: "share";
  children: ShareCstChildren;
}

export type ShareCstChildren = {
  ShareWord: IToken[];
  path: PathCstNode[];
  InWord: IToken[];
  sum: SumCstNode[];
  groups?: (IToken)[];
};

export interface FactorizeCstNode extends CstNode {
  name: "factorize";
  children: FactorizeCstChildren;
}

export type FactorizeCstChildren = {
  FactorizeWord: IToken[];
  path: PathCstNode[];
  ToWord: IToken[];
  to: ExpressionCstNode[];
  FromWord?: IToken[];
  source?: ExpressionCstNode[];
};

export interface RequireCstNode extends CstNode {
  name: "require";
  children: RequireCstChildren;
}

export type RequireCstChildren = {
  RequireWord: IToken[];
  expression: ExpressionCstNode[];
  message: IToken[];
};

export interface TapCstNode extends CstNode {
  name: "tap";
  children: TapCstChildren;
}

export type TapCstChildren = {
  TapWord: IToken[];
  name: IToken[];
  LeftBracket: IToken[];
  index: SumCstNode[];
  RightBracket: IToken[];
  ForWord?: IToken[];
  again?: IToken[];
  InWord?: IToken[];
  range?: RangeCstNode[];
  Equals: IToken[];
  expression: ExpressionCstNode[];
};

export interface SettingCstNode extends CstNode {
  name: "setting";
  children: SettingCstChildren;
}

export type SettingCstChildren = {
  SettingWord: IToken[];
  name: IToken[];
  Equals: IToken[];
  expression: ExpressionCstNode[];
};

export interface BindingCstNode extends CstNode {
  name: "binding";
  children: BindingCstChildren;
}

export type BindingCstChildren = {
  name: IToken[];
  Equals: IToken[];
  expression: ExpressionCstNode[];
};

export interface NestedCstNode extends CstNode {
  name: "nested";
  children: NestedCstChildren;
}

export type NestedCstChildren = {
  name: IToken[];
  modelItems: ModelItemsCstNode[];
};

export interface RepeatedCstNode extends CstNode {
  name: "repeated";
  children: RepeatedCstChildren;
}

export type RepeatedCstChildren = {
  name: IToken[];
  LeftBracket: IToken[];
  variable: IToken[];
  RightBracket: IToken[];
  ForWord?: IToken[];
  again?: IToken[];
  InWord?: IToken[];
  range?: RangeCstNode[];
  FromWord?: IToken[];
  carry?: IToken[];
  Equals?: IToken[];
  start?: ExpressionCstNode[];
  modelItems: ModelItemsCstNode[];
};

export interface NamesCstNode extends CstNode {
  name: "names";
  children: NamesCstChildren;
}

export type NamesCstChildren = {
  NamesWord: IToken[];
  name: IToken[];
  Equals?: IToken[];
  prefix?: IToken[];
  namesLines: NamesLinesCstNode[];
};

export interface NamesLinesCstNode extends CstNode {
  name: "namesLines";
  children: NamesLinesCstChildren;
}

export type NamesLinesCstChildren = {
  LeftBrace: IToken[];
  namesLine?: NamesLineCstNode[];
  Separator?: IToken[];
  RightBrace: IToken[];
};

export interface NamesLineCstNode extends CstNode {
  name: "namesLine";
  children: NamesLineCstChildren;
}

export type NamesLineCstChildren = {
  LeafWord?: IToken[];
  name?: (IToken)[];
  Arrow?: (IToken)[];
  target?: (IToken)[];
  HeadWord?: IToken[];
  namesLines?: (NamesLinesCstNode)[];
  path?: PathCstNode[];
  TransposedWord?: IToken[];
};

export interface FileCstNode extends CstNode {
  name: "file";
  children: FileCstChildren;
}

export type FileCstChildren = {
  declaration?: DeclarationCstNode[];
  Separator?: IToken[];
};

export interface DeclarationCstNode extends CstNode {
  name: "declaration";
  children: DeclarationCstChildren;
}

export type DeclarationCstChildren = {
  import?: ImportCstNode[];
  setting?: SettingCstNode[];
  data?: DataCstNode[];
  model?: ModelCstNode[];
  head?: HeadCstNode[];
  instance?: InstanceCstNode[];
  map?: MapCstNode[];
  projection?: ProjectionCstNode[];
  function?: FunctionCstNode[];
  stage?: StageCstNode[];
  sweep?: SweepCstNode[];
};

export interface ImportCstNode extends CstNode {
  name: "import";
  children: ImportCstChildren;
}

export type ImportCstChildren = {
  ImportWord: IToken[];
  LeftBrace: IToken[];
  importName: ImportNameCstNode[];
  Separator?: IToken[];
  RightBrace: IToken[];
  FromWord: IToken[];
  file: IToken[];
};

export interface ImportNameCstNode extends CstNode {
  name: "importName";
  children: ImportNameCstChildren;
}

export type ImportNameCstChildren = {
  name: IToken[];
  AsWord?: IToken[];
  as?: IToken[];
};

export interface DataCstNode extends CstNode {
  name: "data";
  children: DataCstChildren;
}

export type DataCstChildren = {
  DataWord: IToken[];
  name: IToken[];
  Equals?: IToken[];
  base?: IToken[];
  WithWord?: IToken[];
  entries: EntriesCstNode[];
};

export interface ModelCstNode extends CstNode {
  name: "model";
  children: ModelCstChildren;
}

export type ModelCstChildren = {
  ModelWord: IToken[];
  name: IToken[];
  Equals?: IToken[];
  base?: IToken[];
  WithWord?: IToken[];
  modelItems?: (ModelItemsCstNode)[];
};

export interface HeadCstNode extends CstNode {
  name: "head";
  children: HeadCstChildren;
}

export type HeadCstChildren = {
  HeadWord: IToken[];
  name: IToken[];
  parameters?: ParametersCstNode[];
  modelItems: ModelItemsCstNode[];
};

export interface InstanceCstNode extends CstNode {
  name: "instance";
  children: InstanceCstChildren;
}

export type InstanceCstChildren = {
  role?: (IToken)[];
  name: IToken[];
  Equals?: IToken[];
  of?: IToken[];
  AfterWord?: IToken[];
  after?: IToken[];
  Colon?: IToken[];
  model?: IToken[];
  entries?: EntriesCstNode[];
};

export interface MapCstNode extends CstNode {
  name: "map";
  children: MapCstChildren;
}

export type MapCstChildren = {
  MapWord: IToken[];
  name: IToken[];
  Colon: IToken[];
  from: PathCstNode[];
  Arrow: IToken[];
  to: PathCstNode[];
  Equals: IToken[];
  expression: ExpressionCstNode[];
};

export interface ProjectionCstNode extends CstNode {
  name: "projection";
  children: ProjectionCstChildren;
}

export type ProjectionCstChildren = {
  ProjectionWord: IToken[];
  name: IToken[];
  family?: FamilyCstNode[];
  Colon: IToken[];
  from: PathCstNode[];
  Arrow: IToken[];
  to: PathCstNode[];
  Equals: IToken[];
  expression: ExpressionCstNode[];
};

export interface FunctionCstNode extends CstNode {
  name: "function";
  children: FunctionCstChildren;
}

export type FunctionCstChildren = {
  what?: (IToken)[];
  name: IToken[];
  parameters?: ParametersCstNode[];
  Equals: IToken[];
  expression: ExpressionCstNode[];
};

export interface StageCstNode extends CstNode {
  name: "stage";
  children: StageCstChildren;
}

export type StageCstChildren = {
  StageWord: IToken[];
  name: IToken[];
  family?: FamilyCstNode[];
  AfterWord?: IToken[];
  after?: IToken[];
  entries: EntriesCstNode[];
};

export interface SweepCstNode extends CstNode {
  name: "sweep";
  children: SweepCstChildren;
}

export type SweepCstChildren = {
  SweepWord: IToken[];
  entries: EntriesCstNode[];
};

export interface FamilyCstNode extends CstNode {
  name: "family";
  children: FamilyCstChildren;
}

export type FamilyCstChildren = {
  LeftBracket: IToken[];
  variable: IToken[];
  RightBracket: IToken[];
  ForWord: IToken[];
  again: IToken[];
  InWord: IToken[];
  range: RangeCstNode[];
};

export interface ParametersCstNode extends CstNode {
  name: "parameters";
  children: ParametersCstChildren;
}

export type ParametersCstChildren = {
  LeftParen: IToken[];
  parameter?: ParameterCstNode[];
  Comma?: IToken[];
  RightParen: IToken[];
};

export interface ParameterCstNode extends CstNode {
  name: "parameter";
  children: ParameterCstChildren;
}

export type ParameterCstChildren = {
  name: IToken[];
  Equals?: IToken[];
  expression?: ExpressionCstNode[];
};
