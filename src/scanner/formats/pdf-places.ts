import type { Budget } from '#scanner/intake/limits.ts'

/** Where an indirect object starts in a file. */
export interface ObjectHead {
  readonly number: number
  readonly generation: number
  readonly offset: number
  /** Behind the keyword `obj`. */
  readonly body: number
}

const LOOK_BACK = 32

/** Every `n g obj` of a file in its order, whatever cross-reference tables say. Throws LimitReached. */
export function* objectHeads(bytes: Buffer, budget: Budget): Generator<ObjectHead> {
  for (let at = bytes.indexOf('obj', 0, 'latin1'); at !== -1; at = bytes.indexOf('obj', at + 3, 'latin1')) {
    budget.step()
    // "endobj", which is every second one.
    if (bytes[at - 1] === 0x64) continue
    const head = objectHead(bytes, at)
    if (head) yield { ...head, body: at + 3 }
  }
}

/** The numbers before "obj" and where they start; undefined for a mere word. */
function objectHead(bytes: Buffer, at: number): { number: number; generation: number; offset: number } | undefined {
  let p = at - 1
  const lowest = Math.max(0, at - LOOK_BACK)
  const spaces = () => {
    const from = p
    while (p >= lowest && (bytes[p] === 32 || bytes[p] === 0 || (bytes[p]! >= 9 && bytes[p]! <= 13))) p--
    return from !== p
  }
  const digits = () => {
    const from = p
    while (p >= lowest && bytes[p]! >= 0x30 && bytes[p]! <= 0x39) p--
    return bytes.toString('latin1', p + 1, from + 1)
  }
  spaces()
  const generation = digits()
  if (generation === '' || !spaces()) return undefined
  const number = digits()
  return number === '' || number.length > 10 ? undefined : { number: Number(number), generation: Number(generation) % 65536, offset: p + 1 }
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
