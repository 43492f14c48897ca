import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawnSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FAKE_WINDOWS, fakeWindows } from '#test/harness/fake-windows.ts'
import type { Detonation, Happening } from '../contract.ts'
import { diskSize, UnfitDisk } from '../machine/layer.ts'
import { NoEnvironment, type Artefact, type Job, type Sandbox } from '../sandbox.ts'
import { describeSandbox } from '../sandbox.suite.ts'
import { judgeRun } from '../signals/all.ts'
import { environmentOf, findOwnImages, UnfitManifest, WindowsManifest } from './windows/manifest.ts'
import { openWindows } from './windows.ts'

const fake = await fakeWindows()
const skipped = 'skipped' in fake ? fake.skipped : undefined
if (skipped) console.log(`operators' own images are not tested: ${skipped}`)

const docx = (text: string): Job['subject'] => ({ document: Buffer.from(text), name: 'annual report.docx' })
const jobFor = (text: string, change: Partial<Job['options']> = {}, name = 'a.docx'): Job => ({
  environment: FAKE_WINDOWS.name,
  subject: { document: Buffer.from(text), name },
  options: { macros: true, egress: 'none', checkHeap: false, ...change },
})

describe.skipIf(skipped)("an operator's own image", () => {
  const { guests, folder, remove } = fake as Exclude<typeof fake, { skipped: string }>
  const runs = join(guests ?? '', 'runs')
  const hash = () =>
    createHash('sha256')
      .update(readFileSync(join(folder, FAKE_WINDOWS.disk.file)))
      .digest('hex')
  const open = async (): Promise<Sandbox> => {
    const { images, faults } = await findOwnImages(guests)
    expect(faults).toEqual([])
    return openWindows({ images, accelerator: 'tcg', runs, clock: { now: () => new Date('2026-03-02T08:00:00Z') }, judge: judgeRun })
  }
  let before = ''
  beforeAll(async () => {
    before = hash()
    mkdirSync(runs)
    // The first run boots it and makes the template, and so would another worker of this host that begins at the same time.
    const both = [await open(), await open()]
    const told: string[] = []
    const seen = await Promise.all(both.map((sandbox) => sandbox.detonate(jobFor('ordinary'), { waits: (text) => told.push(text) })))
    expect(seen.map(({ end }) => end)).toEqual(['rendered', 'rendered'])
    expect(seen[0]!.machine).toEqual(seen[1]!.machine)
    expect(told).toContain(`Preparing ${FAKE_WINDOWS.name} once ...`)
    expect(told).toContain(`Waiting for another process that prepares ${FAKE_WINDOWS.name} ...`)
    await Promise.all(both.map((sandbox) => sandbox.close()))
  }, 300_000)
  afterAll(() => {
    expect(hash()).toBe(before)
    remove()
  })

  describeSandbox(
    'windows',
    async () => {
      const sandbox = await open()
      return {
        sandbox,
        environment: FAKE_WINDOWS.name,
        leftovers: async () => [...readdirSync(runs), ...machinesOf(folder)],
        close: () => sandbox.close(),
      }
    },
    {
      subjects: {
        ordinary: docx('ordinary'),
        another: docx('another'),
        endless: docx('endless'),
        hostile: docx('lying'),
        silent: docx('silent'),
        flooding: docx('flooding'),
      },
      // The cap of the manifest, closing, and a machine that others use as well.
      withinMs: 90_000,
      abortedWithinMs: 15_000,
      endlessMs: 4_000,
    },
  )

  describe('in a clone', { timeout: 120_000 }, () => {
    let sandbox: Sandbox
    beforeAll(async () => {
      sandbox = await open()
    })
    afterAll(() => sandbox.close())
    const of = <K extends Happening['kind']>(seen: Detonation, kind: K) =>
      seen.happenings.filter((one): one is Extract<Happening, { kind: K }> => one.kind === kind)

    it('is given the document and the command of its type, and shows a page', async () => {
      const artefacts: Artefact[] = []
      const seen = await sandbox.detonate(jobFor('ordinary'), { artefact: (one) => artefacts.push(one) })
      expect([seen.end, seen.why_ended]).toEqual(['rendered', 'the viewer was idle and nothing was pending for 0.2 s'])
      expect(of(seen, 'library-call')[0]!.argument).toBe('|C:||Office16||WINWORD.EXE|,|/q|,|{file}|')
      expect(of(seen, 'picture')).toMatchObject([{ of: 'page', number: 1, width: 1, height: 1, rank: 'guest' }])
      expect(artefacts).toHaveLength(1)
      expect(seen.environment).toMatchObject({ driver: 'windows', version: 'Microsoft Word 16.0.4266.1001 (2016-05)' })
      expect(seen.machine).toMatchObject({ accelerator: 'tcg', image: before })
      expect(seen.machine?.kernel).toBeUndefined()
      expect(seen.not_watched.map(({ what }) => what)).toEqual(['the kernel of the guest', 'screen'])
    })

    it('tells a child of the equation editor so that it can be judged', async () => {
      const seen = await sandbox.detonate(jobFor('equation'))
      const [editor] = of(seen, 'process-start').filter(({ image }) => image.endsWith('\\EQNEDT32.EXE'))
      expect(of(seen, 'process-start')).toContainEqual(expect.objectContaining({ parent: editor!.pid, image: 'C:\\Windows\\System32\\cmd.exe', rank: 'guest' }))
    })

    it('tells a crash with its registers', async () => {
      const seen = await sandbox.detonate(jobFor('crashing'))
      expect([seen.end, seen.why_ended]).toEqual(['crashed', 'WINWORD.EXE was ended by 0xc0000005'])
      expect(of(seen, 'fault')).toMatchObject([{ address: '0x41414141', registers: { rip: '0x41414141' } }])
    })

    it('is not believed where it lies', async () => {
      const lied = await sandbox.detonate(jobFor('lying'))
      // It says that it rendered, and showed no page.
      expect(lied.end).toBe('idle')
      expect(of(lied, 'silence')).toMatchObject([{ rank: 'guest' }])
      const ranked = await sandbox.detonate(jobFor('ranked'))
      expect([ranked.end, ranked.why_ended]).toEqual(['agent-silenced', 'the agent was lost: a message gives itself a rank'])
    })

    it.each(['garbage', 'off'])('is lost where it ends with %s', async (text) => {
      const seen = await sandbox.detonate(jobFor(text))
      expect(seen.end).toBe('agent-silenced')
      expect(of(seen, 'silence')).toMatchObject([{ of: 'agent', rank: 'host' }])
    })

    it('keeps nothing that another wrote', async () => {
      for (const _ of [1, 2]) expect(of(await sandbox.detonate(jobFor('writing')), 'dialog')).toMatchObject([{ text: 'disk: ' }])
    })

    it.each<[string, Job, RegExp]>([
      ['a type that it does not open', jobFor('ordinary', {}, 'a.xls'), /opens docx and not xls/],
      ['macros off', jobFor('ordinary', { macros: false }), /macros on only/],
      ['a network', jobFor('ordinary', { egress: 'simulated' }), /no network/],
      ['a check of the heap', jobFor('ordinary', { checkHeap: true }), /no check of the heap/],
      ['a page', { ...jobFor(''), subject: { url: 'https://page.example/' } }, /no pages/],
    ])('is not given %s', async (_what, job, why) => {
      await expect(sandbox.detonate(job)).rejects.toThrow(why)
      await expect(sandbox.detonate(job)).rejects.toBeInstanceOf(NoEnvironment)
    })
  })
})

