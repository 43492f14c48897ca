import { ProgramError } from './errors.ts'
import type { Lexer } from './lexer.ts'
import type { Machine } from './machine.ts'
import { boolean, number, type ProgramFile, type Value } from './values.ts'

type Operator = (m: Machine) => void
type TextValue = Extract<Value, { t: 'string' }>

const LF = 10
const CR = 13

/** Behind the name of an operator one space, or an end of a line, parts it from the data that it reads out of its own program (3.2.1). */
function skipOne(m: Machine, lexer: Lexer): void {
  if (!m.files.includes(lexer)) return
  const c = lexer.bytes[lexer.at]
  if (c === CR && lexer.bytes[lexer.at + 1] === LF) lexer.at += 2
  else if (c === CR || c === LF || c === 32 || c === 9) lexer.at++
}

/** A string or a file as a source of bytes. */
function sourceOf(m: Machine): ProgramFile {
  const value = m.pop()
  if (value.t === 'file') return value.f
  if (value.t !== 'string') throw new ProgramError()
  const lexer = m.opened(Buffer.from(value.s.bytes.subarray(value.from, value.to)))
  return { open: () => lexer }
}

/** `filter` (3.13): the data are read when the new file is, for the program goes on in front of them. */
function filter(m: Machine): void {
  const name = m.take('name').v
  const end = name === 'SubFileDecode' ? m.take('string') : undefined
  const count = end ? m.takeCount(2 ** 31) : 0
  if (m.stack.at(-1)?.t === 'dict') m.pop()
  const source = sourceOf(m)
  let opened: Lexer | undefined
  const open = (): Lexer => {
    if (opened) return opened
    const lexer = source.open()
    const before = lexer.at
    try {
      return (opened = m.opened(undone(m, name, taken(m, lexer, name, end, count))))
    } catch (error) {
      // What no filter here undoes, such as a picture, is not skipped: the program may go on in it.
      lexer.at = before
      throw error
    }
  }
  m.push({ t: 'file', f: { open }, x: false })
}

function undone(m: Machine, name: string, bytes: Buffer): Buffer {
  return name === 'SubFileDecode' || name === 'NullEncode' ? bytes : m.undo(name, bytes)
}

/** What a filter takes of its source: to its end mark where it has one, otherwise all that is left. */
function taken(m: Machine, lexer: Lexer, name: string, end: TextValue | undefined, count: number): Buffer {
  skipOne(m, lexer)
  const from = lexer.at
  const rest = lexer.bytes.subarray(from)
  m.step(1 + (rest.length >> 8))
  const mark = end ? end.s.bytes.subarray(end.from, end.to) : Buffer.from({ ASCIIHexDecode: '>', ASCII85Decode: '~>' }[name] ?? '')
  if (end && mark.length === 0) return take(lexer, count)
  const found = mark.length > 0 ? markAt(m, rest, mark, end ? count : 0) : -1
  lexer.at = found === -1 ? lexer.bytes.length : from + found + mark.length
  // A count of marks are part of the data; the one that ends them uncounted is not.
  return rest.subarray(0, found === -1 ? rest.length : end && count > 0 ? found + mark.length : found)
}

/** Where the mark of this number stands, of which 0 and 1 are the first. */
function markAt(m: Machine, bytes: Buffer, mark: Buffer, count: number): number {
  let at = bytes.indexOf(mark)
  for (let i = 1; i < count && at !== -1; i++) {
    m.step()
    at = bytes.indexOf(mark, at + mark.length)
  }
  return at
}

function take(lexer: Lexer, count: number): Buffer {
  const bytes = lexer.bytes.subarray(lexer.at, lexer.at + count)
  lexer.at += bytes.length
  return bytes
}

const isHex = (c: number) => (c >= 0x30 && c <= 0x39) || ((c | 0x20) >= 0x61 && (c | 0x20) <= 0x66)

