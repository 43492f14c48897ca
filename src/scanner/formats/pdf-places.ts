import type { Budget } from '#scanner/intake/limits.ts'

const LOOK_BACK = 32

/** How far the next object is looked for byte by byte, before the search of the machine is started for it. */
const NEAR = 256

/** Every `n g obj` of a file in its order, whatever cross-reference tables say. Throws LimitReached. */
export function eachObjectHead(bytes: Buffer, budget: Budget, visit: (number: number, generation: number, offset: number, body: number) => void): void {
  const head = { number: 0, generation: 0, offset: 0 }
  for (let at = nextObj(bytes, 0); at !== -1; at = nextObj(bytes, at + 3)) {
    budget.step()
    // "endobj", which is every second one.
    if (bytes[at - 1] !== 0x64 && objectHead(bytes, at, head)) visit(head.number, head.generation, head.offset, at + 3)
  }
}

function nextObj(bytes: Buffer, from: number): number {
  const near = Math.min(bytes.length - 2, from + NEAR)
  for (let at = from; at < near; at++) if (bytes[at] === 0x6f && bytes[at + 1] === 0x62 && bytes[at + 2] === 0x6a) return at
  return near < bytes.length - 2 ? bytes.indexOf('obj', near, 'latin1') : -1
}

function isDigit(c: number | undefined): boolean {
  return c !== undefined && c >= 0x30 && c <= 0x39
}

function isBlank(c: number | undefined): boolean {
  return c === 32 || c === 0 || (c !== undefined && c >= 9 && c <= 13)
}

/** Reads the numbers before "obj" and where they start; false for a mere word. */
function objectHead(bytes: Buffer, at: number, head: { number: number; generation: number; offset: number }): boolean {
  const lowest = Math.max(0, at - LOOK_BACK)
  let p = at - 1
  while (p >= lowest && isBlank(bytes[p])) p--
  const generationEnd = p
  while (p >= lowest && isDigit(bytes[p])) p--
  const gap = p
  while (p >= lowest && isBlank(bytes[p])) p--
  if (gap === generationEnd || gap === p) return false
  const numberEnd = p
  while (p >= lowest && isDigit(bytes[p])) p--
  if (numberEnd === p || numberEnd - p > 10) return false
  head.number = digits(bytes, p + 1, numberEnd + 1)
  head.generation = digits(bytes, gap + 1, generationEnd + 1) % 65536
  head.offset = p + 1
  return true
}

function digits(bytes: Buffer, from: number, to: number): number {
  if (to - from > 15) return Number(bytes.toString('latin1', from, to))
  let value = 0
  for (let at = from; at < to; at++) value = value * 10 + bytes[at]! - 0x30
  return value
}

/** Finds the next place of a word behind rising places, without looking at any byte twice. */
export class Following {
  readonly #bytes: Buffer
  readonly #word: string
  #from = 0
  #found = -2

  constructor(bytes: Buffer, word: string) {
    this.#bytes = bytes
    this.#word = word
  }

  /** Where the word next begins, or the length of the bytes. */
  after(at: number): number {
    if (this.#found === -2 || at < this.#from || (this.#found !== -1 && this.#found < at)) {
      this.#from = at
      this.#found = this.#bytes.indexOf(this.#word, at, 'latin1')
    }
    return this.#found === -1 ? this.#bytes.length : this.#found
  }
}

/** Whether a stream may end at a place: only white space stands between it and "endstream". */
export function endsAt(bytes: Buffer, at: number): boolean {
  if (!(at >= 0 && at <= bytes.length)) return false
  let p = at
  while (p < at + 4 && (bytes[p] === 32 || bytes[p] === 0 || (bytes[p]! >= 9 && bytes[p]! <= 13))) p++
  return bytes.toString('latin1', p, p + 9) === 'endstream'
}
