/** The syntax tree of a script. `at` is where in the source it stands, in characters. */
export type Expression =
  | { readonly type: 'number'; readonly at: number; readonly value: number }
  | { readonly type: 'string'; readonly at: number; readonly value: string }
  | { readonly type: 'template'; readonly at: number; readonly texts: readonly string[]; readonly values: readonly Expression[] }
  | { readonly type: 'pattern'; readonly at: number; readonly source: string; readonly flags: string }
  | { readonly type: 'name'; readonly at: number; readonly name: string }
  | { readonly type: 'this'; readonly at: number }
  | { readonly type: 'constant'; readonly at: number; readonly value: boolean | null }
  | { readonly type: 'array'; readonly at: number; readonly items: readonly (Expression | undefined)[] }
  | { readonly type: 'object'; readonly at: number; readonly members: readonly Member[] }
  | { readonly type: 'function'; readonly at: number; readonly code: FunctionCode }
  | { readonly type: 'unary'; readonly at: number; readonly operator: string; readonly value: Expression }
  | { readonly type: 'update'; readonly at: number; readonly by: 1 | -1; readonly before: boolean; readonly target: Expression }
  /** Operators of one rank, from left to right: a thousand texts joined with plus are one node. */
  | { readonly type: 'chain'; readonly at: number; readonly first: Expression; readonly rest: readonly Link[] }
  | { readonly type: 'assign'; readonly at: number; readonly operator: string; readonly target: Expression; readonly value: Expression }
  | { readonly type: 'choice'; readonly at: number; readonly test: Expression; readonly yes: Expression; readonly no: Expression }
  | { readonly type: 'call'; readonly at: number; readonly callee: Expression; readonly values: readonly Expression[] }
  | { readonly type: 'new'; readonly at: number; readonly callee: Expression; readonly values: readonly Expression[] }
  | { readonly type: 'member'; readonly at: number; readonly object: Expression; readonly key: Expression }
  | { readonly type: 'sequence'; readonly at: number; readonly items: readonly Expression[] }
  | { readonly type: 'spread'; readonly at: number; readonly value: Expression }

export interface Link {
  readonly operator: string
  readonly value: Expression
}

export interface Member {
  readonly kind: 'value' | 'get' | 'set'
  readonly key: Expression
  readonly value: Expression
}

export interface FunctionCode {
  readonly name: string
  readonly parameters: readonly string[]
  readonly body: readonly Statement[]
  /** Names that `var` and its kin declare anywhere in the body, without inner functions. */
  readonly variables: readonly string[]
  readonly arrow: boolean
  /** The function as it is written. */
  readonly source: string
}

export type Statement =
  | { readonly type: 'empty'; readonly at: number }
  | { readonly type: 'do'; readonly at: number; readonly value: Expression }
  | { readonly type: 'declare'; readonly at: number; readonly items: readonly { readonly name: string; readonly value: Expression | undefined }[] }
  | { readonly type: 'define'; readonly at: number; readonly code: FunctionCode }
  | { readonly type: 'block'; readonly at: number; readonly body: readonly Statement[] }
  | { readonly type: 'if'; readonly at: number; readonly test: Expression; readonly yes: Statement; readonly no: Statement | undefined }
  | {
      readonly type: 'for'
      readonly at: number
      readonly first: Statement | undefined
      readonly test: Expression | undefined
      readonly step: Expression | undefined
      readonly body: Statement
    }
  | { readonly type: 'each'; readonly at: number; readonly target: Expression; readonly of: boolean; readonly value: Expression; readonly body: Statement }
  | { readonly type: 'while'; readonly at: number; readonly test: Expression; readonly body: Statement; readonly bodyFirst: boolean }
  | { readonly type: 'return'; readonly at: number; readonly value: Expression | undefined }
  | { readonly type: 'throw'; readonly at: number; readonly value: Expression }
  | { readonly type: 'jump'; readonly at: number; readonly how: 'break' | 'continue'; readonly label: string }
  | { readonly type: 'label'; readonly at: number; readonly label: string; readonly body: Statement }
  | { readonly type: 'with'; readonly at: number; readonly value: Expression; readonly body: Statement }
  | {
      readonly type: 'try'
      readonly at: number
      readonly body: readonly Statement[]
      readonly name: string
      readonly caught: readonly Statement[] | undefined
      readonly last: readonly Statement[] | undefined
    }
  | { readonly type: 'switch'; readonly at: number; readonly value: Expression; readonly cases: readonly Case[] }

export interface Case {
  /** Nothing for `default`. */
  readonly test: Expression | undefined
  readonly body: readonly Statement[]
}

export interface Program {
  readonly body: readonly Statement[]
  readonly variables: readonly string[]
  /** Where the source could not be read any further; what stands before is in `body`. */
  readonly brokenAt: number | undefined
}
