import { spawn, type ChildProcess } from 'node:child_process'
import { Resolver } from 'node:dns/promises'
import { once } from 'node:events'
import { duplexPair, type Duplex } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { gather } from '#platform/gathered.ts'
import type { Egress } from '../contract.ts'
import { happeningsOf } from './happenings.ts'
import { openNames, questionOf } from './names.ts'
import { ExchangeRecord } from './record.ts'
import { openWayOut, type WayOut } from './way-out.ts'

const FORWARDER = fileURLToPath(new URL('../../../../guest/agent/egress.py', import.meta.url))
const started: ChildProcess[] = []
const ways: WayOut[] = []
afterEach(async () => {
  for (const one of started.splice(0)) one.kill('SIGKILL')
  for (const one of ways.splice(0)) await one.end()
})

/** The guest's forwarder as it is, at the real way out, and a resolver as a program of the guest has it. */
async function guest(egress: Egress): Promise<{ resolver: Resolver; way: WayOut }> {
  const forwarder = spawn('python3', ['-IB', FORWARDER, '--fd', '3', '--listen', '0', '--names', '0'], { stdio: ['ignore', 'pipe', 'inherit', 'pipe'] })
  started.push(forwarder)
  const way = await openWayOut(forwarder.stdio[3] as Duplex, egress, { ownNetworks: [] }, new Date('2026-03-02T08:00:00Z'), () => undefined)
  ways.push(way)
  const [ports] = (await once(forwarder.stdout!, 'data')) as [Buffer]
  const resolver = new Resolver({ timeout: 5_000, tries: 1 })
  resolver.setServers([`127.0.0.1:${String(ports).trim().split(' ')[1]}`])
  return { resolver, way }
}

const ask = (message: Buffer, simulated = true) => {
  const record = new ExchangeRecord(() => undefined)
  const [ours, theirs] = duplexPair()
  openNames(record, simulated)(theirs)
  ours.on('error', () => undefined)
  ours.end(message)
  return { record, answer: gather(ours) }
}

function question(name: string, type = 1): Buffer {
  const labels = name.split('.').flatMap((label) => [label.length, ...Buffer.from(label)])
  return Buffer.from([0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...labels, 0, 0, type, 0, 1])
}

describe('names that a guest asks for by itself', () => {
  it('lead somewhere in the simulated Internet, each to an address of its own, and are all recorded', async () => {
    const { resolver, way } = await guest('simulated')
    expect(await resolver.resolve4('command.example')).toEqual(['198.18.0.1'])
    expect(await Promise.all([resolver.resolve4('other.example'), resolver.resolve4('COMMAND.example')])).toEqual([['198.18.0.2'], ['198.18.0.1']])
    await expect(resolver.resolve6('command.example')).rejects.toMatchObject({ code: 'ENODATA' })
    await expect(resolver.resolveTxt('secret.tunnel.example')).rejects.toMatchObject({ code: 'ENODATA' })
    const { exchanges } = await way.end()
    expect(exchanges.map(({ kind, method, url, outcome }) => [kind, method, url.toLowerCase(), outcome])).toEqual(
      expect.arrayContaining([
        ['name', 'A', 'command.example', 'simulated'],
        ['name', 'AAAA', 'command.example', 'simulated'],
        ['name', 'TXT', 'secret.tunnel.example', 'simulated'],
      ]),
    )
    expect(happeningsOf(exchanges)).toContainEqual({
      kind: 'connect',
      protocol: 'dns',
      to: 'secret.tunnel.example',
      port: 53,
      rank: 'host',
      t: expect.any(Number) as number,
    })
  })

  it.each<Egress>(['none', 'direct'])('are refused and recorded where egress is %s: the proxy alone looks names up', async (egress) => {
    const { resolver, way } = await guest(egress)
    await expect(resolver.resolve4('command.example')).rejects.toMatchObject({ code: 'EREFUSED' })
    expect((await way.end()).exchanges).toMatchObject([{ kind: 'name', url: 'command.example', outcome: 'refused' }])
  })

  it('are read as text that nothing in it can leave', async () => {
    const { record, answer } = ask(question('a\n\u0000b.example'))
    expect((await answer).readUInt16BE(0)).toBe(0x1234)
    expect(record.exchanges[0]!.url).toBe('a??b.example')
  })

  it.each<[string, Buffer]>([
    ['nothing', Buffer.alloc(0)],
    ['half a head', Buffer.alloc(7)],
    ['an answer', Buffer.concat([question('a.example').fill(0x80, 2, 3)])],
    ['two questions', question('a.example').fill(2, 5, 6)],
    ['a name that points back', Buffer.from([0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xc0, 12, 0, 1, 0, 1])],
    ['a name without an end', question('a.example').subarray(0, 20)],
    ['a name longer than names are', question(Array.from({ length: 8 }, () => 'a'.repeat(60)).join('.'))],
    ['more than a question is', Buffer.alloc(100_000, 1)],
  ])('get no answer where there is %s', async (_what, message) => {
    expect(questionOf(message)).toBeUndefined()
    const { record, answer } = ask(message)
    expect((await answer.catch(() => Buffer.alloc(0))).length).toBe(0)
    expect(record.exchanges).toEqual([])
  })
})
