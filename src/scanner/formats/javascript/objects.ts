import type { Machine } from './machine.ts'
import type { Compiled } from './patterns.ts'
import type { Text } from './text.ts'
import type { FunctionCode } from './tree.ts'

/** A value of a script. */
export type Value = undefined | null | boolean | number | Text | Thing

/** A function of this interpreter: what it was called on, with what, and from where. */
export type Native = (machine: Machine, self: Value, values: readonly Value[], at: number) => Value

/** A function of this interpreter under a name that TypeScript takes for one of its own objects, such as `toString`. */
export function native(work: Native): Native {
  return work
}

/** A member with code behind it. */
export class Accessor {
  get: Thing | undefined
  set: Thing | undefined
}

/** An object of a script. Its members are in a map: no name can reach an object of the interpreter. */
export class Thing {
  readonly members = new Map<string, Value | Accessor>()
  proto: Thing | null

  constructor(proto: Thing | null) {
    this.proto = proto
  }
}

/** An array: its first items one behind the other, members for what stands far behind, and a length that may exceed both. */
export class List extends Thing {
  items: Value[]
  length: number

  constructor(proto: Thing | null, items: Value[]) {
    super(proto)
    this.items = items
    this.length = items.length
  }
}

/** Where code came from: a script, and for code that was fed back the place of that feeding. */
export interface Origin {
  readonly script: number
  readonly fedAt: number | undefined
}

export interface Scope {
  readonly names: Map<string, Value>
  readonly outer: Scope | undefined
  /** Whose members are names here: the global object, or that of `with`. */
  readonly thing: Thing | undefined
  readonly self: Value
}

export class Callable extends Thing {
  readonly name: string
  readonly native: Native | undefined
  readonly code: { readonly code: FunctionCode; readonly scope: Scope; readonly origin: Origin } | undefined

  constructor(proto: Thing | null, name: string, native: Native | undefined, code?: Callable['code']) {
    super(proto)
    this.name = name
    this.native = native
    this.code = code
  }
}

/** An object of the program that runs the script, or what is behind one of its members, whether or not anything is known of it. */
export class Hosted extends Thing {
  /** How it is reached: `app`, `Collab.getIcon`, `xfa.resolveNode(...)`. */
  readonly path: string

  constructor(proto: Thing | null, path: string) {
    super(proto)
    this.path = path
  }
}

/** A regular expression, with the place of its next search. */
export class Pattern extends Thing {
  readonly source: string
  readonly flags: string
  lastIndex = 0
  /** What reading it gave: null for one that is not followed. */
  compiled: Compiled | null | undefined

  constructor(proto: Thing | null, source: string, flags: string) {
    super(proto)
    this.source = source
    this.flags = flags
  }
}

/** An exception of the script. */
export class Thrown {
  readonly value: Value

  constructor(value: Value) {
    this.value = value
  }
}

/** The script has used up what it may cost; nothing catches it but the one that started it. */
export class Stopped {
  readonly why: string

  constructor(why: string) {
    this.why = why
  }
}
