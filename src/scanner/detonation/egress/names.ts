import type { Duplex } from 'node:stream'
import type { ExchangeRecord } from './record.ts'

/** A question of DNS (RFC 1035, section 4). */
interface Question {
  readonly id: number
  readonly name: string
  readonly type: number
  /** Where the question ends in the message: what follows is no part of an answer. */
  readonly end: number
}

const HEADER_BYTES = 12
const LONGEST_MESSAGE = 4096
const LONGEST_NAME = 255
const IN = 1
const A = 1
const TYPES: ReadonlyMap<number, string> = new Map([
  [A, 'A'],
  [2, 'NS'],
  [5, 'CNAME'],
  [12, 'PTR'],
  [15, 'MX'],
  [16, 'TXT'],
  [28, 'AAAA'],
  [33, 'SRV'],
  [65, 'HTTPS'],
  [255, 'ANY'],
])
/** Response, recursion available; the answer is authoritative for nothing. */
const RESPONSE = 0x8180
const REFUSED = 5
/** Names have addresses of a network for benchmarks (RFC 2544), one after the other: whoever connects there next is seen by the guest's kernel, and which name it was. */
const [FIRST, MOST_NAMES] = [0xc612_0001, 65_000]
const TTL_SECONDS = 60

/**
 * Answers the guest's own questions for names, one in each stream, and records every one. Names lead somewhere in the simulated Internet alone; everywhere else
 * the proxy looks up what it is asked for, and a guest that asks by itself is refused.
 */
export function openNames(record: ExchangeRecord, simulated: boolean): (stream: Duplex) => void {
  const addresses = new Map<string, number>()
  const addressOf = (name: string) => {
    const known = addresses.get(name)
    if (known !== undefined || addresses.size >= MOST_NAMES) return known
    addresses.set(name, FIRST + addresses.size)
    return addresses.get(name)
  }
  return (stream) => {
    stream.on('error', () => undefined)
    void wholeOf(stream).then((message) => {
      const question = message && questionOf(message)
      if (!question) return void stream.destroy()
      const exchange = record.begin('name', TYPES.get(question.type) ?? `TYPE${question.type}`, question.name, [])
      if (!exchange) return void stream.destroy()
      Object.assign(exchange, simulated ? { outcome: 'simulated' } : { outcome: 'refused', why: 'names are looked up by the proxy alone' })
      const address = simulated && question.type === A ? addressOf(question.name.toLowerCase()) : undefined
      return void stream.end(answerTo(message, question, simulated ? 0 : REFUSED, address))
    })
  }
}

async function wholeOf(stream: Duplex): Promise<Buffer | undefined> {
  const parts: Buffer[] = []
  let length = 0
  try {
    for await (const part of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      parts.push(part)
      length += part.length
      if (length > LONGEST_MESSAGE) return undefined
    }
  } catch {
    return undefined
  }
  return Buffer.concat(parts)
}

/** The one question of a message; undefined for what is none. */
export function questionOf(message: Buffer): Question | undefined {
  if (message.length < HEADER_BYTES || message.readUInt16BE(4) !== 1 || (message.readUInt8(2) & 0x80) !== 0) return undefined
  const labels: string[] = []
  let at = HEADER_BYTES
  for (;;) {
    const length = message[at]
    // A question has no name before it that it could point to.
    if (length === undefined || length > 63 || at - HEADER_BYTES > LONGEST_NAME) return undefined
    at++
    if (length === 0) break
    if (at + length > message.length) return undefined
    labels.push(message.toString('latin1', at, at + length).replaceAll(/[^\x21-\x7e]|[.\\]/g, '?'))
    at += length
  }
  if (at + 4 > message.length || message.readUInt16BE(at + 2) !== IN) return undefined
  return { id: message.readUInt16BE(0), name: labels.join('.') || '.', type: message.readUInt16BE(at), end: at + 4 }
}

function answerTo(message: Buffer, { id, end }: Question, code: number, address: number | undefined): Buffer {
  const header = Buffer.alloc(HEADER_BYTES)
  header.writeUInt16BE(id, 0)
  header.writeUInt16BE(RESPONSE | code, 2)
  header.writeUInt16BE(1, 4)
  header.writeUInt16BE(address === undefined ? 0 : 1, 6)
  const answer = Buffer.alloc(address === undefined ? 0 : 16)
  if (address !== undefined) {
    answer.writeUInt16BE(0xc000 | HEADER_BYTES, 0)
    answer.writeUInt16BE(A, 2)
    answer.writeUInt16BE(IN, 4)
    answer.writeUInt32BE(TTL_SECONDS, 6)
    answer.writeUInt16BE(4, 10)
    answer.writeUInt32BE(address, 12)
  }
  return Buffer.concat([header, message.subarray(HEADER_BYTES, end), answer])
}
