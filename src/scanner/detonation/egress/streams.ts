import { Duplex } from 'node:stream'

/**
 * Many connections over one serial port of the guest (docs/detonation.md). A frame: 1 byte kind, 1 byte zero, 2 bytes length, 4 bytes number of the connection
 * (all big endian), then its content. The guest opens; either side sends, ends (half-close), resets, and gives credit: how many bytes more the other may send.
 */
export const FRAME = { open: 1, data: 2, end: 3, reset: 4, credit: 5 } as const
const HEADER_BYTES = 8
const LONGEST_DATA = 32 * 1024
/** What may be under way before credit is given. */
export const WINDOW_BYTES = 256 * 1024
const MOST_STREAMS = 200
const MOST_WAITING_BYTES = 64 * 2 ** 20

type Send = (kind: number, id: number, content?: Buffer) => void

class GuestStream extends Duplex {
  readonly #id: number
  readonly #send: Send
  readonly #forget: () => void
  #credit = WINDOW_BYTES
  #unanswered = 0
  #waiting: { rest: Buffer; done: (error?: Error) => void } | undefined
  #reset = false

  constructor(id: number, send: Send, forget: () => void) {
    super({ allowHalfOpen: true })
    this.#id = id
    this.#send = send
    this.#forget = forget
  }

  received(bytes: Buffer): void {
    this.#unanswered += bytes.length
    // Who sends more than was allowed does not keep to the protocol.
    if (this.#unanswered > WINDOW_BYTES) this.destroy()
    else this.push(bytes)
  }

  receivedEnd(): void {
    this.push(null)
  }

  receivedReset(): void {
    this.#reset = true
    this.destroy()
  }

  credited(bytes: number): void {
    this.#credit = Math.min(this.#credit + bytes, WINDOW_BYTES)
    const waiting = this.#waiting
    this.#waiting = undefined
    if (waiting) this.#sendOut(waiting.rest, waiting.done)
  }

  override _read(): void {
    if (this.#unanswered === 0) return
    const credit = Buffer.alloc(4)
    credit.writeUInt32BE(this.#unanswered)
    this.#unanswered = 0
    this.#send(FRAME.credit, this.#id, credit)
  }

  override _write(bytes: Buffer, _encoding: string, done: (error?: Error) => void): void {
    this.#sendOut(bytes, done)
  }

  #sendOut(bytes: Buffer, done: (error?: Error) => void): void {
    let rest = bytes
    while (rest.length > 0 && this.#credit > 0) {
      const part = rest.subarray(0, Math.min(LONGEST_DATA, this.#credit))
      this.#send(FRAME.data, this.#id, part)
      this.#credit -= part.length
      rest = rest.subarray(part.length)
    }
    if (rest.length > 0) this.#waiting = { rest, done }
    else done()
  }

  override _final(done: () => void): void {
    this.#send(FRAME.end, this.#id)
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    // Even after both sides have ended: the guest may then use the number again.
    if (!this.#reset) this.#send(FRAME.reset, this.#id)
    this.#forget()
    done(error)
  }
}

/**
 * Takes the connections that the guest opens over `port`, each with the text that it was opened with. What does not keep to the protocol ends the port: a
 * guest is hostile.
 */
export function acceptStreams(port: Duplex, onStream: (stream: Duplex, opened: string) => void): void {
  const streams = new Map<number, GuestStream>()
  let unread: Buffer = Buffer.alloc(0)
  const send: Send = (kind, id, content = Buffer.alloc(0)) => {
    if (port.destroyed || port.writableEnded) return
    const header = Buffer.alloc(HEADER_BYTES)
    header.writeUInt8(kind, 0)
    header.writeUInt16BE(content.length, 2)
    header.writeUInt32BE(id, 4)
    port.write(Buffer.concat([header, content]))
    if (port.writableLength > MOST_WAITING_BYTES) port.destroy()
  }
  const open = (id: number, content: Buffer) => {
    if (streams.has(id) || streams.size >= MOST_STREAMS) return send(FRAME.reset, id)
    const stream = new GuestStream(id, send, () => streams.delete(id))
    stream.on('error', () => undefined)
    streams.set(id, stream)
    return onStream(stream, content.toString('latin1').slice(0, 300))
  }
  const take = (kind: number, id: number, content: Buffer) => {
    if (kind === FRAME.open) return open(id, content)
    const stream = streams.get(id)
    if (kind === FRAME.data) stream?.received(content)
    else if (kind === FRAME.end) stream?.receivedEnd()
    else if (kind === FRAME.reset) stream?.receivedReset()
    else if (kind === FRAME.credit && content.length === 4) stream?.credited(content.readUInt32BE(0))
    else port.destroy()
    return undefined
  }
  port.on('data', (bytes: Buffer) => {
    unread = unread.length > 0 ? Buffer.concat([unread, bytes]) : bytes
    while (unread.length >= HEADER_BYTES) {
      const end = HEADER_BYTES + unread.readUInt16BE(2)
      if (unread.length < end) break
      // Copied: the connection may keep it long after the port has read on.
      const content = Buffer.from(unread.subarray(HEADER_BYTES, end))
      take(unread.readUInt8(0), unread.readUInt32BE(4), content)
      unread = unread.subarray(end)
    }
  })
  port.on('error', () => undefined)
  port.on('close', () => {
    for (const stream of streams.values()) stream.receivedReset()
  })
}
