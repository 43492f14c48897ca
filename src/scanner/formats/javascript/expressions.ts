import { Accessor, Callable, Hosted, List, Pattern, Thing, type Scope, type Value } from './objects.ts'
import type { Machine } from './machine.ts'
import { closure, itemsOf, same } from './statements.ts'
import { head, LongText } from './text.ts'
import type { Expression } from './tree.ts'

type Of<T extends Expression['type']> = Extract<Expression, { type: T }>
type Evaluators = { readonly [T in Expression['type']]: (machine: Machine, node: Of<T>, scope: Scope) => Value }

/** The value of an expression. Throws Thrown and Stopped. */
export function evaluate(machine: Machine, node: Expression, scope: Scope): Value {
  machine.step()
  machine.enter()
  try {
    return (EVALUATORS[node.type] as (machine: Machine, node: Expression, scope: Scope) => Value)(machine, node, scope)
  } finally {
    machine.leave()
  }
}

const EVALUATORS: Evaluators = {
  number: (_, { value }) => value,
  string: (_, { value }) => value,
  constant: (_, { value }) => value,
  name: (machine, { name, at }, scope) => valueOfName(machine, name, scope, at, true),
  this: (_, _node, { self }) => self,
  template: (machine, { texts, values }, scope) => {
    let text = machine.text(texts[0])
    for (const [i, value] of values.entries()) text = machine.join(machine.join(text, machine.text(evaluate(machine, value, scope))), texts[i + 1] ?? '')
    return text
  },
  pattern: (machine, { source, flags }) => {
    machine.spend(64)
    return new Pattern(machine.protos.pattern, source, flags)
  },
  array: (machine, { items }, scope) => machine.list(valuesOf(machine, items, scope)),
  object: objectLiteral,
  function: (machine, { code }, scope) => closure(machine, code, scope),
  unary,
  update: (machine, { by, before, target }, scope) => {
    const old = machine.number(evaluate(machine, target, scope))
    assignTo(machine, target, old + by, scope)
    return before ? old + by : old
  },
  chain: (machine, { first, rest }, scope) => {
    let left = evaluate(machine, first, scope)
    for (const { operator, value } of rest) {
      machine.step()
      if (operator === '&&') left = machine.truthy(left) ? evaluate(machine, value, scope) : left
      else if (operator === '||') left = machine.truthy(left) ? left : evaluate(machine, value, scope)
      else if (operator === '??') left = left === undefined || left === null ? evaluate(machine, value, scope) : left
      else left = binary(machine, operator, left, evaluate(machine, value, scope))
    }
    return left
  },
  assign,
  choice: (machine, { test, yes, no }, scope) => evaluate(machine, machine.truthy(evaluate(machine, test, scope)) ? yes : no, scope),
  call,
  new: (machine, { callee, values, at }, scope) => machine.construct(evaluate(machine, callee, scope), valuesOf(machine, values, scope), at),
  member: (machine, { object, key, at }, scope) => machine.get(evaluate(machine, object, scope), evaluate(machine, key, scope), at),
  sequence: (machine, { items }, scope) => {
    let last: Value
    for (const item of items) last = evaluate(machine, item, scope)
    return last
  },
  spread: (machine, { value }, scope) => evaluate(machine, value, scope),
}

function valuesOf(machine: Machine, nodes: readonly (Expression | undefined)[], scope: Scope): Value[] {
  const values: Value[] = []
  for (const node of nodes) {
    const value = node && evaluate(machine, node, scope)
    if (node?.type !== 'spread') values.push(value)
    else {
      const items = itemsOf(machine, value)
      machine.step(items.length)
      machine.spend(items.length * 8)
      for (const item of items) values.push(item)
    }
  }
  return values
}

function valueOfName(machine: Machine, name: string, scope: Scope, at: number, needed: boolean): Value {
  let around = 0
  for (let home: Scope | undefined = scope; home; home = home.outer) {
    if (++around % 8 === 0) machine.step()
    if (!home.thing) {
      if (home.names.has(name)) return home.names.get(name)
    } else if (home.thing.members.has(name)) return machine.get(home.thing, name, at)
    else if (home.thing instanceof Hosted) {
      const value = machine.host.member(machine, home.thing, name)
      if (value !== undefined) return value
    }
  }
  if (needed && name !== 'undefined') throw machine.error('ReferenceError', `${name.slice(0, 100)} is not defined`)
  return undefined
}

function objectLiteral(machine: Machine, { members, at }: Of<'object'>, scope: Scope): Value {
  const object = machine.object()
  for (const { kind, key, value } of members) {
    const name = machine.key(evaluate(machine, key, scope))
    const made = evaluate(machine, value, scope)
    if (kind === 'value') machine.set(object, name, made, at)
    else {
      const found = object.members.get(name)
      const accessor = found instanceof Accessor ? found : new Accessor()
      if (made instanceof Thing) accessor[kind] = made
      object.members.set(name, accessor)
    }
  }
  return object
}

function unary(machine: Machine, { operator, value, at }: Of<'unary'>, scope: Scope): Value {
  if (operator === 'typeof') return typeOf(value.type === 'name' ? valueOfName(machine, value.name, scope, at, false) : evaluate(machine, value, scope))
  if (operator === 'delete') {
    if (value.type !== 'member') return true
    const from = evaluate(machine, value.object, scope)
    const key = machine.key(evaluate(machine, value.key, scope))
    if (from instanceof Thing) from.members.delete(key)
    if (from instanceof List && Number(key) < from.items.length) from.items[Number(key)] = undefined
    return true
  }
  const given = evaluate(machine, value, scope)
  if (operator === '!') return !machine.truthy(given)
  if (operator === 'void') return undefined
  const number = machine.number(given)
  return operator === '-' ? -number : operator === '~' ? ~number : number
}

