import { ARRAY_FUNCTIONS, OBJECT_FUNCTIONS } from './library-array.ts'
import { PATTERN_FUNCTIONS, TEXT_FUNCTIONS } from './library-text.ts'
import type { Machine } from './machine.ts'
import { Accessor, Callable, List, Pattern, Thing, native, type Native, type Value } from './objects.ts'
import { parseScript } from './parser.ts'
import { keysOf } from './statements.ts'
import { head, LongText } from './text.ts'

/** The one instant of every clock that a script reads: the same bytes give the same answer. 2010-01-01T00:00:00Z. */
const NOW = 1_262_304_000_000
const LONGEST_LIST = 2 ** 32 - 1

/** Arrays of numbers, and the bytes of one. */
const TYPED = { ArrayBuffer: 1, Uint8Array: 1, Int8Array: 1, Uint16Array: 2, Int16Array: 2, Uint32Array: 4, Int32Array: 4, Float32Array: 4, Float64Array: 8 }

/** Gives a machine the functions of the language. */
export function equipMachine(machine: Machine): void {
  const { protos, global } = machine
  machine.equip(protos.object, OBJECT_FUNCTIONS)
  machine.equip(protos.text, TEXT_FUNCTIONS)
  machine.equip(protos.array, ARRAY_FUNCTIONS)
  machine.equip(protos.pattern, PATTERN_FUNCTIONS)
  machine.equip(protos.function, FUNCTION_FUNCTIONS)
  machine.equip(protos.number, NUMBER_FUNCTIONS)
  machine.equip(protos.boolean, { toString: native((m, self) => String(m.truthy(self))), valueOf: native((_, self) => self) })
  machine.equip(protos.date, DATE_FUNCTIONS)
  machine.equip(protos.error, { toString: native((m, self) => m.join(m.text(m.get(self, 'name', 0)), m.join(': ', m.text(m.get(self, 'message', 0))))) })
  machine.equip(global, GLOBALS)
  global.members.set('NaN', Number.NaN).set('Infinity', Number.POSITIVE_INFINITY)
  constructors(machine)
  const math = machine.object()
  machine.equip(math, mathFunctions())
  for (const name of ['PI', 'E', 'LN2', 'LN10', 'SQRT2'] as const) math.members.set(name, Math[name])
  global.members.set('Math', math)
}

