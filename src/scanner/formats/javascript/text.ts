/**
 * Texts of a script. What a script builds by doubling, to fill a heap, is never built here: beyond a few thousand characters a text is a
 * balanced tree of pieces that may share parts, so that its length is known and any part of it can be read.
 */
export type Text = string | LongText

/** Up to this many characters a text is kept whole. */
const SHORT = 8192

/** A text as two texts, one behind the other. Immutable; its height is logarithmic in its number of pieces. */
export class LongText {
  readonly left: Text
  readonly right: Text
  readonly length: number
  readonly height: number

  constructor(left: Text, right: Text) {
    this.left = left
    this.right = right
    this.length = left.length + right.length
    this.height = 1 + Math.max(heightOf(left), heightOf(right))
  }
}

function heightOf(text: Text): number {
  return typeof text === 'string' ? 0 : text.height
}

/** One text behind another. */
export function joined(left: Text, right: Text): Text {
  if (left.length === 0) return right
  if (right.length === 0) return left
  if (typeof left === 'string' && typeof right === 'string' && left.length + right.length <= SHORT) return left + right
  const difference = heightOf(left) - heightOf(right)
  if (difference > 1 && typeof left !== 'string') return balanced(left.left, joined(left.right, right))
  if (difference < -1 && typeof right !== 'string') return balanced(joined(left, right.left), right.right)
  return new LongText(left, right)
}

function balanced(left: Text, right: Text): LongText {
  const difference = heightOf(left) - heightOf(right)
  if (difference > 1 && typeof left !== 'string') {
    if (heightOf(left.left) >= heightOf(left.right) || typeof left.right === 'string') return new LongText(left.left, new LongText(left.right, right))
    return new LongText(new LongText(left.left, left.right.left), new LongText(left.right.right, right))
  }
  if (difference < -1 && typeof right !== 'string') {
    if (heightOf(right.right) >= heightOf(right.left) || typeof right.left === 'string') return new LongText(new LongText(left, right.left), right.right)
    return new LongText(new LongText(left, right.left.left), new LongText(right.left.right, right.right))
  }
  return new LongText(left, right)
}

/** A text `count` times, in as many steps as `count` has binary digits. */
export function repeated(unit: Text, count: number): Text {
  let result: Text = ''
  for (let left = Math.floor(count), power = unit; left > 0 && unit.length > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result = joined(result, power)
    power = joined(power, power)
  }
  return result
}

/** The characters from `from` up to `to`, both inside the text. */
export function part(text: Text, from: number, to: number): Text {
  if (from >= to) return ''
  if (from <= 0 && to >= text.length) return text
  if (typeof text === 'string') return text.slice(from, to)
  if (to - from <= SHORT) return head(text, to, from)
  const middle = text.left.length
  if (to <= middle) return part(text.left, from, to)
  if (from >= middle) return part(text.right, from - middle, to - middle)
  return joined(part(text.left, from, middle), part(text.right, 0, to - middle))
}

/** The character code at a place, NaN outside the text. */
export function codeAt(text: Text, at: number): number {
  let rest = text
  let place = at
  while (typeof rest !== 'string') {
    const inLeft = place < rest.left.length
    if (!inLeft) place -= rest.left.length
    rest = inLeft ? rest.left : rest.right
  }
  return rest.charCodeAt(place)
}

/** The text built, from `from` up to `to` characters: the caller answers for the length. */
export function head(text: Text, to: number, from = 0): string {
  if (typeof text === 'string') return text.slice(from, to)
  const pieces: string[] = []
  const collect = (piece: Text, first: number, last: number): void => {
    if (first >= last) return
    if (typeof piece === 'string') pieces.push(piece.slice(first, last))
    else {
      const middle = piece.left.length
      collect(piece.left, first, Math.min(last, middle))
      collect(piece.right, Math.max(0, first - middle), last - middle)
    }
  }
  collect(text, from, Math.min(to, text.length))
  return pieces.join('')
}

const LOOKED_AT = 512
const LONGEST_PERIOD = 64

/** The few characters that the middle of a text repeats over and over, or nothing where it does not. */
export function repeatedUnit(text: Text): string | undefined {
  const from = Math.max(0, Math.floor((text.length - LOOKED_AT) / 2))
  const sample = head(text, from + LOOKED_AT, from)
  for (let period = 1; period <= LONGEST_PERIOD && period * 4 <= sample.length; period++)
    if (sample.startsWith(sample.slice(period))) return sample.slice(0, period)
  return undefined
}
