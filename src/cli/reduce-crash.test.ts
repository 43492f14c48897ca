import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import type { Happening } from '#scanner/detonation/contract.ts'
import type { Job } from '#scanner/detonation/sandbox.ts'
import { FAULT, POPPLER, replaySandbox, seen } from '#test/harness/replay-sandbox.ts'
import { reduceCrash, REDUCING_RUNS } from './reduce-crash.ts'

const folder = mkdtempSync(join(tmpdir(), 'vedette-reduce-'))
afterAll(() => rmSync(folder, { recursive: true }))

const options = { macros: false, egress: 'none', checkHeap: false } as const
const job = (text: string): Job => ({ environment: 'poppler-debian12', subject: { document: Buffer.from(text), name: 'a.pdf' }, options })
const textOf = ({ subject }: Job) => ('document' in subject ? Buffer.from(subject.document).toString() : '')
/** What holds CRASH crashes; what has no head crashes in another way. */
const sandbox = replaySandbox(
  POPPLER,
  ({ job: given, answer }) => {
    const stack = [textOf(given).startsWith('%PDF') ? '/usr/lib/libpoppler.so+0x1000' : '/usr/lib/libpoppler.so+0x2000']
    return textOf(given).includes('CRASH') ? answer({ end: 'crashed', happenings: [{ ...FAULT, stack } as Happening] }) : answer()
  },
  () => 'ab'.repeat(32),
)
const reduce = async (text: string, path: string) => reduceCrash(sandbox, job(text), await sandbox.detonate(job(text)), path, new AbortController().signal)

it('writes the smallest part that crashes in the same way', async () => {
  const path = join(folder, 'smaller')
  const said = await reduce(`%PDF-1.7 ${'x'.repeat(100)}CRASH${'y'.repeat(80)}`, path)
  const left = readFileSync(path, 'utf8')
  expect(left).toMatch(/^%PDF.{0,40}CRASH.{0,40}$/)
  expect(said).toMatch(/^\d+ of its 194 bytes crash in the same way \(\d+ further runs\): /)
  expect(Number(/\((\d+) further/.exec(said)![1])).toBeLessThanOrEqual(REDUCING_RUNS)
})

it('says so where nothing crashed, and of a page', async () => {
  expect(await reduce('%PDF-1.7', join(folder, 'none'))).toBe('It did not crash, so nothing was reduced.')
  const page: Job = { ...job(''), subject: { url: 'https://example.org/' } }
  expect(await reduceCrash(sandbox, page, seen('ab'.repeat(32), POPPLER[0], options), join(folder, 'page'), new AbortController().signal)).toContain(
    'only a document is',
  )
})