/** QEMUs that hold a file of that folder. */
function machinesOf(folder: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return (
        /^\d+$/.test(pid) &&
        readFileSync(`/proc/${pid}/cmdline`, 'latin1').startsWith('qemu-system') &&
        readFileSync(`/proc/${pid}/mountinfo`, 'latin1').includes(folder)
      )
    } catch {
      return false
    }
  })
}

describe('the manifest of an image', () => {
  it.each<[string, object, RegExp]>([
    ['no apps', { apps: [] }, /apps/],
    ['an app that is not there', { open: { docx: { app: 'Excel', command: ['x', '{file}'] } } }, /there is no Excel among the apps/],
    ['a command without the document', { open: { docx: { app: 'Microsoft Word', command: ['winword.exe'] } } }, /one word must hold \{file\}/],
    ['a disk elsewhere', { disk: { file: '../../other.qcow2' } }, /the name of a file in the same folder/],
    ['a dwell without an end', { dwell: { ...FAKE_WINDOWS.dwell, most_seconds: 86_400 } }, /300/],
    ['what nobody reads', { firmware: 'OVMF.fd' }, /firmware/],
  ])('with %s is refused, and the fault is named', (_what, change, why) => {
    const read = WindowsManifest.safeParse({ ...FAKE_WINDOWS, ...change })
    expect(read.success).toBe(false)
    expect(JSON.stringify(read.error?.issues)).toMatch(why)
  })

  it('that is faulty takes no other away', async () => {
    const guests = mkdtempSync(join(tmpdir(), 'vedette-own-'))
    const put = (name: string, manifest: object, disk: boolean) => {
      mkdirSync(join(guests, name))
      writeFileSync(join(guests, name, 'windows.json'), JSON.stringify(manifest))
      if (disk) spawnSync('qemu-img', ['create', '-q', '-f', 'qcow2', join(guests, name, 'disk.qcow2'), '1M'])
    }
    const { boot: _boot, ...own } = FAKE_WINDOWS
    put('a', own, true)
    put('b', { ...own, name: 'b' }, false)
    put('c', { ...own, memory_mib: 'much' }, true)
    put('d', own, true)
    mkdirSync(join(guests, 'poppler-debian12'))
    const { images, faults } = await findOwnImages(guests)
    expect(images.map(({ manifest }) => environmentOf(manifest))).toMatchObject([{ name: own.name, memory_mib: own.memory_mib }])
    expect(faults).toEqual([
      expect.stringMatching(/b\/disk\.qcow2 is missing/),
      expect.stringMatching(/c\/windows\.json does not describe an image: memory_mib/),
      expect.stringMatching(/has the name of another/),
    ])
    rmSync(guests, { recursive: true })
    expect(new UnfitManifest('x')).toBeInstanceOf(Error)
  })
})

