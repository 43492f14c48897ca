import { Accessor, Callable, Hosted, List, Pattern, Stopped, Thing, Thrown, type Native, type Origin, type Scope, type Value } from './objects.ts'
import { parseScript } from './parser.ts'
import { define, execute } from './statements.ts'
import { codeAt, head, joined, LongText, part, type Text } from './text.ts'

/** What the scripts of one document may cost together. */
export interface ScriptLimits {
  /** Units of work: tokens, nodes of the tree, characters that a built-in function handles by eight. */
  readonly steps: number
  /** Bytes that are really built. What a script only says it builds is counted in `Machine.spray`. */
  readonly bytes: number
}

/** Expressions and calls inside each other. */
const DEEPEST = 600
/** Characters of a text after which the interpreters of documents refuse a longer one. */
const LONGEST_TEXT = 2 ** 29
/** Characters of a text that a function may handle one by one. */
const BUILT = 2 ** 20
const DENSE = 2 ** 17
const LONGEST_SOURCE = 2 ** 20

/** What surrounds the interpreter: it is told of calls and sets on objects of the host, and answers for their members. */
export interface Host {
  member(machine: Machine, object: Hosted, key: string): Value
  call(machine: Machine, callee: Hosted, self: Value, values: readonly Value[], at: number): Value
  set(machine: Machine, object: Hosted, key: string, value: Value, at: number): void
  /** A text was kept in a member or an item that was not there before. */
  kept(text: LongText): void
  /** A typed array of so many bytes was made. */
  block(bytes: number): void
  /** A source was fed back through eval, Function or a timer. */
  fed(source: Text): void
}

/** The state of one run, and what every part of the interpreter does with values. Throws Thrown and Stopped. */
export class Machine {
  readonly host: Host
  readonly global: Hosted
  readonly scope: Scope
  readonly protos: Readonly<Record<'object' | 'function' | 'array' | 'text' | 'number' | 'boolean' | 'pattern' | 'error' | 'date', Thing>>
  origin: Origin = { script: 0, fedAt: undefined }
  #steps: number
  #bytes: number
  #depth = 0
  readonly #outside: (steps: number) => void

  /** `outside` is told of every 1024 steps and may throw to end everything. */
  constructor(limits: ScriptLimits, host: Host, outside: (steps: number) => void) {
    this.#steps = limits.steps
    this.#bytes = limits.bytes
    this.#outside = outside
    this.host = host
    const object = new Thing(null)
    const made = () => new Thing(object)
    const rest = { function: made(), array: made(), text: made(), number: made(), boolean: made(), pattern: made(), error: made(), date: made() }
    this.protos = { object, ...rest }
    this.global = new Hosted(object, 'Doc')
    this.scope = { names: new Map(), outer: undefined, thing: this.global, self: this.global }
  }

  get stepsLeft(): number {
    return this.#steps
  }

