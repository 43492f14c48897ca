import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { stopwatch } from '#platform/clock/clock.ts'
import { lookUpByDns } from './look-up.ts'

const open: Socket[] = []
afterEach(() => {
  for (const socket of open.splice(0)) socket.close()
})

/** A server of names: answers the question's own name with each address, or says nothing. */
async function server(addresses: { readonly A?: string; readonly AAAA?: Buffer } | undefined): Promise<string> {
  const socket = createSocket('udp4', (question, from) => {
    if (!addresses) return
    const asked = question.subarray(12, question.indexOf(0, 12) + 5)
    const type = asked.readUInt16BE(asked.length - 4)
    const content = type === 1 ? addresses.A && Buffer.from(addresses.A.split('.').map(Number)) : addresses.AAAA
    const header = Buffer.from([0x81, content ? 0x80 : 0x83, 0, 1, 0, content ? 1 : 0, 0, 0, 0, 0])
    const answer = content ? [Buffer.from([0xc0, 0x0c, 0, type, 0, 1, 0, 0, 0, 9, 0, content.length]), content] : []
    socket.send(Buffer.concat([question.subarray(0, 2), header, asked, ...answer]), from.port, from.address)
  })
  open.push(socket)
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return `127.0.0.1:${socket.address().port}`
}

describe('looking up names for guests', () => {
  it('gives the addresses of both families, so that all of them are checked', async () => {
    const six = Buffer.from('20010db8000000000000000000000001', 'hex')
    expect(await lookUpByDns({ servers: [await server({ A: '192.0.2.7', AAAA: six })] })('site.example')).toEqual([
      { address: '192.0.2.7', family: 4 },
      { address: '2001:db8::1', family: 6 },
    ])
    expect(await lookUpByDns({ servers: [await server({ AAAA: six })] })('site.example')).toEqual([{ address: '2001:db8::1', family: 6 }])
    await expect(lookUpByDns({ servers: [await server({})] })('site.example')).rejects.toThrow('ENOTFOUND')
  })

  it('holds nothing up where no answer comes, and ends', async () => {
    const look = lookUpByDns({ servers: [await server(undefined)], answerMs: 300 })
    const elapsed = stopwatch()
    const asked = Promise.allSettled(Array.from({ length: 40 }, (_, n) => look(`n${n}.site.example`)))
    // Files are read by the threads that getaddrinfo would hold: the read comes first.
    expect(await Promise.race([asked.then(() => 'look-ups'), readFile(import.meta.filename).then(() => 'file')])).toBe('file')
    expect((await asked).every(({ status }) => status === 'rejected')).toBe(true)
    expect(elapsed()).toBeLessThan(15_000)
  })

  it('knows nothing of what this machine alone calls by a name', async () => {
    await expect(lookUpByDns({ servers: [await server({})] })('localhost.')).rejects.toThrow()
  })
})
