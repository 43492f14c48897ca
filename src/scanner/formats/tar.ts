import { LimitReached, upToLimit, type Budget } from '#scanner/intake/limits.ts'
import { nameTricks, type ArchiveTrick } from './archive-names.ts'
import type { Archive, ArchiveEntry } from './archive.ts'

const BLOCK = 512
const LINKS = new Set(['1', '2'])
const FILES = new Set(['0', '\0', '7'])
const LONGEST_NAME = 4096

/** What headers of the entry after them say: a long name or link of GNU, or the records of pax. */
interface Ahead {
  name?: string
  link?: string
  size?: number
}

/** Reads a tape archive (POSIX.1 ustar and pax, GNU long names). Damage ends the reading and keeps what came before. Throws LimitReached. */
export function readTar(bytes: Buffer, budget: Budget): Archive {
  const entries: ArchiveEntry[] = []
  const tricks: ArchiveTrick[] = []
  const damage: string[] = []
  let ahead: Ahead = {}
  const cut = upToLimit(() => {
    for (let at = 0; at + BLOCK <= bytes.length;) {
      budget.step()
      const header = bytes.subarray(at, at + BLOCK)
      if (header[0] === 0) break
      if (entries.length >= budget.limits.objects) throw new LimitReached('objects')
      const type = String.fromCharCode(header[156]!)
      const size = ahead.size ?? octal(header, 124, 12)
      if (!Number.isSafeInteger(size) || size < 0) {
        damage.push('the size of an entry is no number')
        break
      }
      const data = bytes.subarray(at + BLOCK, at + BLOCK + size)
      if (at + BLOCK + size > bytes.length) damage.push('an entry is cut off')
      if (type === 'L') ahead.name = zeroEndedText(data)
      else if (type === 'K') ahead.link = zeroEndedText(data)
      else if (type === 'x') ahead = { ...ahead, ...paxRecords(data) }
      else if (type !== 'g') {
        const name = ahead.name ?? headerName(header)
        const link = LINKS.has(type) ? (ahead.link ?? text(header, 157, 100)) : undefined
        tricks.push(...nameTricks(name, at, link))
        if (FILES.has(type) && !name.endsWith('/')) entries.push({ name, offset: at, read: () => counted(data, budget) })
        ahead = {}
      }
      at += BLOCK + Math.ceil(size / BLOCK) * BLOCK
    }
  })
  return { entries, tricks, damage, ...(cut && { cut }) }
}

function counted(data: Buffer, budget: Budget): Buffer {
  budget.takeBytes(data.length)
  return data
}

function text(header: Buffer, at: number, length: number): string {
  return zeroEndedText(header.subarray(at, at + length))
}

function zeroEndedText(bytes: Buffer): string {
  const end = bytes.indexOf(0)
  return bytes.toString('utf8', 0, Math.min(end === -1 ? bytes.length : end, LONGEST_NAME))
}

function headerName(header: Buffer): string {
  const prefix = header.toString('latin1', 257, 262) === 'ustar' && header[263] !== 0x20 ? text(header, 345, 155) : ''
  return prefix === '' ? text(header, 0, 100) : `${prefix}/${text(header, 0, 100)}`
}

/** Octal digits, or the number in base 256 that GNU writes where they do not suffice. */
function octal(header: Buffer, at: number, length: number): number {
  if (header[at]! & 0x80) return header.subarray(at + 1, at + length).reduce((value, byte) => value * 256 + byte, header[at]! & 0x7f)
  const digits = /^[ 0]*([0-7]*)/.exec(header.toString('latin1', at, at + length))?.[1] ?? ''
  return digits === '' ? 0 : Number.parseInt(digits, 8)
}

/** Lines such as `30 path=a/b`. */
function paxRecords(data: Buffer): Ahead {
  const found: Ahead = {}
  for (let at = 0; at < data.length;) {
    const space = data.indexOf(0x20, at)
    const length = Number(data.toString('latin1', at, space === -1 ? at : space))
    if (!Number.isInteger(length) || length <= 0) break
    const [key, value] = split(data.toString('utf8', space + 1, Math.min(at + length - 1, space + LONGEST_NAME)))
    if (key === 'path') found.name = value
    if (key === 'linkpath') found.link = value
    if (key === 'size' && /^\d{1,15}$/.test(value)) found.size = Number(value)
    at += length
  }
  return found
}

function split(line: string): [key: string, value: string] {
  const equals = line.indexOf('=')
  return equals === -1 ? ['', ''] : [line.slice(0, equals), line.slice(equals + 1)]
}
