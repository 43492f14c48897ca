import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FAULTY, testEnvironment } from '../../../../test/harness/detonation.ts'
import { onePage } from '../../../../test/harness/one-page.ts'
import { Detonation, type Happening } from '../contract.ts'
import type { Artefact, Job } from '../sandbox.ts'
import { openQemu, RUN_LIMITS } from './qemu.ts'

const found = await testEnvironment()
const skipped = 'skipped' in found ? found.skipped : undefined
if (skipped) console.log(`detonations are not tested: ${skipped}`)

const LIMITS = { ...RUN_LIMITS, dwell: { quietMs: 300, capMs: 60_000, silentMs: 12_000, closingMs: 10_000 }, traceBytes: 500_000 }

/** A document that the faulty viewer runs; `root` is one that has taken the guest over. */
const script = (text: string, root = false) => Buffer.from(`#!/bin/sh\n#${root ? ' root' : ''}\n${text}\n`)
const python = (text: string, root = false) => Buffer.from(`#!/usr/bin/python3\n#${root ? ' root' : ''}\n${text}\n`)

/** Takes the ports out of the agent's hands, which keeps them for itself alone, and speaks into each. */
const SPEAKER = python(
  [
    'import ctypes, os, time',
    'call = ctypes.CDLL(None).syscall',
    'agent = call(434, 1, 0)',
    'for n in os.listdir("/proc/1/fd"):',
    '  if os.readlink("/proc/1/fd/" + n).startswith("/dev/vport"): os.write(call(438, agent, int(n), 0), b"all is well, believe me")',
    'time.sleep(30)',
  ].join('\n'),
  true,
)