/** `eexec` (Adobe Type 1 Font Format, 7): what follows is a program, enciphered, as bytes or in hexadecimal. */
function eexec(m: Machine): void {
  const source = sourceOf(m).open()
  while ([9, LF, CR, 32].includes(source.bytes[source.at] ?? -1)) source.at++
  const from = source.at
  const rest = source.bytes.subarray(from)
  const hex = rest.length >= 4 && rest.subarray(0, 4).every(isHex)
  m.step(1 + (rest.length >> 4))
  const plain = m.opened(deciphered(hex ? m.undo('ASCIIHexDecode', rest) : rest), LEAD)
  m.runFile(plain)
  source.at = hex ? behindDigits(source.bytes, from, plain.reached * 2) : Math.min(from + plain.reached, source.bytes.length)
}

/** Bytes in front of the program that say nothing. */
const LEAD = 4
const KEY = 55665

function deciphered(bytes: Buffer): Buffer {
  const out = Buffer.allocUnsafe(bytes.length)
  let key = KEY
  for (const [i, c] of bytes.entries()) {
    out[i] = c ^ (key >> 8)
    key = ((c + key) * 52845 + 22719) & 0xffff
  }
  return out
}

function behindDigits(bytes: Buffer, from: number, digits: number): number {
  let at = from
  for (let left = digits; left > 0 && at < bytes.length; at++) if (isHex(bytes[at]!)) left--
  return at
}

/** Fills a string from a file; pushes what was filled, and whether it is all of the string. */
function readInto(m: Machine, read: (lexer: Lexer, longest: number) => Buffer, whole: (bytes: Buffer, longest: number) => boolean): void {
  const into = m.take('string')
  const lexer = m.take('file').f.open()
  skipOne(m, lexer)
  const longest = into.to - into.from
  const bytes = read(lexer, longest)
  m.step(1 + (bytes.length >> 4))
  bytes.copy(into.s.bytes, into.from)
  m.push({ ...into, to: into.from + bytes.length }, boolean(whole(bytes, longest)))
}

function hexDigits(lexer: Lexer, longest: number): Buffer {
  const digits: number[] = []
  while (digits.length < longest * 2 && lexer.at < lexer.bytes.length) {
    const c = lexer.bytes[lexer.at++]!
    if (isHex(c)) digits.push(c)
  }
  return Buffer.from(Buffer.from(digits).toString('latin1'), 'hex')
}

function line(lexer: Lexer, longest: number): Buffer {
  const found = lexer.bytes.subarray(lexer.at, lexer.at + longest + 1).findIndex((c) => c === CR || c === LF)
  if (found === -1) return take(lexer, longest)
  const bytes = take(lexer, found)
  lexer.at += lexer.bytes[lexer.at] === CR && lexer.bytes[lexer.at + 1] === LF ? 2 : 1
  return bytes
}

const filled = (bytes: Buffer, longest: number) => bytes.length === longest

/** Files, and programs that are hidden in them (PostScript Language Reference, 3.8, 3.13 and 8.2). */
export const FILES: Readonly<Record<string, Operator>> = {
  currentfile: (m) => {
    const lexer = m.files.at(-1)!
    m.push({ t: 'file', f: { open: () => lexer }, x: false })
  },
  filter,
  eexec,
  readstring: (m) => readInto(m, take, filled),
  readhexstring: (m) => readInto(m, hexDigits, filled),
  readline: (m) => readInto(m, line, () => true),
  read: (m) => {
    const lexer = m.take('file').f.open()
    skipOne(m, lexer)
    const byte = lexer.bytes[lexer.at]
    if (byte === undefined) return m.push(boolean(false))
    lexer.at++
    m.push(number(byte), boolean(true))
  },
  closefile: (m) => {
    m.take('file').f.open().close()
  },
  flushfile: (m) => {
    const lexer = m.take('file').f.open()
    lexer.at = lexer.bytes.length
  },
  status: (m) => {
    const lexer = m.take('file').f.open()
    m.push(boolean(lexer.at < lexer.bytes.length))
  },
  bytesavailable: (m) => {
    const lexer = m.take('file').f.open()
    m.push(number(lexer.bytes.length - lexer.at))
  },
}