const GLOBALS: Readonly<Record<string, Native>> = {
  unescape: (machine, _, [value]) => {
    const text = machine.built(machine.text(value))
    machine.spend(text.length)
    return text.replace(/%(?:u([0-9a-f]{4})|([0-9a-f]{2}))/gi, (_all, wide: string | undefined, narrow: string) =>
      String.fromCharCode(Number.parseInt(wide ?? narrow, 16)),
    )
  },
  escape: (machine, _, [value]) =>
    expanded(machine, value, /[^\w@*+\-./]/g, (c) => {
      const code = c.charCodeAt(0)
      return code < 256 ? `%${hex(code, 2)}` : `%u${hex(code, 4)}`
    }),
  encodeURIComponent: (machine, _, [value]) => expanded(machine, value, /[^\w\-.!~*'()]/gu, percent),
  encodeURI: (machine, _, [value]) => expanded(machine, value, /[^\w\-.!~*'();/?:@&=+$,#]/gu, percent),
  decodeURIComponent: (machine, _, [value]) => decoded(machine, value),
  decodeURI: (machine, _, [value]) => decoded(machine, value),
  parseInt: (machine, _, [value, radix]) => Number.parseInt(head(machine.text(value), 1000), machine.number(radix) || undefined),
  parseFloat: (machine, _, [value]) => Number.parseFloat(head(machine.text(value), 1000)),
  isNaN: (machine, _, [value]) => Number.isNaN(machine.number(value)),
  isFinite: (machine, _, [value]) => Number.isFinite(machine.number(value)),
  /** Called by another name than its own, it runs in the global scope. */
  eval: (machine, _, [source], at) => {
    if (typeof source !== 'string' && !(source instanceof LongText)) return source
    machine.host.fed(source)
    return machine.run(source, machine.scope, at)
  },
}

function hex(code: number, digits: number): string {
  return code.toString(16).toUpperCase().padStart(digits, '0')
}

function percent(c: string): string {
  return [...Buffer.from(c, 'utf8')].map((byte) => `%${hex(byte, 2)}`).join('')
}

function expanded(machine: Machine, value: Value, which: RegExp, how: (c: string) => string): string {
  const text = machine.built(machine.text(value))
  machine.spend(text.length * 6)
  machine.step(text.length >> 2)
  return text.replace(which, how)
}

function decoded(machine: Machine, value: Value): string {
  const text = machine.built(machine.text(value))
  machine.spend(text.length)
  try {
    return decodeURIComponent(text)
  } catch {
    throw machine.error('URIError', 'malformed')
  }
}

const FUNCTION_FUNCTIONS: Readonly<Record<string, Native>> = {
  call: (machine, self, [on, ...values], at) => machine.call(self, on, values, at),
  apply: (machine, self, [on, values], at) => machine.call(self, on, values instanceof List ? values.items.slice(0, 10_000) : [], at),
  bind: (machine, self, [on, ...first]) => machine.native('bound', (m, _, values, at) => m.call(self, on, [...first, ...values], at)),
  toString: native((machine, self) => {
    if (!(self instanceof Callable)) return ''
    const source = self.code?.code.source ?? `function ${self.name}() {\n    [native code]\n}`
    machine.spend(64)
    return source
  }),
}

const NUMBER_FUNCTIONS: Readonly<Record<string, Native>> = {
  toString: native((machine, self, [radix]) => {
    const base = radix === undefined ? 10 : machine.number(radix)
    if (!(base >= 2 && base <= 36)) throw machine.error('RangeError', 'radix')
    return machine.number(self instanceof Thing ? 0 : self).toString(base)
  }),
  valueOf: native((_, self) => self),
  toFixed: (machine, self, [digits]) => machine.number(self instanceof Thing ? 0 : self).toFixed(Math.min(100, Math.max(0, machine.number(digits) || 0))),
}

const DATE_FUNCTIONS: Readonly<Record<string, Native>> = {
  ...Object.fromEntries(['getTime', 'valueOf'].map((name): [string, Native] => [name, () => NOW])),
  ...Object.fromEntries(['FullYear', 'Year'].map((name): [string, Native] => [`get${name}`, () => (name === 'Year' ? 110 : 2010)])),
  ...Object.fromEntries(['Month', 'Hours', 'Minutes', 'Seconds', 'Milliseconds', 'TimezoneOffset'].map((name): [string, Native] => [`get${name}`, () => 0])),
  getDate: () => 1,
  getDay: () => 5,
  toString: native(() => 'Fri Jan 01 2010 00:00:00 GMT+0000'),
  toISOString: () => '2010-01-01T00:00:00.000Z',
}

/** Math without chance: `random` is a sequence that is the same in each run. */
function mathFunctions(): Record<string, Native> {
  const names = ['abs', 'ceil', 'floor', 'round', 'sqrt', 'sin', 'cos', 'tan', 'atan', 'exp', 'log', 'pow', 'trunc', 'atan2'] as const
  const made = Object.fromEntries(names.map((name): [string, Native] => [name, (m, _, [a, b]) => Math[name](m.number(a), m.number(b))]))
  let state = 1
  return {
    ...made,
    max: (m, _, values) => values.reduce<number>((most, value) => Math.max(most, m.number(value)), Number.NEGATIVE_INFINITY),
    min: (m, _, values) => values.reduce<number>((least, value) => Math.min(least, m.number(value)), Number.POSITIVE_INFINITY),
    random: () => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647,
  }
}

function constructors(machine: Machine): void {
  const { protos } = machine
  const text = constructor(machine, 'String', protos.text, (m, _, values) => (values.length === 0 ? '' : m.text(values[0])))
  machine.equip(text, {
    fromCharCode: (m, _, values) => {
      m.step(values.length)
      m.spend(values.length + 16)
      return values.map((value) => String.fromCharCode(m.number(value))).join('')
    },
  })
  constructor(machine, 'Number', protos.number, (m, _, values) => (values.length === 0 ? 0 : m.number(values[0])))
  constructor(machine, 'Boolean', protos.boolean, (m, _, [value]) => m.truthy(value))
  constructor(machine, 'Date', protos.date, (m) => (m.spend(64), new Thing(m.protos.date)))
  constructor(machine, 'RegExp', protos.pattern, (m, _, [source, flags]) =>
    source instanceof Pattern ? source : new Pattern(m.protos.pattern, m.built(m.text(source ?? '')), m.key(flags ?? '')),
  )
  for (const name of ['Error', 'TypeError', 'RangeError', 'ReferenceError', 'SyntaxError', 'EvalError', 'URIError'])
    constructor(machine, name, protos.error, (m, _, [message]) => m.error(name, message === undefined ? '' : m.key(message)).value)
  arrayConstructor(machine)
  objectConstructor(machine)
  constructor(machine, 'Function', protos.function, (m, _, values, at) => {
    const last = values.length === 0 ? '' : m.text(values.at(-1))
    const names = values.slice(0, -1).map((value) => m.key(value))
    m.host.fed(last)
    const source = `(function (${names.join(',')}) {${m.built(last)}\n})`
    // A body that breaks off is followed as far as it could be read, as a script is.
    const [statement] = parseScript(source, () => m.step()).body
    return statement?.type === 'do' && statement.value.type === 'function'
      ? m.run(source, m.scope, at)
      : m.native('anonymous', (inner) => inner.run(last, inner.scope, at))
  })
  for (const [name, bytes] of Object.entries(TYPED))
    constructor(machine, name, protos.array, (m, _, [size]) => {
      const list = m.list([])
      const length = size instanceof List ? size.length / bytes : size instanceof Thing ? 0 : m.number(size)
      list.length = Math.max(0, Math.min(LONGEST_LIST, Math.floor(length) || 0))
      list.members.set('byteLength', list.length * bytes)
      m.host.block(list.length * bytes)
      return list
    })
}

function constructor(machine: Machine, name: string, proto: Thing, work: Native): Callable {
  const made = machine.native(name, work)
  made.members.set('prototype', proto)
  if (!proto.members.has('constructor')) proto.members.set('constructor', made)
  machine.global.members.set(name, made)
  return made
}

function arrayConstructor(machine: Machine): void {
  const array = constructor(machine, 'Array', machine.protos.array, (m, _, values) => {
    const [length] = values
    if (values.length !== 1 || typeof length !== 'number') return m.list([...values])
    if (!(length >= 0 && length <= LONGEST_LIST && Number.isInteger(length))) throw m.error('RangeError', 'invalid array length')
    const list = m.list([])
    list.length = length
    return list
  })
  machine.equip(array, { isArray: (_m, _, [value]) => value instanceof List })
}

function objectConstructor(machine: Machine): void {
  const object = constructor(machine, 'Object', machine.protos.object, (m, _, [value]) => (value instanceof Thing ? value : m.object()))
  machine.equip(object, {
    keys: (m, _, [value]) => m.list(keysOf(m, value)),
    create: (m, _, [proto]) => {
      const made = m.object()
      made.proto = proto instanceof Thing ? proto : null
      return made
    },
    getPrototypeOf: (_m, _, [value]) => (value instanceof Thing ? value.proto : null),
    freeze: (_m, _, [value]) => value,
    defineProperty: (m, _, [thing, key, how], at) => {
      if (!(thing instanceof Thing) || !(how instanceof Thing)) return thing
      const accessor = new Accessor()
      const [get, set] = [m.get(how, 'get', at), m.get(how, 'set', at)]
      if (get instanceof Thing) accessor.get = get
      if (set instanceof Thing) accessor.set = set
      m.spend(64)
      thing.members.set(m.key(key), accessor.get || accessor.set ? accessor : m.get(how, 'value', at))
      return thing
    },
  })
}
