/**
 * A reading process that does what its file says, in place of a parser that a document has taken over: it hangs, grows, ends,
 * floods its output, lies, or tries to reach what the fence forbids and answers with what it got.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { Frames, frame } from '#scanner/jail/frames.ts'
import { scanBytes } from '#scanner/reports/scan-report.ts'

const frames = new Frames(2 ** 30)
const held: Buffer[] = []
for await (const chunk of process.stdin) for (const bytes of frames.take(chunk as Buffer)) obey(bytes)

function obey(bytes: Buffer): void {
  const order = bytes.toString('latin1')
  if (order === 'hang') for (;;) held.length = 0
  if (order === 'grow') for (;;) held.push(Buffer.alloc(2 ** 24, 1))
  if (order === 'heap') for (const list: string[][] = []; ;) list.push(Array.from({ length: 1000 }, (_, i) => `${list.length} ${i}`))
  if (order === 'end') process.kill(process.pid, 'SIGSEGV')
  if (order === 'flood') return void process.stdout.write(frame(Buffer.alloc(2 ** 22, 0x20)))
  if (order === 'lie') return void process.stdout.write(frame(Buffer.from('{"outcome":"complete"}')))
  if (order === 'sleep') return
  if (order === 'escape') return void process.stdout.write(frame(Buffer.from(JSON.stringify({ ...scanBytes(bytes), type: escapes().join(' ') || 'fenced' }))))
  process.stdout.write(frame(Buffer.from(JSON.stringify(scanBytes(bytes)))))
}

/** The ways out that worked. */
function escapes(): string[] {
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
  }
  return Object.entries(ways).flatMap(([name, attempt]) => {
    try {
      attempt()
      return [name]
    } catch {
      return []
    }
  })
}
