import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { buildDocx, buildVba } from '#test/harness/documents.ts'
import { frame } from './frames.ts'
import { JAIL_LIMITS, openPool, type JailLimits, type ScanPool } from './pool.ts'

const MISBEHAVING = fileURLToPath(new URL('../../../test/harness/misbehaving-reader.ts', import.meta.url))
const document = buildDocx({ 'word/vbaProject.bin': buildVba({ ThisDocument: 'Sub Document_Open()\r\nEnd Sub' }) })
let pool: ScanPool | undefined

function open(limits: Partial<JailLimits> = {}, processes = 1): ScanPool {
  pool = openPool({ processes, script: MISBEHAVING, limits: { ...JAIL_LIMITS, ...limits } })
  return pool
}

afterEach(() => pool?.close())

const reasonFor = async (order: string, limits?: Partial<JailLimits>) => {
  const result = await open(limits).scan(Buffer.from(order))
  return result.outcome === 'not-scanned' ? { code: result.reason.code, limit: result.reason.limit } : result.outcome
}

describe('a reading process', () => {
  it('scans many files, one after the other and at the same time', async () => {
    pool = openPool({ processes: 2 })
    const results = await Promise.all(Array.from({ length: 12 }, () => pool!.scan(document)))
    expect(new Set(results.map((result) => (result.outcome === 'not-scanned' ? result.reason.detail : result.verdict.exploit)))).toEqual(
      new Set(['technique-only']),
    )
  })

  it('that hangs is ended by its processor time', async () => {
    expect(await reasonFor('hang', { cpuMs: 800 })).toEqual({ code: 'limit', limit: 'cpu' })
  })

  it('that waits for ever is ended by the clock', async () => {
    expect(await reasonFor('sleep', { wallMs: 600 })).toEqual({ code: 'limit', limit: 'wall' })
  })

  it('that grows is ended, in its buffers and in its heap', async () => {
    expect(await reasonFor('grow', { memoryBytes: 2 ** 28 })).toEqual({ code: 'limit', limit: 'memory' })
    expect(await reasonFor('heap')).toEqual({ code: 'limit', limit: 'memory' })
  })

  it('that grows faster than anybody looks is ended by the system', async () => {
    expect(await reasonFor('grow', { memoryBytes: Number.MAX_SAFE_INTEGER })).not.toBe('complete')
  })

  it('that crashes, floods its output or lies is an answer for its file', async () => {
    expect(await reasonFor('end')).toEqual({ code: 'crash', limit: undefined })
    expect(await reasonFor('flood', { outputBytes: 2 ** 20 })).toEqual({ code: 'limit', limit: 'output' })
    expect(await reasonFor('lie')).toEqual({ code: 'crash', limit: undefined })
  })

  it('that fails leaves the files after it unharmed', async () => {
    const jail = open({ cpuMs: 500 })
    const results = await Promise.all([jail.scan(Buffer.from('hang')), jail.scan(document), jail.scan(Buffer.from('end')), jail.scan(document)])
    expect(results.map(({ outcome }) => outcome)).toEqual(['not-scanned', 'complete', 'not-scanned', 'complete'])
  })

  it('is ended when nobody waits for its answer any more', async () => {
    const unwanted = new AbortController()
    const result = open().scan(Buffer.from('hang'), unwanted.signal)
    unwanted.abort()
    expect(await result).toMatchObject({ outcome: 'not-scanned', reason: { detail: 'nobody waits for the answer any more' } })
    expect((await open().scan(document)).outcome).toBe('complete')
  })

  it('keeps alive no process that asked it and ended without closing, and ends with it', () => {
    const script = `import { openPool } from '#scanner/jail/pool.ts'
      const { outcome } = await openPool({ processes: 1 }).scan(Buffer.from('text'))
      console.log(outcome)`
    const { status, stdout } = spawnSync(process.execPath, [...process.execArgv, '--input-type=module-typescript', '-e', script], {
      timeout: 10_000,
      encoding: 'utf8',
    })
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'complete\n' })
  })

  it('reads no file of the machine, writes none, starts no process and sees no environment', async () => {
    expect(await open().scan(Buffer.from('escape'))).toMatchObject({ type: 'fenced' })
  })

  it('would do all of these without the fence, as the control of the test above', () => {
    const { stdout } = spawnSync(process.execPath, [MISBEHAVING], { input: frame(Buffer.from('escape')) })
    rmSync('/tmp/vedette-escape', { force: true })
    expect(JSON.parse(stdout.subarray(4).toString())).toMatchObject({ type: 'read write start environment' })
  })
})
