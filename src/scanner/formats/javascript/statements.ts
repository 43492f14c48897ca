import { assignTo, evaluate } from './expressions.ts'
import type { Machine } from './machine.ts'
import { Callable, List, Thing, Thrown, type Scope, type Value } from './objects.ts'
import { head, LongText } from './text.ts'
import type { FunctionCode, Statement } from './tree.ts'

/** How a statement ended, when it did more than end. */
export interface Done {
  readonly how: 'return' | 'break' | 'continue' | 'value'
  readonly value: Value
  readonly label: string
}

type Of<T extends Statement['type']> = Extract<Statement, { type: T }>

/** Items and names that a loop over an object goes through. */
const MOST_KEYS = 100_000

/** Makes the functions that a body defines, before it runs (ECMA-262, 5th edition, 10.5). */
export function define(machine: Machine, body: readonly Statement[], scope: Scope): void {
  machine.step(body.length >> 3)
  for (const statement of body) if (statement.type === 'define') declare(machine, scope, statement.code.name, closure(machine, statement.code, scope))
}

export function closure(machine: Machine, code: FunctionCode, scope: Scope): Callable {
  machine.spend(128)
  return new Callable(machine.protos.function, code.name, undefined, { code, scope, origin: machine.origin })
}

/** Sets a name in the nearest scope that holds names of its own. */
function declare(machine: Machine, scope: Scope, name: string, value: Value): void {
  let home = scope
  while (home.thing && home.outer) home = home.outer
  if (home.thing) machine.set(home.thing, name, value, 0)
  else home.names.set(name, value)
}

/** Runs one statement. Throws Thrown and Stopped. */
export function execute(machine: Machine, statement: Statement, scope: Scope): Done | undefined {
  machine.step()
  switch (statement.type) {
    case 'do':
      return { how: 'value', value: evaluate(machine, statement.value, scope), label: '' }
    case 'declare':
      for (const { name, value } of statement.items) if (value) declare(machine, scope, name, evaluate(machine, value, scope))
      return undefined
    case 'if':
      return ifStatement(machine, statement, scope)
    case 'block':
      define(machine, statement.body, scope)
      return block(machine, statement.body, scope)
    case 'for':
    case 'while':
    case 'each':
    case 'switch':
    case 'label':
    case 'with':
    case 'try':
      return nested(machine, statement, scope)
    case 'return':
      return { how: 'return', value: statement.value && evaluate(machine, statement.value, scope), label: '' }
    case 'throw':
      throw new Thrown(evaluate(machine, statement.value, scope))
    case 'jump':
      return { how: statement.how, value: undefined, label: statement.label }
    case 'define':
    case 'empty':
      break
  }
  return undefined
}

function nested(machine: Machine, statement: Of<'for' | 'while' | 'each' | 'switch' | 'label' | 'with' | 'try'>, scope: Scope, label = ''): Done | undefined {
  machine.enter()
  try {
    switch (statement.type) {
      case 'for':
        return forLoop(machine, statement, scope, label)
      case 'while':
        return whileLoop(machine, statement, scope, label)
      case 'each':
        return eachLoop(machine, statement, scope, label)
      case 'switch':
        return switchStatement(machine, statement, scope)
      case 'label':
        return labelled(machine, statement, scope)
      case 'with': {
        const thing = evaluate(machine, statement.value, scope)
        const inner: Scope = { names: new Map(), outer: scope, thing: thing instanceof Thing ? thing : machine.object(), self: scope.self }
        return execute(machine, statement.body, inner)
      }
      case 'try':
        return tryStatement(machine, statement, scope)
      default:
        return undefined
    }
  } finally {
    machine.leave()
  }
}

function block(machine: Machine, body: readonly Statement[], scope: Scope): Done | undefined {
  let last: Done | undefined
  machine.enter()
  try {
    for (const statement of body) {
      const done = execute(machine, statement, scope)
      if (done && done.how !== 'value') return done
      if (done) last = done
    }
  } finally {
    machine.leave()
  }
  return last
}

function ifStatement(machine: Machine, { test, yes, no }: Of<'if'>, scope: Scope): Done | undefined {
  const branch = machine.truthy(evaluate(machine, test, scope)) ? yes : no
  return branch && machine.deeper(() => execute(machine, branch, scope))
}

