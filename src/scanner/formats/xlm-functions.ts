/** What a cell or an expression of a macro holds; `undefined` where this reader cannot know. */
export type XlmValue = string | number | boolean | undefined

const LONGEST = 32_767

/** Text of a value as Excel joins it. */
export function textOf(value: XlmValue): string | undefined {
  if (typeof value === 'boolean') return value ? 'TRUE' : 'FALSE'
  return value === undefined ? undefined : String(value)
}

export function numberOf(value: XlmValue): number | undefined {
  if (typeof value === 'number') return value
  if (typeof value === 'boolean') return value ? 1 : 0
  if (value === undefined || value.trim() === '') return value === undefined ? undefined : 0
  const number = Number(value)
  return Number.isFinite(number) ? number : undefined
}

/** The result of an operator on known values; undefined where one is unknown or no number. */
export function operate(operator: string, args: readonly XlmValue[]): XlmValue {
  const [left, right] = args
  if (operator === '()') return left
  if (operator === '&') {
    const [a, b] = [textOf(left), textOf(right)]
    return a === undefined || b === undefined ? undefined : (a + b).slice(0, LONGEST)
  }
  if (['=', '<>', '<', '>', '<=', '>='].includes(operator)) return compare(operator, left, right)
  const a = numberOf(left)
  if (args.length === 1) return a === undefined ? undefined : operator === '-' ? -a : operator === '%' ? a / 100 : a
  const b = numberOf(right)
  if (a === undefined || b === undefined) return undefined
  const result = { '+': a + b, '-': a - b, '*': a * b, '/': a / b, '^': a ** b }[operator]
  return result !== undefined && Number.isFinite(result) ? result : undefined
}

function compare(operator: string, left: XlmValue, right: XlmValue): XlmValue {
  if (left === undefined || right === undefined) return undefined
  const [a, b] = typeof left === 'number' && typeof right === 'number' ? [left, right] : [String(left).toLowerCase(), String(right).toLowerCase()]
  if (operator === '=') return a === b
  if (operator === '<>') return a !== b
  return { '<': a < b, '>': a > b, '<=': a <= b, '>=': a >= b }[operator]
}

type Pure = (texts: readonly string[], numbers: readonly number[]) => XlmValue

const whole = (value: number | undefined, otherwise: number) => Math.trunc(value ?? otherwise)

/** Functions of known values only: texts and numbers of the arguments in order (NaN for one that is no number). */
const PURE: Record<string, Pure> = {
  CHAR: (_, [code = NaN]) => (code >= 1 && code <= 255 ? String.fromCharCode(code) : undefined),
  UNICHAR: (_, [code = NaN]) => (code >= 1 && code <= 0xffff ? String.fromCharCode(code) : undefined),
  CODE: ([text = '']) => text.charCodeAt(0),
  CONCATENATE: (texts) => texts.join('').slice(0, LONGEST),
  CONCAT: (texts) => texts.join('').slice(0, LONGEST),
  MID: ([text = ''], [, start = 1, length = 0]) => text.slice(Math.max(0, whole(start, 1) - 1), Math.max(0, whole(start, 1) - 1 + whole(length, 0))),
  LEFT: ([text = ''], [, length]) => text.slice(0, Math.max(0, whole(length, 1))),
  RIGHT: ([text = ''], [, length]) => (whole(length, 1) <= 0 ? '' : text.slice(-whole(length, 1))),
  LEN: ([text = '']) => text.length,
  REPT: ([text = ''], [, count = 0]) => (text === '' ? '' : text.length * count <= LONGEST ? text.repeat(Math.max(0, whole(count, 0))) : undefined),
  UPPER: ([text = '']) => text.toUpperCase(),
  LOWER: ([text = '']) => text.toLowerCase(),
  TRIM: ([text = '']) => text.trim(),
  CLEAN: ([text = '']) => Array.from(text, (c) => (c < ' ' ? '' : c)).join(''),
  SUBSTITUTE: ([text = '', from = '', to = '']) => substitute(text, from, to),
  REPLACE: ([text = '', , , by = ''], [, start = 1, length = 0]) => (text.slice(0, start - 1) + by + text.slice(start - 1 + length)).slice(0, LONGEST),
  EXACT: ([a, b]) => a === b,
  FIND: ([part = '', text = '']) => found(text.indexOf(part)),
  SEARCH: ([part = '', text = '']) => found(text.toLowerCase().indexOf(part.toLowerCase())),
  VALUE: (_, [value = NaN]) => finite(value),
  T: ([text = '']) => text,
  N: (_, [value = NaN]) => finite(value),
  TEXT: ([text = '']) => text,
  FIXED: ([text = '']) => text,
  INT: (_, [value = NaN]) => finite(Math.floor(value)),
  TRUNC: (_, [value = NaN]) => finite(Math.trunc(value)),
  ROUND: (_, [value = NaN, digits = 0]) => finite(Math.round(value * 10 ** digits) / 10 ** digits),
  ABS: (_, [value = NaN]) => finite(Math.abs(value)),
  SIGN: (_, [value = NaN]) => finite(Math.sign(value)),
  SQRT: (_, [value = NaN]) => finite(Math.sqrt(value)),
  MOD: (_, [a = NaN, b = NaN]) => finite(a - b * Math.floor(a / b)),
  POWER: (_, [a = NaN, b = NaN]) => finite(a ** b),
  SUM: (_, numbers) => finite(numbers.reduce((sum, value) => sum + value, 0)),
  PRODUCT: (_, numbers) => finite(numbers.reduce((sum, value) => sum * value, 1)),
  MAX: (_, numbers) => finite(Math.max(...numbers)),
  MIN: (_, numbers) => finite(Math.min(...numbers)),
  HEX2DEC: ([text = '']) => finite(/^[0-9a-f]{1,10}$/i.test(text) ? Number.parseInt(text, 16) : NaN),
  DEC2HEX: (_, [value = NaN]) => (value >= 0 ? Math.trunc(value).toString(16).toUpperCase() : undefined),
  NOT: (_, [value = NaN]) => (Number.isNaN(value) ? undefined : value === 0),
  AND: (_, numbers) => numbers.every((value) => value !== 0),
  OR: (_, numbers) => numbers.some((value) => value !== 0),
  TRUE: () => true,
  FALSE: () => false,
  PI: () => Math.PI,
}

function substitute(text: string, from: string, to: string): XlmValue {
  const pieces = from === '' ? [text] : text.split(from)
  return text.length + (pieces.length - 1) * to.length <= 2 * LONGEST ? pieces.join(to).slice(0, LONGEST) : undefined
}

function finite(value: number): XlmValue {
  return Number.isFinite(value) ? value : undefined
}

function found(index: number): XlmValue {
  return index === -1 ? undefined : index + 1
}

/** The result of a function that knows nothing but its arguments; undefined for any other, and where one is unknown. */
export function callPure(name: string, args: readonly XlmValue[]): XlmValue {
  const pure = Object.hasOwn(PURE, name) ? PURE[name] : undefined
  if (!pure || args.length > 64 || args.includes(undefined)) return undefined
  return pure(
    args.map((arg) => textOf(arg)!),
    args.map((arg) => numberOf(arg) ?? NaN),
  )
}
