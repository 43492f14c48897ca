import { connect } from 'node:net'

/** One answer as it came over the wire. */
export interface PlainAnswer {
  readonly status: number
  readonly head: string
  readonly body: Buffer
}

/** One connection of an HTTP client that costs next to nothing: what is measured is the server. Reads answers with a Content-Length only. */
export class PlainClient {
  readonly #socket
  readonly #host: string
  #chunks: Buffer[] = []
  #length = 0
  #wanted = -1
  #waiting: { resolve: (answer: PlainAnswer) => void; reject: (error: Error) => void } | undefined

  constructor(url: string) {
    const { hostname, port, host } = new URL(url)
    this.#host = host
    this.#socket = connect({ host: hostname, port: Number(port), noDelay: true })
    this.#socket.on('data', (chunk: Buffer) => this.#take(chunk))
    this.#socket.on('error', (error) => this.#waiting?.reject(error))
    this.#socket.on('close', () => this.#waiting?.reject(new Error('the server closed the connection')))
  }

  /** Sends a GET and waits for its answer; one at a time. */
  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<PlainAnswer> {
    const lines = Object.entries({ host: this.#host, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`)
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
      this.#socket.write(`GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`)
    })
  }

  close(): void {
    this.#waiting = undefined
    this.#socket.destroy()
  }

  #take(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#length += chunk.length
    if (this.#wanted < 0) this.#readHead()
    if (this.#wanted < 0 || this.#length < this.#wanted) return
    const whole = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks)
    const end = whole.indexOf('\r\n\r\n') + 4
    const head = whole.toString('latin1', 0, end)
    const answer = { status: Number(head.slice(9, 12)), head, body: whole.subarray(end, this.#wanted) }
    this.#chunks = []
    this.#length = 0
    this.#wanted = -1
    this.#waiting!.resolve(answer)
  }

  #readHead(): void {
    if (this.#chunks.length > 1) this.#chunks = [Buffer.concat(this.#chunks)]
    const end = this.#chunks[0]!.indexOf('\r\n\r\n')
    if (end < 0) return
    const length = /\r\ncontent-length: (\d+)/i.exec(this.#chunks[0]!.toString('latin1', 0, end))?.[1]
    if (length === undefined) throw new Error('an answer without Content-Length')
    this.#wanted = end + 4 + Number(length)
  }
}
