import type { Duplex } from 'node:stream'

/** What QEMU says of a command that it refuses, or why there is no answer. */
export class QmpError extends Error {}

/** An event of the machine, such as RESUME, STOP, SHUTDOWN, GUEST_PANICKED. */
export interface QmpEvent {
  readonly event: string
  readonly data: unknown
}

const LONGEST_LINE = 2 ** 20
/** A machine whose monitor says more than this in its life says it to keep its reader busy. */
const MOST_SAID = 32 * 2 ** 20

interface Waiting {
  resolve(value: unknown): void
  reject(error: Error): void
}

/**
 * The monitor of one machine (QEMU Machine Protocol, docs/interop/qmp-spec in QEMU). QEMU may have been taken over by its guest: what it says is
 * bounded in length, and read as data only.
 */
export class Qmp {
  readonly #socket: Duplex
  readonly #waiting = new Map<number, Waiting>()
  readonly #listeners = new Set<(event: QmpEvent) => void>()
  /** The line that has not ended yet, in the pieces in which it came. */
  #unread: string[] = []
  #unreadLength = 0
  #said = 0
  #last = 0
  #gone: Error | undefined
  readonly #greeted = Promise.withResolvers<void>()

  constructor(socket: Duplex) {
    this.#socket = socket
    this.#greeted.promise.catch(() => undefined)
    socket.setEncoding('utf8')
    socket.on('data', (text: string) => this.#receive(text))
    socket.on('error', () => this.#end('the monitor of the machine broke off'))
    socket.on('close', () => this.#end('the machine has ended'))
  }

  /** Waits for the greeting and takes the capabilities; QEMU has set up its sandbox by then. */
  async greet(): Promise<void> {
    await this.#greeted.promise
    await this.run('qmp_capabilities')
  }

  /** Runs a command. Rejects with a `QmpError` that holds QEMU's reason, or says that the machine ended. */
  run(execute: string, args: object = {}): Promise<unknown> {
    if (this.#gone) return Promise.reject(this.#gone)
    const id = ++this.#last
    const answer = Promise.withResolvers<unknown>()
    this.#waiting.set(id, answer)
    this.#socket.write(`${JSON.stringify({ execute, arguments: args, id })}\n`)
    return answer.promise
  }

  onEvent(listener: (event: QmpEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #receive(text: string): void {
    if (this.#gone) return
    this.#said += text.length
    if (this.#said > MOST_SAID) return this.#end('the monitor of the machine said more than allowed')
    const [first, ...lines] = text.split('\n')
    this.#keep(first!)
    for (const line of lines) {
      const whole = this.#unread.join('')
      this.#unread = []
      this.#unreadLength = 0
      this.#keep(line)
      if (whole.trim() !== '') this.#take(whole)
    }
  }

  #keep(piece: string): void {
    this.#unread.push(piece)
    this.#unreadLength += piece.length
    if (this.#unreadLength > LONGEST_LINE) this.#end('the monitor of the machine said more than allowed')
  }

  #take(line: string): void {
    if (this.#gone) return
    let said: unknown
    try {
      said = JSON.parse(line)
    } catch {
      return this.#end('the monitor of the machine said what is no JSON')
    }
    if (typeof said !== 'object' || said === null) return
    if ('QMP' in said) return this.#greeted.resolve()
    if ('event' in said && typeof said.event === 'string') {
      for (const listener of this.#listeners) listener({ event: said.event, data: 'data' in said ? said.data : undefined })
      return
    }
    if (!('id' in said) || typeof said.id !== 'number') return
    const waiting = this.#waiting.get(said.id)
    this.#waiting.delete(said.id)
    if ('error' in said) waiting?.reject(new QmpError(reasonIn(said.error)))
    else waiting?.resolve('return' in said ? said.return : undefined)
  }

  #end(why: string): void {
    if (this.#gone) return
    this.#gone = new QmpError(why)
    this.#unread = []
    this.#socket.destroy()
    this.#greeted.reject(this.#gone)
    for (const { reject } of this.#waiting.values()) reject(this.#gone)
    this.#waiting.clear()
  }
}

function reasonIn(error: unknown): string {
  return typeof error === 'object' && error !== null && 'desc' in error && typeof error.desc === 'string' ? error.desc.slice(0, 500) : 'QEMU gave no reason'
}
