import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pause } from '#platform/clock/clock.ts'
import { FAULTY, testEnvironment } from '../../../../test/harness/detonation.ts'
import { onePage } from '../../../../test/harness/one-page.ts'
import { Detonation, type Happening } from '../contract.ts'
import type { RunLimits } from '../guest/run.ts'
import { ownerName } from '../machine/owner.ts'
import { NoEnvironment, type Artefact, type Job, type Sandbox } from '../sandbox.ts'
import { describeSandbox } from '../sandbox.suite.ts'
import { openQemu, RUN_LIMITS } from './qemu.ts'

const found = await testEnvironment()
const skipped = 'skipped' in found ? found.skipped : undefined
if (skipped) console.log(`detonations are not tested: ${skipped}`)

/** On a busy computer a guest has a small part of a processor: what is not to be ended by its time has enough of it. */
const MOST_MS = 150_000
/** One more than two processors carry: some of the guests stand still. */
const ROOM = { memoryMiB: 5_120, cpus: 3 }
const LIMITS = { ...RUN_LIMITS, dwell: { quietMs: 300, capMs: MOST_MS, silentMs: 12_000, closingMs: 10_000 }, traceBytes: 500_000 }

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

/** Stops the agent, and says in its place and in its words more than anybody can keep: pictures, and things that happen. */
const FLOOD = python(
  [
    'import ctypes, json, os, struct, zlib',
    'c = ctypes.CDLL(None)',
    'for t in os.listdir("/proc/1/task"): c.ptrace(16, int(t), 0, 0)',
    'agent = c.syscall(434, 1, 0)',
    'ports = {open("/sys/class/virtio-ports/" + n + "/name").read().strip(): n for n in os.listdir("/sys/class/virtio-ports")}',
    'n = next(n for n in os.listdir("/proc/1/fd") if os.readlink("/proc/1/fd/" + n) == "/dev/" + ports["vedette.events"])',
    'port = c.syscall(438, agent, int(n), 0)',
    'os.set_blocking(port, True)',
    'def chunk(kind, data): return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))',
    'png = b"\\x89PNG\\r\\n\\x1a\\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(b"\\0\\0")) + chunk(b"IEND", b"")',
    'def frame(data): return struct.pack(">I", len(data)) + data',
    'def say(**told): return frame(json.dumps(told).encode())',
    'n = 0',
    'while True:',
    '  n += 1',
    '  data = b"".join(say(kind="dialog", t=1, text="%d %d" % (n, i)) for i in range(500)) + say(kind="artefact", of="picture", shows="screen", number=n, t=1, bytes=len(png)) + frame(png)',
    '  while data: data = data[os.write(port, data):]',
  ].join('\n'),
  true,
)

/** Where the processor says that it has AVX2, reads a table by the indices in ymm4, as libraries do, and crashes where something else came out. */
const GATHER = python(
  [
    'import ctypes, mmap',
    'code = mmap.mmap(-1, 4096, prot=7)',
    'code.write(bytes.fromhex("c5fe6f26 c5d576ed c5c1efff c4e255903ca7 c5f97ef8 c5f877 c3"))',
    'at = ctypes.addressof(ctypes.c_char.from_buffer(code))',
    'table, third = (ctypes.c_int * 8)(*range(8)), (ctypes.c_int * 8)(*[3] * 8)',
    'has = "avx2" in open("/proc/cpuinfo").read().split()',
    'if has and ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)(at)(ctypes.addressof(table), ctypes.addressof(third)) != 3: ctypes.string_at(0)',
  ].join('\n'),
)

