import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { duplexPair, type Duplex } from 'node:stream'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { gather } from '#platform/gathered.ts'
import { acceptStreams, FRAME, WINDOW_BYTES } from './streams.ts'

const FORWARDER = fileURLToPath(new URL('../../../../guest/agent/egress.py', import.meta.url))
/** A program has said something when the host ends its connection, and both are found at once. */
const AT_ONCE = `
import selectors, socket
from egress import RESET, Forwarder
port, host = socket.socketpair()
forwarder = Forwarder(port.fileno(), [])
ours, program = socket.socketpair()
forwarder.open(ours, 'proxy')
(number, stream), = forwarder.streams.items()
program.send(b'more')
forwarder.take(RESET, number, stream, b'')
stream.on(selectors.EVENT_READ)
print(len(forwarder.streams))
`
const started: ChildProcess[] = []
afterEach(() => {
  for (const one of started.splice(0)) one.kill('SIGKILL')
})

/** The guest's forwarder as it is, with a pair of sockets in the place of the serial port. */
async function startForwarder(onStream: (stream: Duplex) => void): Promise<{ port: number; serial: Duplex }> {
  const forwarder = spawn('python3', ['-IB', FORWARDER, '--fd', '3', '--listen', '0', '--names', '0'], { stdio: ['ignore', 'pipe', 'inherit', 'pipe'] })
  started.push(forwarder)
  const serial = forwarder.stdio[3] as Duplex
  acceptStreams(serial, onStream)
  const [port] = (await once(forwarder.stdout!, 'data')) as [Buffer]
  return { port: Number.parseInt(String(port), 10), serial }
}

const sum = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

describe('connections over one serial port', () => {
  it('end alone where the host ends one while its program speaks', () => {
    const { stdout, stderr } = spawnSync('python3', ['-B', '-c', AT_ONCE], { cwd: dirname(FORWARDER), encoding: 'utf8', timeout: 20_000 })
    expect([stdout.trim(), stderr]).toEqual(['0', ''])
  })

  it('carry many bytes both ways at once, each connection its own', async () => {
    const { port } = await startForwarder((stream) => {
      // Answers with the hash of what came and then with all of it.
      void gather(stream).then((bytes) => stream.end(Buffer.concat([Buffer.from(sum(bytes)), bytes])))
    })
    const sent = Array.from({ length: 8 }, (_, at) => randomBytes(300_000 * (at + 1)))
    const answers = await Promise.all(
      sent.map(async (bytes) => {
        const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
        socket.end(bytes)
        return gather(socket)
      }),
    )
    answers.forEach((answer, at) => {
      expect(answer.toString('latin1', 0, 64)).toBe(sum(sent[at]!))
      expect(sum(answer.subarray(64))).toBe(sum(sent[at]!))
    })
  })

  it('do not hold each other up: one that is not read waits at its window', async () => {
    const streams: Duplex[] = []
    const { port } = await startForwarder((stream) => {
      streams.push(stream)
      if (streams.length > 1) stream.pipe(stream)
    })
    const stuck = connect(port, '127.0.0.1')
    stuck.on('error', () => undefined)
    stuck.write(randomBytes(8 * WINDOW_BYTES))
    await expect.poll(() => streams.length).toBe(1)
    const other = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    const bytes = randomBytes(3 * WINDOW_BYTES)
    other.end(bytes)
    expect(sum(await gather(other))).toBe(sum(bytes))
    expect(streams[0]!.readableLength).toBeLessThanOrEqual(WINDOW_BYTES + streams[0]!.readableHighWaterMark)
    stuck.destroy()
  })

  it('end with the program, with the host, and with the port', async () => {
    const streams: Duplex[] = []
    const { port, serial } = await startForwarder((stream) => void streams.push(stream.resume()))
    const program = connect(port, '127.0.0.1')
    program.write('x')
    await expect.poll(() => streams.length).toBe(1)
    program.resetAndDestroy()
    await expect.poll(() => streams[0]!.destroyed).toBe(true)
    const second = connect(port, '127.0.0.1')
    await expect.poll(() => streams.length).toBe(2)
    const closed = once(second.resume(), 'close')
    streams[1]!.destroy()
    await closed
    connect(port, '127.0.0.1').on('error', () => undefined)
    await expect.poll(() => streams.length).toBe(3)
    serial.destroy()
    await expect.poll(() => streams[2]!.destroyed).toBe(true)
  })
})

describe('a guest that does not keep to the protocol', () => {
  const frame = (kind: number, id: number, content: Buffer = Buffer.alloc(0)) => {
    const header = Buffer.alloc(8)
    header.writeUInt8(kind, 0)
    header.writeUInt16BE(content.length, 2)
    header.writeUInt32BE(id, 4)
    return Buffer.concat([header, content])
  }
  const host = () => {
    const [inside, port] = duplexPair()
    inside.on('error', () => undefined).resume()
    const streams: Duplex[] = []
    acceptStreams(port, (stream) => streams.push(stream))
    return { inside, port, streams }
  }

  it('is not read further', async () => {
    const { inside, port } = host()
    inside.write(frame(77, 1))
    await expect.poll(() => port.destroyed).toBe(true)
  })

  it('cannot make the host hold more than a window, nor more connections than allowed', async () => {
    const { inside, port, streams } = host()
    inside.write(frame(FRAME.open, 1))
    for (let sent = 0; sent <= WINDOW_BYTES; sent += 32_768) inside.write(frame(FRAME.data, 1, Buffer.alloc(32_768)))
    await expect.poll(() => streams[0]?.destroyed).toBe(true)
    for (let id = 2; id < 1000; id++) inside.write(frame(FRAME.open, id))
    await expect.poll(() => streams.length).toBe(201)
    // What belongs to no connection is left aside.
    inside.write(Buffer.concat([frame(FRAME.data, 5000, Buffer.from('x')), frame(FRAME.end, 5000), frame(FRAME.reset, 5000)]))
    await expect.poll(() => port.readableLength).toBe(0)
    expect(port.destroyed).toBe(false)
  })
})