/** Whether a loop ends after its body, and with what. */
function leaves(done: Done | undefined, label: string): { readonly with: Done | undefined } | undefined {
  if (!done || done.how === 'value') return undefined
  if (done.how === 'return') return { with: done }
  const own = done.label === '' || done.label === label
  if (done.how === 'continue') return own ? undefined : { with: done }
  return { with: own ? undefined : done }
}

function forLoop(machine: Machine, { first, test, step, body }: Of<'for'>, scope: Scope, label: string): Done | undefined {
  if (first) execute(machine, first, scope)
  while (!test || machine.truthy(evaluate(machine, test, scope))) {
    const left = leaves(execute(machine, body, scope), label)
    if (left) return left.with
    if (step) evaluate(machine, step, scope)
  }
  return undefined
}

function whileLoop(machine: Machine, { test, body, bodyFirst }: Of<'while'>, scope: Scope, label: string): Done | undefined {
  for (let first = bodyFirst; first || machine.truthy(evaluate(machine, test, scope)); first = false) {
    const left = leaves(execute(machine, body, scope), label)
    if (left) return left.with
  }
  return undefined
}

function eachLoop(machine: Machine, { target, of, value, body }: Of<'each'>, scope: Scope, label: string): Done | undefined {
  const over = evaluate(machine, value, scope)
  for (const item of of ? itemsOf(machine, over) : keysOf(machine, over)) {
    assignTo(machine, target, item, scope)
    const left = leaves(execute(machine, body, scope), label)
    if (left) return left.with
  }
  return undefined
}

/** The items of an array or the characters of a text. */
export function itemsOf(machine: Machine, value: Value): readonly Value[] {
  if (value instanceof List) return value.items.slice(0, MOST_KEYS)
  if (typeof value === 'string' || value instanceof LongText) return machine.built(value.length > MOST_KEYS ? head(value, MOST_KEYS) : value).split('')
  return []
}

export function keysOf(machine: Machine, value: Value): string[] {
  if (!(value instanceof Thing)) return []
  const indexes = value instanceof List ? Array.from({ length: Math.min(value.items.length, MOST_KEYS) }, (_, i) => String(i)) : []
  const keys = [...indexes, ...[...value.members.keys()].slice(0, MOST_KEYS)]
  machine.step(keys.length * 2)
  machine.spend(keys.length * 16)
  return keys
}

function switchStatement(machine: Machine, { value, cases }: Of<'switch'>, scope: Scope): Done | undefined {
  const wanted = evaluate(machine, value, scope)
  let from = cases.findIndex(({ test }) => test && same(machine, evaluate(machine, test, scope), wanted))
  if (from === -1) {
    machine.step(cases.length >> 3)
    from = cases.findIndex(({ test }) => !test)
  }
  if (from === -1) return undefined
  for (let i = from; i < cases.length; i++) {
    const done = block(machine, cases[i]!.body, scope)
    if (done && done.how !== 'value') return done.how === 'break' && done.label === '' ? undefined : done
  }
  return undefined
}

/** Equality without conversion. Of texts too long to build, the length and the first characters decide. */
export function same(machine: Machine, left: Value, right: Value): boolean {
  if (typeof left === 'string' && typeof right === 'string' && left.length === right.length) machine.step(left.length >> 9)
  if (!(left instanceof LongText) && !(right instanceof LongText)) return left === right
  const texts = (typeof left === 'string' || left instanceof LongText) && (typeof right === 'string' || right instanceof LongText)
  if (!texts || left.length !== right.length) return false
  machine.step(2048)
  return left === right || head(left, 65_536) === head(right, 65_536)
}

function labelled(machine: Machine, { label, body }: Of<'label'>, scope: Scope): Done | undefined {
  const loop = body.type === 'for' || body.type === 'while' || body.type === 'each'
  const done = loop ? nested(machine, body, scope, label) : execute(machine, body, scope)
  return done?.how === 'break' && done.label === label ? undefined : done
}

function tryStatement(machine: Machine, { body, name, caught, last }: Of<'try'>, scope: Scope): Done | undefined {
  let done: Done | undefined
  try {
    done = block(machine, body, scope)
  } catch (error) {
    if (!(error instanceof Thrown) || !caught) throw error
    const inner: Scope = { names: new Map(), outer: scope, thing: machine.object(), self: scope.self }
    if (name !== '') inner.thing!.members.set(name, error.value)
    done = block(machine, caught, inner)
  } finally {
    // What `finally` does is followed; that it may replace how the statement ends is not.
    if (last) block(machine, last, scope)
  }
  return done
}
