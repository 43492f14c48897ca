import { randomBytes } from 'node:crypto'
import { connect, isIP, type Socket } from 'node:net'

/** Where a TLS server listens. */
export interface Listener {
  readonly host: string
  readonly port: number
  readonly timeoutMs: number
}

/** Versions as the wire writes them; what is offered is this one or an older one. */
const VERSIONS = { '1.0': 0x0301, '1.1': 0x0302, '1.2': 0x0303 } as const
type OldVersion = keyof typeof VERSIONS

/** What a server chose from a hello; `refused` also where it closed the connection. */
export type Choice = { readonly version: number; readonly suite: number } | 'refused' | 'silent'

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n)

/** Suites of TLS 1.2 of the black list of RFC 7540, Appendix A: those without an ephemeral key exchange or without AEAD. */
export const BLACK_LISTED: readonly number[] = [
  ...range(0x0001, 0x001b),
  ...range(0x001e, 0x0046),
  ...range(0x0067, 0x006d),
  ...range(0x0084, 0x009d),
  ...range(0x00a0, 0x00a1),
  ...range(0x00a4, 0x00a9),
  ...range(0x00ac, 0x00c5),
  ...range(0xc001, 0xc02a),
  ...range(0xc02d, 0xc02e),
  ...range(0xc031, 0xc051),
  ...range(0xc072, 0xc07b),
  ...range(0xc094, 0xc09d),
  ...range(0xc0a0, 0xc0a1),
]

/**
 * Sends the first message of a handshake written by hand, because this machine's TLS library no longer offers what must be refused,
 * and reads what the server chose from it.
 */
export function offer(listener: Listener, version: OldVersion, suites: readonly number[]): Promise<Choice> {
  return new Promise((resolve) => {
    const socket = connect({ host: listener.host, port: listener.port })
    const end = (choice: Choice) => {
      socket.destroy()
      resolve(choice)
    }
    socket.setTimeout(listener.timeoutMs, () => end('silent'))
    socket.on('error', () => end('refused'))
    socket.on('close', () => end('refused'))
    socket.on('connect', () => socket.write(clientHello(listener.host, VERSIONS[version], suites)))
    readChoice(socket, end)
  })
}

function readChoice(socket: Socket, end: (choice: Choice) => void): void {
  let read = Buffer.alloc(0)
  socket.on('data', (part: Buffer) => {
    read = Buffer.concat([read, part])
    // Record: type, version, length. Server hello: type, length, version, 32 random bytes, session id, suite.
    if (read.length > 0 && read[0] !== 0x16) return end('refused')
    const idLength = read[43]
    if (idLength === undefined || read.length < 46 + idLength) return undefined
    return end(read[5] === 0x02 ? { version: read.readUInt16BE(9), suite: read.readUInt16BE(44 + idLength) } : 'refused')
  })
}

function clientHello(host: string, version: number, suites: readonly number[]): Buffer {
  const signalling = 0x00ff
  const extensions = [
    ...(isIP(host) === 0 ? [extension(0x0000, vector(2, Buffer.concat([Buffer.from([0]), vector(2, Buffer.from(host))])))] : []),
    extension(0x000a, vector(2, numbers([0x001d, 0x0017, 0x0018, 0x0019]))),
    extension(0x000b, vector(1, Buffer.from([0]))),
    ...(version === VERSIONS['1.2']
      ? [extension(0x000d, vector(2, numbers([0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0203, 0x0201])))]
      : []),
    extension(0x0017, Buffer.alloc(0)),
  ]
  const body = Buffer.concat([
    numbers([version]),
    randomBytes(32),
    vector(1, Buffer.alloc(0)),
    vector(2, numbers([...suites, signalling])),
    vector(1, Buffer.from([0])),
    vector(2, Buffer.concat(extensions)),
  ])
  const handshake = Buffer.concat([Buffer.from([0x01]), vector(3, body)])
  return Buffer.concat([Buffer.from([0x16, 0x03, 0x01]), vector(2, handshake)])
}

function extension(type: number, content: Buffer): Buffer {
  return Buffer.concat([numbers([type]), vector(2, content)])
}

/** Bytes after their length, which takes so many bytes itself. */
function vector(size: number, content: Buffer): Buffer {
  const length = Buffer.alloc(size)
  length.writeUIntBE(content.length, 0, size)
  return Buffer.concat([length, content])
}

function numbers(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2)
  values.forEach((value, n) => bytes.writeUInt16BE(value, n * 2))
  return bytes
}