  step(count = 1): void {
    const before = this.#steps
    this.#steps -= count
    if (this.#steps < 0) throw new Stopped('steps')
    if (before >> 10 !== this.#steps >> 10) this.#outside(Math.max(1024, count))
  }

  spend(bytes: number): void {
    this.#bytes -= bytes
    if (this.#bytes < 0) throw new Stopped('bytes')
  }

  deeper<T>(work: () => T): T {
    this.enter()
    try {
      return work()
    } finally {
      this.leave()
    }
  }

  enter(): void {
    if (++this.#depth > DEEPEST) {
      this.#depth--
      throw this.error('RangeError', 'too much recursion')
    }
  }

  leave(): void {
    this.#depth--
  }

  /** An exception of the script, to be thrown. */
  error(name: string, message: string): Thrown {
    const error = new Thing(this.protos.error)
    error.members.set('name', name).set('message', message)
    return new Thrown(error)
  }

  native(name: string, work: Native): Callable {
    return new Callable(this.protos.function, name, work)
  }

  /** Gives an object functions of the interpreter. */
  equip(thing: Thing, functions: Readonly<Record<string, Native>>): void {
    for (const [name, work] of Object.entries(functions)) thing.members.set(name, this.native(name, work))
  }

  list(items: Value[]): List {
    this.spend(16 + items.length * 8)
    return new List(this.protos.array, items)
  }

  object(): Thing {
    this.spend(64)
    return new Thing(this.protos.object)
  }

  join(left: Text, right: Text): Text {
    if (left.length + right.length > LONGEST_TEXT) throw this.error('RangeError', 'text too long')
    this.spend(16 + Math.min(left.length, right.length, 64))
    return joined(left, right)
  }

  /** A text built, when it is not too long for that. Costs by its length. */
  built(text: Text): string {
    if (text.length > BUILT) throw new Stopped('bytes')
    this.step(1 + (text.length >> 5))
    if (typeof text === 'string') return text
    this.spend(text.length)
    return head(text, text.length)
  }

  /** Runs source in a scope. A source that breaks off is followed as far as it could be read. */
  run(source: Text, scope: Scope, fedAt?: number): Value {
    if (source.length > LONGEST_SOURCE) throw new Stopped('bytes')
    const text = this.built(source)
    this.spend(text.length * 8)
    const before = this.origin
    if (fedAt !== undefined) this.origin = { script: before.script, fedAt: before.fedAt ?? fedAt }
    try {
      const program = parseScript(text, () => this.step())
      return this.deeper(() => {
        for (const name of program.variables) if (!scope.thing && !scope.names.has(name)) scope.names.set(name, undefined)
        define(this, program.body, scope)
        let last: Value
        for (const statement of program.body) {
          const done = execute(this, statement, scope)
          if (done?.how === 'value' || done?.how === 'return') last = done.value
        }
        return last
      })
    } finally {
      this.origin = before
    }
  }

  /** Runs a whole script: an exception that nothing catches ends its statement, because it may come from what is not known here of the host. */
  runScript(source: string, script: number): { readonly brokenAt: number | undefined; readonly uncaught: number } {
    this.origin = { script, fedAt: undefined }
    this.spend(source.length * 8)
    const { body, brokenAt } = parseScript(source, () => this.step())
    let uncaught = 0
    define(this, body, this.scope)
    for (const statement of body) {
      try {
        execute(this, statement, this.scope)
      } catch (error) {
        if (!(error instanceof Thrown)) throw error
        uncaught++
      }
    }
    return { brokenAt, uncaught }
  }

  call(callee: Value, self: Value, values: readonly Value[], at: number): Value {
    this.step()
    if (callee instanceof Hosted) return this.host.call(this, callee, self, values, at)
    if (!(callee instanceof Callable)) throw this.error('TypeError', 'not a function')
    if (callee.native) return callee.native(this, self, values, at)
    if (!callee.code) return undefined
    const { code, scope: outer, origin } = callee.code
    const own = code.variables.length + code.parameters.length
    this.step(own)
    this.spend(256 + own * 8)
    const names = new Map<string, Value>()
    for (const name of code.variables) names.set(name, undefined)
    if (!code.arrow) {
      const given = this.list([...values])
      given.members.set('callee', callee)
      names.set('arguments', given)
      if (code.name !== '') names.set(code.name, callee)
    }
    for (const [i, name] of code.parameters.entries()) names.set(name, values[i])
    const scope: Scope = { names, outer, thing: undefined, self: code.arrow ? outer.self : (self ?? this.global) }
    const before = this.origin
    this.origin = origin
    this.enter()
    try {
      define(this, code.body, scope)
      for (const statement of code.body) {
        const done = execute(this, statement, scope)
        if (done?.how === 'return') return done.value
      }
      return undefined
    } finally {
      this.leave()
      this.origin = before
    }
  }

  construct(callee: Value, values: readonly Value[], at: number): Value {
    if (callee instanceof Callable && callee.native) return callee.native(this, undefined, values, at)
    if (callee instanceof Hosted) return this.host.call(this, callee, undefined, values, at)
    const self = this.object()
    if (callee instanceof Callable) {
      const proto = this.get(callee, 'prototype', at)
      if (proto instanceof Thing) self.proto = proto
    }
    const result = this.call(callee, self, values, at)
    return result instanceof Thing ? result : self
  }

  get(of: Value, key: Value, at: number): Value {
    this.step()
    if (typeof of === 'string' || of instanceof LongText) return this.#ofText(of, key, at)
    if (of === undefined || of === null) throw this.error('TypeError', 'no members here')
    if (of instanceof List) {
      if (typeof key === 'number' && key < of.items.length && key >= 0 && Number.isInteger(key)) return of.items[key]
      if (key === 'length') return of.length
      const index = indexOf(key)
      if (index !== undefined && index < of.items.length) return of.items[index]
    }
    const thing = of instanceof Thing ? of : typeof of === 'number' ? this.protos.number : this.protos.boolean
    return this.#lookUp(thing, this.key(key), of, at)
  }

  #ofText(text: Text, key: Value, at: number): Value {
    if (key === 'length') return text.length
    const index = indexOf(key)
    if (index === undefined) return this.#lookUp(this.protos.text, this.key(key), text, at)
    return index < text.length ? String.fromCharCode(codeAt(text, index)) : undefined
  }

  #lookUp(thing: Thing, key: string, self: Value, at: number): Value {
    let home: Thing | null = thing
    for (let up = 0; home && up < 32; up++, home = home.proto) {
      if (home.members.has(key)) {
        const found = home.members.get(key)
        if (found instanceof Accessor) return found.get ? this.call(found.get, self, [], at) : undefined
        return found
      }
      if (home === thing && home instanceof Callable) {
        const made = this.#ofFunction(home, key)
        if (made !== undefined) return made
      }
      if (home instanceof Pattern && key === 'lastIndex') return home.lastIndex
      if (home instanceof Hosted && !this.protos.object.members.has(key)) return this.host.member(this, home, key)
    }
    return undefined
  }

  #ofFunction(callable: Callable, key: string): Value {
    if (key === 'length') return callable.code?.code.parameters.length ?? 1
    if (key === 'name') return callable.name
    if (key !== 'prototype' || callable.native) return undefined
    const proto = this.object()
    proto.members.set('constructor', callable)
    callable.members.set('prototype', proto)
    return proto
  }