describe('the disk of an image', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vedette-disk-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const image = (...options: string[]) => {
    const path = join(folder, 'disk')
    rmSync(path, { force: true })
    expect(spawnSync('qemu-img', ['create', '-q', '-f', ...options.slice(0, 1), ...options.slice(1), path, '1M'], { encoding: 'utf8' }).stderr).toBe('')
    return path
  }

  it('has a size', async () => {
    expect(await diskSize(image('qcow2'))).toBe(2 ** 20)
    expect(await diskSize(image('qcow2', '-o', 'compat=0.10'))).toBe(2 ** 20)
  })

  it('stands by itself', async () => {
    writeFileSync(join(folder, 'base'), Buffer.alloc(2 ** 20))
    await expect(diskSize(image('raw'))).rejects.toThrow('it is no qcow2 image')
    await expect(diskSize(image('qcow2', '-b', join(folder, 'base'), '-F', 'raw'))).rejects.toThrow(/lies upon another image/)
    await expect(diskSize(image('qcow2', '-o', `data_file=${join(folder, 'data')}`))).rejects.toThrow(/its data lie in another file/)
    await expect(diskSize(image('qcow2', '-o', `data_file=${join(folder, 'data')}`))).rejects.toBeInstanceOf(UnfitDisk)
  })
})