describe.skipIf(skipped)('a detonation in a virtual machine of ours', { timeout: 400_000 }, () => {
  const { environment, runs, remove } = found as Exclude<typeof found, { skipped: string }>
  const open = (more: Partial<RunLimits> = {}) =>
    openQemu({ environments: [environment], runs, clock: { now: () => new Date('2026-03-02T08:00:00Z') }, limits: { ...LIMITS, ...more }, room: ROOM })
  let sandbox: Sandbox

  const jobOf = (document: Buffer, { checkHeap = false, capMs = MOST_MS } = {}): Job => ({
    environment: FAULTY,
    subject: { document, name: 'document.pdf' },
    options: { macros: true, egress: 'none', checkHeap },
    capMs,
  })
  async function detonate(document: Buffer, how: { checkHeap?: boolean; capMs?: number } = {}) {
    const artefacts: Artefact[] = []
    const answer = await sandbox.detonate(jobOf(document, how), { artefact: (one) => void artefacts.push(one) })
    expect(Detonation.safeParse(answer).error).toBeUndefined()
    return {
      ...answer,
      artefacts,
      of: <K extends Happening['kind']>(kind: K) => answer.happenings.filter((one): one is Extract<Happening, { kind: K }> => one.kind === kind),
    }
  }

  beforeAll(async () => {
    sandbox = open()
    // The first run makes the template, and says so.
    const told: string[] = []
    await sandbox.detonate(jobOf(onePage('warm')), { waits: (text) => told.push(text) })
    expect(told[0]).toBe(`Preparing ${FAULTY} once ...`)
  }, 300_000)

  afterAll(async () => {
    await sandbox.close()
    expect(readdirSync(runs)).toEqual([])
    remove()
  })

  // Many of them wait for a bound of time, and the pool lets in as many at once as there is room for.
  describe.concurrent('of one document', () => {
    it('computes as a real processor does', async () => {
      const { end, of } = await detonate(GATHER)
      expect([end, of('fault')]).toEqual(['idle', []])
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
      const { end, why_ended, of, artefacts, not_watched } = await detonate(
        script(
          'umask 022; echo payload > /tmp/run.sh; mkdir ~/d; printf "#!/bin/sh" > ~/d/own; rm ~/.aws/credentials; echo more >> Documents/passwords.csv; ln -s /etc/shadow /tmp/link',
        ),
      )
      const [hidden] = [await detonate(script('echo root > /root/left; chmod 4755 /root/left', true))]
      const seen = of('file').filter(({ rank }) => rank === 'host')
      expect({ end, why_ended, not_watched, files: seen.map(({ action, path }) => `${action} ${path}`).sort() }).toEqual({
        end: 'idle',
        why_ended: expect.any(String) as unknown,
        not_watched: [],
        files: [
          'create /home/user/d/own',
          'create /tmp/link',
          'create /tmp/run.sh',
          'delete /home/user/.aws/credentials',
          'write /home/user/Documents/passwords.csv',
        ],
      })
      const payload = seen.find(({ path }) => path === '/tmp/run.sh')!
      expect(artefacts.find(({ sha256 }) => sha256 === payload.sha256)!.bytes.toString()).toBe('payload\n')
      expect(payload.size).toBe(8)
      expect(seen.flatMap(({ path, program }) => (program ? [path] : []))).toEqual(['/home/user/d/own'])
      expect(hidden.of('file').filter(({ rank }) => rank === 'host')).toMatchObject([{ action: 'create', path: '/root/left' }])
    })

    it('sees that the memory of a process is written through its file, by whatever name', async () => {
      const write = (name: string, mode: string) =>
        python(
          `import ctypes; b = ctypes.create_string_buffer(b"aa"); f = open("${name}", "${mode}", 0); f.seek(ctypes.addressof(b)); f.${mode === 'rb' ? 'read(1)' : 'write(b"b")'}`,
        )
      const calls = async (document: Buffer) => (await detonate(document)).of('attack-call').map(({ call, image }) => `${image} ${call}`)
      expect(await calls(write('/proc/thread-self/../../mem', 'r+b'))).toEqual(['/home/user/Documents/document.pdf mem_write'])
      expect(await calls(write('/proc/self/mem', 'rb'))).toEqual([])
    })

    it('is idle where nothing was rendered', async () => {
      const { end, of } = await detonate(Buffer.from('no document at all'))
      expect(end).toBe('idle')
      expect(of('viewer').map(({ state }) => state)).toEqual(['opening', 'refused', 'idle', 'closed'])
    })

    it('sees a crash, with registers, address and the place in the program, the same twice', async () => {
      const crash = python('import ctypes\nctypes.string_at(0x4141414141)')
      const both = await Promise.all([detonate(crash), detonate(crash)])
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

    it('sees a spray, honey files that are read, moved and deleted, and a program that is run', async () => {
      const { of } = await detonate(
        script(
          'cat ~/.ssh/id_ed25519 > /dev/null\nmv ~/.aws/credentials ~/taken\nrm ~/Documents/passwords.csv\nexec python3 -c "import time; a = b\\"\\x0c\\" * (64 << 20); time.sleep(2)"',
        ),
      )
      expect(of('spray')[0]).toMatchObject({ pattern: '0c'.repeat(16) })
      expect(of('spray')[0]!.bytes).toBeGreaterThan(8 * 2 ** 20)
      expect(of('file').flatMap(({ honey, action, path, rank }) => (honey ? [`${rank} ${action} ${path.slice('/home/user/'.length)}`] : []))).toEqual(
        expect.arrayContaining(['guest read .ssh/id_ed25519', 'kernel move .aws/credentials', 'kernel delete Documents/passwords.csv']),
      )
      expect(of('process-start').map(({ image }) => image)).toContain('/usr/bin/cat')
    })

    it('outlives a fork bomb', async () => {
      const { end, dwell_ms } = await detonate(script('b() { b | b & }; b; sleep 1'), { capMs: 4_000 })
      expect(['hung', 'killed']).toContain(end)
      expect(dwell_ms).toBeLessThan(20_000)
    })

    it('outlives what fills memory', async () => {
      const { end, of } = await detonate(python('a = []\nwhile True: a.append(bytearray(b"\\x01") * (8 << 20))'))
      expect(end).toBe('killed')
      expect(of('silence')).toEqual([])
    })

    it('outlives what fills the disk', async () => {
      const { end, of } = await detonate(script('for n in 1 2 3 4; do head -c 200M /dev/zero > f$n; done; exit 0'), { capMs: 8_000 })
      expect(['idle', 'hung']).toContain(end)
      expect(of('silence')).toEqual([])
    })

    it('says when the agent was stopped, when the machine was, and when the trace was turned off', async () => {
      const stop = python(
        'import ctypes, os, time\nc = ctypes.CDLL(None)\nfor t in os.listdir("/proc/1/task"): c.ptrace(16, int(t), 0, 0)\ntime.sleep(60)',
        true,
      )
      const [stopped, untraced] = await Promise.all([
        detonate(stop),
        detonate(script('echo 0 > /sys/kernel/tracing/instances/vedette/tracing_on; sleep 30', true)),
      ])
      expect(stopped.end).toBe('agent-silenced')
      expect(stopped.of('silence')).toEqual([expect.objectContaining({ of: 'agent', rank: 'host' })])
      expect(stopped.of('attack-call')[0]).toMatchObject({ call: 'ptrace' })
      expect(untraced.end).toBe('agent-silenced')
      expect(untraced.of('silence')).toEqual([expect.objectContaining({ of: 'trace', rank: 'host' })])
      const off = await detonate(script('echo o > /proc/sysrq-trigger', true))
      expect([off.end, off.of('silence').length]).toEqual(['agent-silenced', 1])
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
  })

  it('says when the machine is killed, at whatever moment, and leaves nothing of it', async () => {
    for (const ms of [0, 1, 2].map(() => Math.random() * 1500)) {
      const running = detonate(script('sleep 60'))
      await expect.poll(machines).toHaveLength(1)
      await pause(ms)
      for (const pid of machines()) process.kill(pid, 'SIGKILL')
      const answer = await running.catch((error: unknown) => error)
      // Before it began there is nothing to tell of it.
      if (!(answer instanceof NoEnvironment))
        expect([ms, answer]).toMatchObject([ms, { end: 'killed', why_ended: expect.stringContaining('ended from outside') as unknown }])
      expect(leftovers(runs)).toEqual([])
    }
  })

  it('says that an image is missing', async () => {
    const gone = { ...environment, image: { ...environment.image, image: `${environment.image.image}.none` } }
    const other = openQemu({ environments: [gone], runs, clock: { now: () => new Date() } })
    const refused = other.detonate(jobOf(onePage('x')))
    await expect(refused).rejects.toThrow(NoEnvironment)
    await expect(refused).rejects.toThrow(/faulty-test could not be started: .*image\.none/)
    await other.close()
  })

  const subject = (document: Buffer) => ({ document, name: 'document.pdf' })
  describeSandbox(
    'qemu',
    async () => {
      const own = open({ eventBytes: 4 * 2 ** 20 })
      return { sandbox: own, environment: FAULTY, leftovers: async () => leftovers(runs), close: () => own.close() }
    },
    {
      subjects: {
        ordinary: subject(onePage('Guten Tag')),
        another: subject(onePage('Auf Wiedersehen')),
        endless: subject(script('while :; do :; done')),
        flooding: subject(FLOOD),
      },
      withinMs: 120_000,
      abortedWithinMs: 20_000,
      endlessMs: 4_000,
    },
  )

  it('never changes what all runs begin with', () => {
    const hash = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex')
    expect(hash(environment.image.image)).toBe(environment.hashes.image)
  })
})

/** What runs have left behind by now: machines of this process, their groups, and their disks. */
function leftovers(runs: string): string[] {
  const groups = ['', 'memory', 'pids', 'cpu'].map((name) => join('/sys/fs/cgroup', name, 'vedette')).filter((path) => existsSync(path))
  return [
    ...machines().map((pid) => `the machine ${pid}`),
    ...groups.flatMap((path) => readdirSync(path).filter((number) => existsSync(join(path, number, ownerName()!)))).map((number) => `the group ${number}`),
    ...readdirSync(runs),
  ]
}

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
