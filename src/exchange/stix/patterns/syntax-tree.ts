/**
 * A STIX 2.1 pattern (section 9) as a tree. Chains of one operator are one node with at least two parts, none of which is a node of
 * the same operator; parentheses that change nothing leave no trace. So two spellings of one pattern are one tree.
 */
export type Pattern = Bracket | Joined | Repeats | Within | StartStop

/** An observation expression in brackets: matched by one observation in which one object satisfies the condition. */
export interface Bracket {
  readonly kind: 'bracket'
  readonly of: Condition
}

/** Observation expressions that are matched by different observations; `followedby` orders them in time. */
export interface Joined {
  readonly kind: 'and' | 'or' | 'followedby'
  readonly parts: readonly Pattern[]
}

export interface Repeats {
  readonly kind: 'repeats'
  readonly of: Pattern
  readonly times: number
}

export interface Within {
  readonly kind: 'within'
  readonly of: Pattern
  /** A positive decimal number, in the normal form of literals. */
  readonly seconds: string
}

export interface StartStop {
  readonly kind: 'startstop'
  readonly of: Pattern
  /** RFC 3339, UTC; the first instant that counts and the first that no longer does. */
  readonly start: string
  readonly stop: string
}

export type Condition = Comparison | Listed | Exists | { readonly kind: 'all' | 'any'; readonly parts: readonly Condition[] }

export const COMPARISONS = ['=', '!=', '>', '<', '>=', '<=', 'LIKE', 'MATCHES', 'ISSUBSET', 'ISSUPERSET'] as const
export type Operator = (typeof COMPARISONS)[number]

export interface Comparison {
  readonly kind: 'comparison'
  readonly path: ObjectPath
  readonly not: boolean
  readonly operator: Operator
  readonly operand: Literal
}

export interface Listed {
  readonly kind: 'in'
  readonly path: ObjectPath
  readonly not: boolean
  readonly operands: readonly Literal[]
}

export interface Exists {
  readonly kind: 'exists'
  readonly path: ObjectPath
  readonly not: boolean
}

/** `type:step.step[0][*]`: a text is a property or key, a number an index of a list, null every element (`[*]`). */
export interface ObjectPath {
  readonly type: string
  readonly steps: readonly Step[]
}
export type Step = string | number | null

/**
 * A constant. `text` is its normal form: the string itself without escapes; a number in decimal, exact however long; `true` or
 * `false`; octets in lower-case hexadecimal or in base64 without line feeds; a timestamp as it was written.
 */
export interface Literal {
  readonly type: 'string' | 'integer' | 'float' | 'boolean' | 'hex' | 'binary' | 'timestamp'
  readonly text: string
}

/** A node that is one part by itself, or joins several; parts of the same kind are taken in. */
export function join<Kind extends string, Node extends { readonly kind: string }>(kind: Kind, parts: readonly Node[]): Node | { kind: Kind; parts: Node[] } {
  if (parts.length === 1) return parts[0]!
  if (!parts.some((part) => part.kind === kind)) return { kind, parts: [...parts] }
  return { kind, parts: parts.flatMap((part) => (part.kind === kind ? [...(part as unknown as { parts: readonly Node[] }).parts] : [part])) }
}
