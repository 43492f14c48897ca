/**
 * A reading process that does what its file says, in place of a parser that a document has taken over: it hangs, grows, ends,
 * floods its output, lies, stays, or tries to reach what the fence forbids and answers with what it got.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { frame } from '#scanner/jail/frames.ts'
import { requests } from '#scanner/jail/requests.ts'
import { scanBytes } from '#scanner/reports/scan-report.ts'

const held: Buffer[] = []
let files = 0
for (const { about, bytes } of requests()) await obey(bytes, about.passwords ?? [])

async function obey(bytes: Buffer, passwords: readonly string[]): Promise<void> {
  const [order, pid, port] = bytes.toString('latin1').split(' ')
  files++
  if (order === 'hang') for (;;) held.length = 0
  if (order === 'grow') for (;;) held.push(Buffer.alloc(2 ** 24, 1))
  if (order === 'heap') for (const list: number[][] = []; ;) list.push(Array.from({ length: 100_000 }).fill(list.length) as number[])
  if (order === 'end') process.kill(process.pid, 'SIGSEGV')
  if (order === 'abort') process.abort()
  if (order === 'flood') return void process.stdout.write(frame(Buffer.alloc(2 ** 22, 0x20)))
  if (order === 'lie') return void process.stdout.write(frame(Buffer.from('{"outcome":"complete"}')))
  if (order === 'sleep') return
  if (order === 'stay') setInterval(() => undefined, 60_000)
  if (order === 'twice') process.stdout.write(Buffer.concat([report(bytes), report(bytes)]))
  else if (order === 'swap') process.stdout.write(report(Buffer.from('just text')))
  else if (order === 'count') process.stdout.write(report(bytes, `file ${files}`))
  else if (order === 'passwords') process.stdout.write(report(bytes, passwords.join(' ')))
  else if (order === 'arguments') process.stdout.write(report(bytes, [...process.execArgv, ...process.argv].join(' ').includes('secret') ? 'told' : 'not told'))
  else if (order === 'escape') process.stdout.write(report(bytes, (await escapes(Number(pid), Number(port))).join(' ') || 'fenced'))
  else process.stdout.write(report(bytes))
}

/** The true answer, but for its type where one is given. */
function report(bytes: Buffer, type?: string): Buffer {
  const answer = scanBytes(bytes)
  return frame(Buffer.from(JSON.stringify({ ...answer, type: type ?? answer.type })))
}

/** The ways out that worked: `pid` is a process outside, `port` one that it listens at. */
async function escapes(pid: number, port: number): Promise<string[]> {
  const ways: Record<string, () => unknown> = {
    read: () => readFileSync('/etc/hostname'),
    write: () => writeFileSync('/tmp/vedette-escape', 'x'),
    start: () => {
      const { error } = spawnSync('/bin/true')
      if (error) throw error
    },
    environment: () => {
      if (process.env['PATH'] === undefined && process.env['HOME'] === undefined) throw new Error('no environment')
    },
    signal: () => process.kill(pid, 0),
    connect: () =>
      new Promise((resolve, reject) => {
        const socket = connect(port, '127.0.0.1', () => resolve(socket.destroy()))
        socket.once('error', reject)
      }),
  }
  const worked: string[] = []
  for (const [name, attempt] of Object.entries(ways)) {
    try {
      await attempt()
      worked.push(name)
    } catch {
      // This way is closed.
    }
  }
  return worked
}
