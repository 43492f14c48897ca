import { randomBytes } from 'node:crypto'
import { PassThrough } from 'node:stream'
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { Frames } from '#scanner/jail/frames.ts'
import { hear, tell } from './channel.ts'

function frame(content: object | Buffer): Buffer {
  const bytes = Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content))
  const header = Buffer.alloc(4)
  header.writeUInt32BE(bytes.length)
  return Buffer.concat([header, bytes])
}

/** What is heard of these bytes, however they are cut. */
async function heard(bytes: Buffer, { piece = bytes.length, most = 2 ** 20 } = {}) {
  const events = new PassThrough()
  const all: unknown[] = []
  hear(
    events,
    {
      message: (message) => all.push(message),
      artefact: (artefact, data) => all.push([artefact.of, data.length]),
      garbled: (why) => all.push(`garbled: ${why}`),
    },
    most,
  )
  for (let at = 0; at < bytes.length; at += Math.max(1, piece)) events.write(bytes.subarray(at, at + Math.max(1, piece)))
  await new Promise((resolve) => setImmediate(resolve))
  return all
}

const idle = { kind: 'viewer', state: 'idle', t: 1 }
const core = { kind: 'artefact', of: 'core', pid: 3, t: 1, bytes: 5 }

describe('the channels of a guest', () => {
  it('hears messages and the bytes that they announce, however they are cut', async () => {
    const said = Buffer.concat([frame({ kind: 'heartbeat' }), frame(idle), frame(core), frame(Buffer.from('12345')), frame({ kind: 'done', end: 'idle' })])
    const expected = [{ kind: 'heartbeat' }, { kind: 'happening', happening: { ...idle, rank: 'guest' } }, ['core', 5], { kind: 'done', end: 'idle' }]
    for (const piece of [said.length, 1, 3, 7]) expect(await heard(said, { piece })).toEqual(expected)
  })

  it('ends at the first word that does not fit', async () => {
    const wrong: [string, Buffer][] = [
      ['no JSON', frame(Buffer.from('{'))],
      ['no object', frame(Buffer.from('[1]'))],
      ['an unknown kind', frame({ kind: 'verdict', clean: true, t: 0 })],
      ['a rank of its own', frame({ ...idle, rank: 'host' })],
      ['a field too many', frame({ ...idle, more: 1 })],
      ['an end that there is not', frame({ kind: 'done', end: 'clean' })],
      ['a path too long', frame({ kind: 'file', action: 'write', path: 'a'.repeat(5000), t: 1 })],
      ['a message too long', frame(Buffer.alloc(300_000, 0x20))],
      ['a frame longer than any', Buffer.from('ffffffff', 'hex')],
      ['other bytes than announced', Buffer.concat([frame(core), frame(Buffer.from('1234'))])],
    ]
    for (const [what, bytes] of wrong) {
      const all = await heard(Buffer.concat([bytes, frame({ kind: 'heartbeat' })]))
      expect(all, what).toEqual([expect.stringMatching(/^garbled: /)])
    }
  })

  it('hears no more than it is to', async () => {
    const all = await heard(Buffer.concat(Array.from({ length: 100 }, () => frame({ kind: 'heartbeat' }))), { piece: 50, most: 1000 })
    expect(all.at(-1)).toBe('garbled: it said more than 1000 bytes')
    expect(all.length).toBeLessThan(60)
  })

  test.prop([fc.uint8Array({ maxLength: 400 })])('never throws, whatever is said', async (noise) => {
    await heard(Buffer.from(noise), { piece: 16 })
    await heard(Buffer.concat([frame(core), Buffer.from(noise)]), { piece: 16 })
  })

  it('tells messages in frames of the same form', () => {
    const control = new PassThrough()
    const document = randomBytes(1000)
    tell(control, { kind: 'open', name: 'a.pdf' }, document)
    tell(control, { kind: 'close' })
    const [open, bytes, close] = new Frames(2 ** 20, 'BE').take(control.read() as Buffer)
    expect(JSON.parse(open!.toString())).toEqual({ kind: 'open', name: 'a.pdf', bytes: 1000 })
    expect(bytes!.equals(document)).toBe(true)
    expect(JSON.parse(close!.toString())).toEqual({ kind: 'close' })
  })
})