  set(of: Value, key: Value, value: Value, at: number): void {
    this.step()
    if (of === undefined || of === null) throw this.error('TypeError', 'no members here')
    if (!(of instanceof Thing)) return
    if (of instanceof List && this.#setItem(of, key, value)) return
    const name = this.key(key)
    let home: Thing | null = of
    for (let up = 0; home && up < 32; up++, home = home.proto) {
      const found = home.members.get(name)
      if (!(found instanceof Accessor)) continue
      if (found.set) this.call(found.set, of, [value], at)
      return
    }
    if (of instanceof Pattern && name === 'lastIndex') of.lastIndex = Math.max(0, this.number(value) || 0)
    if (of instanceof Hosted) this.host.set(this, of, name, value, at)
    if (!of.members.has(name)) {
      this.spend(64 + name.length)
      if (value instanceof LongText) this.host.kept(value)
    }
    of.members.set(name, value)
  }

  #setItem(list: List, key: Value, value: Value): boolean {
    if (key === 'length') {
      list.length = Math.max(0, Math.min(2 ** 32 - 1, Math.floor(this.number(value)) || 0))
      if (list.items.length > list.length) list.items.length = list.length
      return true
    }
    const index = indexOf(key)
    if (index === undefined) return false
    list.length = Math.max(list.length, index + 1)
    if (index > list.items.length || index >= DENSE) return false
    if (index === list.items.length) this.spend(8)
    if (value instanceof LongText && list.items[index] === undefined) this.host.kept(value)
    list.items[index] = value
    return true
  }

  /** The name of a member. */
  key(key: Value): string {
    if (typeof key === 'string' && key.length <= 256) return key
    return head(this.text(key), 4096)
  }

  text(value: Value): Text {
    if (typeof value === 'string' || value instanceof LongText) return value
    if (!(value instanceof Thing)) return String(value)
    const primitive = this.primitive(value, ['toString', 'valueOf'])
    return primitive instanceof Thing ? '[object Object]' : this.text(primitive)
  }

  number(value: Value): number {
    if (typeof value === 'number') return value
    if (typeof value === 'string') return value.length > 400 ? Number.NaN : Number(value)
    if (value === undefined || value instanceof LongText) return Number.NaN
    if (!(value instanceof Thing)) return Number(value)
    const primitive = this.primitive(value, ['valueOf', 'toString'])
    return primitive instanceof Thing ? Number.NaN : this.number(primitive)
  }

  truthy(value: Value): boolean {
    return value instanceof LongText || value instanceof Thing || Boolean(value)
  }

  /** An object as a plain value, by the first of its two functions that gives one. */
  primitive(value: Value, ways: readonly [string, string] = ['valueOf', 'toString']): Value {
    if (!(value instanceof Thing) || value instanceof Hosted) return value instanceof Hosted ? `[object ${value.path}]` : value
    return this.deeper(() => {
      for (const way of ways) {
        const found = this.get(value, way, 0)
        const result = found instanceof Callable ? this.call(found, value, [], 0) : value
        if (!(result instanceof Thing)) return result
      }
      return '[object Object]'
    })
  }

  /** A part of a text that costs by the length of what is built. */
  cut(text: Text, from: number, to: number): Text {
    this.spend(16 + Math.min(8192, Math.max(0, to - from)))
    return part(text, from, to)
  }
}

/** The index that a key is, or nothing. */
export function indexOf(key: Value): number | undefined {
  if (typeof key === 'number') return key >= 0 && key < 2 ** 32 && Number.isInteger(key) ? key : undefined
  if (typeof key !== 'string' || key.length === 0 || key.length > 10) return undefined
  const c = key.charCodeAt(0)
  if (c < 48 || c > 57) return undefined
  const number = Number(key)
  return String(number) === key ? indexOf(number) : undefined
}