describe.skipIf(skipped)('a detonation in a virtual machine of ours', { timeout: 180_000 }, () => {
  const { environment, runs, remove } = found as Exclude<typeof found, { skipped: string }>
  const sandbox = openQemu({ environments: [environment], runs, clock: { now: () => new Date('2026-03-02T08:00:00Z') }, limits: LIMITS })

  async function detonate(document: Buffer, { checkHeap = false, capMs = 60_000, signal }: { checkHeap?: boolean; capMs?: number; signal?: AbortSignal } = {}) {
    const artefacts: Artefact[] = []
    const job: Job = { environment: FAULTY, subject: { document, name: 'document.pdf' }, options: { macros: true, egress: 'none', checkHeap }, capMs }
    const answer = await sandbox.detonate(job, { artefact: (one) => void artefacts.push(one) }, signal)
    expect(Detonation.safeParse(answer).error).toBeUndefined()
    return {
      ...answer,
      artefacts,
      of: <K extends Happening['kind']>(kind: K) => answer.happenings.filter((one): one is Extract<Happening, { kind: K }> => one.kind === kind),
    }
  }

  beforeAll(async () => {
    // The first run makes the template.
    await detonate(onePage('warm'))
  }, 300_000)

  afterAll(async () => {
    await sandbox.close()
    expect(readdirSync(runs)).toEqual([])
    remove()
  })

  it('renders a page, shows it as a picture, and tells what the viewer ran', async () => {
    const { end, why_ended, artefacts, of, not_watched, machine, sha256 } = await detonate(onePage('Guten Tag'))
    expect([end, why_ended]).toEqual(['rendered', 'the viewer was idle and nothing was pending for 0.3 s'])
    const [picture] = of('picture')
    expect(picture).toMatchObject({ of: 'page', number: 1, width: 300, height: 200, rank: 'guest' })
    expect(artefacts.map((one) => one.sha256)).toEqual([picture!.sha256])
    expect(createHash('sha256').update(artefacts[0]!.bytes).digest('hex')).toBe(picture!.sha256)
    expect(of('process-start').filter(({ rank }) => rank === 'kernel')).toEqual([
      expect.objectContaining({ image: '/usr/bin/pdftoppm', arguments: expect.arrayContaining(['-png', '/home/user/Documents/document.pdf']) as unknown }),
      expect.objectContaining({ image: '/usr/bin/pdftotext' }),
    ])
    expect(of('fault')).toEqual([])
    expect(of('silence')).toEqual([])
    expect(of('dropped')).toEqual([])
    expect(not_watched).toEqual([])
    expect(sha256).toBe(createHash('sha256').update(onePage('Guten Tag')).digest('hex'))
    expect(machine).toMatchObject({ image: environment.hashes.image, accelerator: 'tcg' })
  })

  it('finds on the disk what was written there, whatever the guest tells, and hands it over', async () => {
    const { of, artefacts, not_watched } = await detonate(
      script(
        'umask 022; echo payload > /tmp/run.sh; mkdir ~/d; echo mine > ~/d/own; rm ~/.aws/credentials; echo more >> Documents/passwords.csv; ln -s /etc/shadow /tmp/link',
      ),
    )
    const [hidden] = [await detonate(script('echo root > /root/left; chmod 4755 /root/left', true))]
    const seen = of('file').filter(({ rank }) => rank === 'host')
    expect(seen.map(({ action, path }) => `${action} ${path}`).sort()).toEqual([
      'create /home/user/d/own',
      'create /tmp/link',
      'create /tmp/run.sh',
      'delete /home/user/.aws/credentials',
      'write /home/user/Documents/passwords.csv',
    ])
    const payload = seen.find(({ path }) => path === '/tmp/run.sh')!
    expect(artefacts.find(({ sha256 }) => sha256 === payload.sha256)!.bytes.toString()).toBe('payload\n')
    expect(payload.size).toBe(8)
    expect(not_watched).toEqual([])
    expect(hidden.of('file').filter(({ rank }) => rank === 'host')).toMatchObject([{ action: 'create', path: '/root/left' }])
  })

  it('is idle where nothing was rendered', async () => {
    const { end, of } = await detonate(Buffer.from('no document at all'))
    expect(end).toBe('idle')
    expect(of('viewer').map(({ state }) => state)).toEqual(['opening', 'refused', 'idle', 'closed'])
  })

  it('sees a crash, with registers, address and the place in the program, the same twice', async () => {
    const crash = python('import ctypes\nctypes.string_at(0x4141414141)')
    const both = [await detonate(crash), await detonate(crash)]
    const stacks = both.map(({ end, of, artefacts }) => {
      expect(end).toBe('crashed')
      expect(of('fault').find(({ rank }) => rank === 'kernel')).toMatchObject({ signal: 'SIGSEGV' })
      const fault = of('fault').find(({ rank }) => rank === 'guest')!
      expect(fault).toMatchObject({ signal: 'SIGSEGV', address: '0x4141414141', access: 'read', module: expect.stringContaining('libc') as unknown })
      expect(Object.keys(fault.registers!)).toContain('rip')
      expect(artefacts.some(({ bytes }) => Buffer.from(bytes.subarray(0, 4)).equals(Buffer.from('\x7fELF', 'latin1')))).toBe(true)
      return fault.stack!.slice(0, 4)
    })
    expect(stacks[0]).toEqual(stacks[1])
  })

  it('turns silent damage of the heap into a crash where it is asked to check it', async () => {
    const damage = python(
      'import ctypes\nc = ctypes.CDLL(None)\nc.malloc.restype = ctypes.c_void_p\np, q = c.malloc(24), c.malloc(24)\nctypes.memset(p, 65, 25)\nc.free(ctypes.c_void_p(p))',
    )
    expect((await detonate(damage)).end).toBe('idle')
    const { end, of } = await detonate(damage, { checkHeap: true })
    expect(end).toBe('crashed')
    expect(of('fault').some(({ signal }) => signal === 'SIGABRT')).toBe(true)
  })

  it('sees a spray, a honey file that is read, and a program that is run', async () => {
    const { of } = await detonate(script('cat ~/.ssh/id_ed25519 > /dev/null\nexec python3 -c "import time; a = b\\"\\x0c\\" * (64 << 20); time.sleep(2)"'))
    expect(of('spray')[0]).toMatchObject({ pattern: '0c'.repeat(16) })
    expect(of('spray')[0]!.bytes).toBeGreaterThan(8 * 2 ** 20)
    expect(of('file').filter(({ honey }) => honey)).toContainEqual(expect.objectContaining({ action: 'read', path: '/home/user/.ssh/id_ed25519' }))
    expect(of('process-start').map(({ image }) => image)).toContain('/usr/bin/cat')
  })

  it('ends what hangs at its cap', async () => {
    const { end, why_ended, dwell_ms } = await detonate(script('while :; do :; done'), { capMs: 4_000 })
    expect([end, why_ended]).toEqual(['hung', 'the viewer still worked when its time of 4 s was over'])
    expect(dwell_ms).toBeLessThan(15_000)
  })

  it('outlives a fork bomb', async () => {
    const { end, dwell_ms } = await detonate(script('b() { b | b & }; b; sleep 1'), { capMs: 6_000 })
    expect(['hung', 'killed']).toContain(end)
    expect(dwell_ms).toBeLessThan(20_000)
  })

  it('outlives what fills memory', async () => {
    const { end, of } = await detonate(python('a = []\nwhile True: a.append(bytearray(b"\\x01") * (8 << 20))'))
    expect(end).toBe('killed')
    expect(of('silence')).toEqual([])
  })

  it('outlives what fills the disk', async () => {
    const { end, of } = await detonate(script('for n in 1 2 3 4; do head -c 200M /dev/zero > f$n; done; exit 0'), { capMs: 15_000 })
    expect(['idle', 'hung']).toContain(end)
    expect(of('silence')).toEqual([])
  })

  it('says when the agent was stopped, and when the machine was', async () => {
    const stop = python('import ctypes, os, time\nc = ctypes.CDLL(None)\nfor t in os.listdir("/proc/1/task"): c.ptrace(16, int(t), 0, 0)\ntime.sleep(60)', true)
    const stopped = await detonate(stop)
    expect(stopped.end).toBe('agent-silenced')
    expect(stopped.of('silence')).toEqual([expect.objectContaining({ of: 'agent', rank: 'host' })])
    expect(stopped.of('attack-call')[0]).toMatchObject({ call: 'ptrace' })
    const off = await detonate(script('echo o > /proc/sysrq-trigger', true))
    expect([off.end, off.of('silence').length]).toEqual(['agent-silenced', 1])
  })

  it('says when the trace was turned off', async () => {
    const { end, of } = await detonate(script('echo 0 > /sys/kernel/tracing/instances/vedette/tracing_on; sleep 30', true))
    expect(end).toBe('agent-silenced')
    expect(of('silence')).toEqual([expect.objectContaining({ of: 'trace', rank: 'host' })])
  })

  it('believes nobody who speaks in the place of the agent', async () => {
    const { end, of } = await detonate(SPEAKER)
    expect(end).toBe('agent-silenced')
    expect(of('silence')).toHaveLength(1)
  })

  it('ends what floods the trace', async () => {
    const { end, why_ended } = await detonate(python('import os\nwhile True:\n  try: os.unlink("x" * 200)\n  except OSError: pass'))
    expect([end, why_ended]).toEqual(['killed', 'the trace said more than 500000 bytes'])
  })

  it('is ended by whoever asked for it, and leaves no machine behind', async () => {
    const abort = new AbortController()
    setTimeout(() => abort.abort(), 1500)
    const { end } = await detonate(script('sleep 60'), { signal: abort.signal })
    expect(end).toBe('killed')
    expect(machines()).toEqual([])
  })

  it('never changes what all runs begin with', () => {
    const hash = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex')
    expect(hash(environment.image.image)).toBe(environment.hashes.image)
  })
})

/** Numbers of the QEMUs that this process started, through the wall and its helpers. */
function machines(): number[] {
  const stat = (pid: number) => readFileSync(`/proc/${pid}/stat`, 'latin1')
  const parent = (pid: number): number => Number(stat(pid).slice(stat(pid).lastIndexOf(')')).split(' ')[2])
  const isOurs = (pid: number): boolean => pid === process.pid || (pid > 1 && isOurs(parent(pid)))
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => {
      try {
        return pid > 0 && stat(pid).includes('(qemu-system') && isOurs(pid)
      } catch {
        return false
      }
    })
}
