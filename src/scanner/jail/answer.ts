const QUOTE = 0x22
const BACKSLASH = 0x5c
const DEEPEST = 16
/** Members and items of the largest report that a reader gives, several times over. */
const MOST_VALUES = 500_000

/**
 * The answer of a jailed process as JSON. What it says is hostile: bytes that would become more values, or deeper ones, than any answer has are
 * refused before they become any, because checking millions of them costs this process its memory. Throws SyntaxError, RangeError.
 */
export function parseAnswer(message: Buffer): unknown {
  let depth = 0
  let values = 0
  for (let at = 0; at < message.length; at++) {
    const c = message[at]!
    if (c === QUOTE) at = stringEnd(message, at)
    else if (c === 0x5b || c === 0x7b) {
      values++
      if (++depth > DEEPEST) throw new RangeError('the answer is too deep')
    } else if (c === 0x5d || c === 0x7d) depth--
    else if (c === 0x2c && ++values > MOST_VALUES) throw new RangeError('the answer has too many values')
  }
  return JSON.parse(message.toString('utf8'))
}

/** Where the quote stands that ends a string. */
function stringEnd(message: Buffer, from: number): number {
  for (let at = message.indexOf(QUOTE, from + 1); at !== -1; at = message.indexOf(QUOTE, at + 1)) {
    let escapes = 0
    while (message[at - 1 - escapes] === BACKSLASH) escapes++
    if (escapes % 2 === 0) return at
  }
  return message.length
}