function typeOf(value: Value): string {
  if (value instanceof LongText) return 'string'
  if (value instanceof Callable) return 'function'
  return value instanceof Thing ? 'object' : value === null ? 'object' : typeof value
}

function assign(machine: Machine, { operator, target, value }: Of<'assign'>, scope: Scope): Value {
  if (operator === '=') {
    const made = evaluate(machine, value, scope)
    assignTo(machine, target, made, scope)
    return made
  }
  const old = evaluate(machine, target, scope)
  const by = operator.slice(0, -1)
  if ((by === '&&' && !machine.truthy(old)) || (by === '||' && machine.truthy(old)) || (by === '??' && old !== undefined && old !== null)) return old
  const given = evaluate(machine, value, scope)
  const made = by === '&&' || by === '||' || by === '??' ? given : binary(machine, by, old, given)
  assignTo(machine, target, made, scope)
  return made
}

/** Sets a name, or a member; the parser lets nothing else through but what follows two signs, where nothing happens. */
export function assignTo(machine: Machine, target: Expression, value: Value, scope: Scope): void {
  if (target.type === 'member') machine.set(evaluate(machine, target.object, scope), evaluate(machine, target.key, scope), value, target.at)
  if (target.type !== 'name') return
  let home: Scope | undefined = scope
  for (let around = 1; home?.outer && !(home.thing ? home.thing.members.has(target.name) : home.names.has(target.name)); around++) {
    if (around % 8 === 0) machine.step()
    home = home.outer
  }
  if (home?.thing) machine.set(home.thing, target.name, value, target.at)
  else home?.names.set(target.name, value)
}

function call(machine: Machine, { callee, values, at }: Of<'call'>, scope: Scope): Value {
  let self: Value
  let called: Value
  if (callee.type === 'member') {
    self = evaluate(machine, callee.object, scope)
    called = machine.get(self, evaluate(machine, callee.key, scope), callee.at)
  } else {
    called = evaluate(machine, callee, scope)
    // A bare eval runs in the scope that it stands in (ECMA-262, 5th edition, 15.1.2.1.1).
    if (callee.type === 'name' && callee.name === 'eval' && called instanceof Callable && called.name === 'eval') {
      const [source] = valuesOf(machine, values, scope)
      if (typeof source !== 'string' && !(source instanceof LongText)) return source
      machine.host.fed(source)
      return machine.run(source, scope, at)
    }
  }
  return machine.call(called, self, valuesOf(machine, values, scope), at)
}

/** An operator with two sides. */
export function binary(machine: Machine, operator: string, left: Value, right: Value): Value {
  switch (operator) {
    case '+':
      return plus(machine, left, right)
    case '===':
      return same(machine, left, right)
    case '!==':
      return !same(machine, left, right)
    case '==':
      return equal(machine, left, right)
    case '!=':
      return !equal(machine, left, right)
    case '<':
    case '>':
    case '<=':
    case '>=':
      return compare(machine, operator, left, right)
    case 'instanceof':
      return instanceOf(machine, left, right)
    case 'in':
      return right instanceof List && Number(machine.key(left)) < right.items.length
        ? true
        : right instanceof Thing && machine.get(right, left, 0) !== undefined
    default:
      return calculate(operator, machine.number(left), machine.number(right))
  }
}

function plus(machine: Machine, left: Value, right: Value): Value {
  if (typeof left === 'number' && typeof right === 'number') return left + right
  const [a, b] = [machine.primitive(left), machine.primitive(right)]
  if (typeof a === 'string' || typeof b === 'string' || a instanceof LongText || b instanceof LongText) return machine.join(machine.text(a), machine.text(b))
  return machine.number(a) + machine.number(b)
}

function equal(machine: Machine, left: Value, right: Value): boolean {
  if (left === undefined || left === null || right === undefined || right === null) return (left ?? null) === (right ?? null)
  const texts = (typeof left === 'string' || left instanceof LongText) && (typeof right === 'string' || right instanceof LongText)
  if (texts || typeof left === typeof right) return same(machine, left, right)
  const [a, b] = [machine.primitive(left), machine.primitive(right)]
  if (typeof a === 'string' && typeof b === 'string') return same(machine, a, b)
  return machine.number(a) === machine.number(b)
}

function compare(machine: Machine, operator: string, left: Value, right: Value): boolean {
  const [a, b] = [machine.primitive(left), machine.primitive(right)]
  const texts = (typeof a === 'string' || a instanceof LongText) && (typeof b === 'string' || b instanceof LongText)
  if (texts) machine.step(Math.min(a.length, b.length, 65_536) >> 9)
  const [x, y] = texts ? [head(a, 65_536), head(b, 65_536)] : [machine.number(a), machine.number(b)]
  if (operator === '<') return x < y
  if (operator === '>') return x > y
  return operator === '<=' ? x <= y : x >= y
}

function instanceOf(machine: Machine, left: Value, right: Value): boolean {
  if (!(left instanceof Thing) || !(right instanceof Callable)) return false
  const proto = machine.get(right, 'prototype', 0)
  let home = left.proto
  for (let up = 0; home && up < 32; up++, home = home.proto) if (home === proto) return true
  return false
}

function calculate(operator: string, left: number, right: number): number {
  switch (operator) {
    case '-':
      return left - right
    case '*':
      return left * right
    case '/':
      return left / right
    case '%':
      return left % right
    case '**':
      return left ** right
    case '&':
      return left & right
    case '|':
      return left | right
    case '^':
      return left ^ right
    case '<<':
      return left << right
    case '>>':
      return left >> right
    default:
      return left >>> right
  }
}
