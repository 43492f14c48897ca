import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { buildDocx, buildVba } from '#test/harness/documents.ts'
import { until } from '#test/harness/jobs.ts'
import { runningProcesses } from '#test/harness/processes.ts'
import { findFence, type Fence } from './fence.ts'
import { frame } from './frames.ts'
import type { Cost } from './process.ts'
import { JAIL_LIMITS, openPool, type JailLimits, type ScanPool } from './pool.ts'

const MISBEHAVING = fileURLToPath(new URL('../../../test/harness/misbehaving-reader.ts', import.meta.url))
const document = buildDocx({ 'word/vbaProject.bin': buildVba({ ThisDocument: 'Sub Document_Open()\r\nEnd Sub' }) })
let pool: ScanPool | undefined

function open(limits: Partial<JailLimits> = {}, processes = 1, fence?: Fence): ScanPool {
  pool?.close()
  pool = openPool({ processes, script: MISBEHAVING, limits: { ...JAIL_LIMITS, ...limits }, ...(fence && { fence }) })
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
    expect(await reasonFor('abort')).toEqual({ code: 'limit', limit: 'memory' })
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
    const jail = open({ cpuMs: 1500 })
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

  it('that cannot be started is an answer, and takes no place from the files after it', () => {
    // All but a few file descriptors are taken while it tries, and given back then.
    const script = `import { closeSync, openSync } from 'node:fs'
      import { openPool } from '#scanner/jail/pool.ts'
      const pool = openPool({ processes: 1, fence: 'permissions' })
      const scan = async () => { const { outcome, reason } = await pool.scan(Buffer.from('text')); return reason?.detail ?? outcome }
      const taken = []
      try { for (;;) taken.push(openSync('/dev/null')) } catch {}
      const without = [await scan(), await scan()]
      for (const one of taken) closeSync(one)
      console.log(JSON.stringify([...without, await scan()]))`
    const command = ['-c', 'ulimit -n 64; exec "$0" "$@"', process.execPath, ...process.execArgv, '--input-type=module-typescript', '-e', script]
    const { stdout } = spawnSync('/bin/sh', command, { timeout: 10_000, encoding: 'utf8' })
    const failed = 'the reading process could not be started'
    expect(JSON.parse(stdout || 'null')).toEqual([failed, failed, 'complete'])
  })

  it('answers for the bytes that it was asked about and once, or its file has no answer', async () => {
    expect(await reasonFor('swap')).toEqual({ code: 'crash', limit: undefined })
    // What it says unasked is not taken for the answer to the next file, and it gets none.
    const jail = open()
    expect((await jail.scan(Buffer.from('twice'))).outcome).toBe('complete')
    expect(await jail.scan(Buffer.from('count'))).toMatchObject({ type: 'file 1' })
    // Control: this script's true answers are taken.
    expect((await jail.scan(document)).outcome).toBe('complete')
  })

  it('is told passwords with the file, and not on its command line', async () => {
    const jail = open()
    expect(await jail.scan(Buffer.from('passwords'), undefined, { passwords: ['secret', 'other'] })).toMatchObject({ type: 'secret other' })
    expect(await jail.scan(Buffer.from('passwords'))).toMatchObject({ type: '' })
    expect(await jail.scan(Buffer.from('arguments'), undefined, { passwords: ['secret'] })).toMatchObject({ type: 'not told' })
  })

  it('takes a file piece by piece, and one that lies about its size is unreadable for itself only', async () => {
    const jail = open()
    const sample = (size: number, ...pieces: (Buffer | Error)[]) => ({
      size,
      async *pieces() {
        for (const piece of pieces) {
          if (piece instanceof Error) throw piece
          yield piece
        }
      },
    })
    const whole = await jail.scan(document)
    expect(await jail.scan(sample(document.length, document.subarray(0, 100), document.subarray(100)))).toEqual(whole)
    const refused = { outcome: 'not-scanned', reason: { code: 'unreadable' } }
    expect(await jail.scan(sample(3, Buffer.from('text')))).toMatchObject(refused)
    expect(await jail.scan(sample(5, Buffer.from('text')))).toMatchObject(refused)
    expect(await jail.scan(sample(5, Buffer.from('te'), new Error('gone')))).toMatchObject(refused)
    expect(await jail.scan(document)).toEqual(whole)
    // A file that fills the pipe leaves nothing behind for the next.
    const warned: string[] = []
    const hear = ({ name }: Error) => warned.push(name)
    process.on('warning', hear)
    for (let n = 0; n < 12; n++) await jail.scan(Buffer.alloc(200_000, 0x20))
    process.off('warning', hear)
    expect(warned).toEqual([])
  })

  it('says what a file cost where that is asked', async () => {
    const costs: Cost[] = []
    const jail = open()
    await jail.scan(document)
    await jail.scan(document, undefined, { tellCost: (cost) => costs.push(cost) })
    expect(costs).toHaveLength(1)
    expect(costs[0]!.cpuMs).toBeGreaterThan(0)
    expect(costs[0]!.wallMs).toBeGreaterThan(0)
  })

  it('reads one file only where that is asked, and is used again otherwise', async () => {
    const types = async (filesPerReader?: number) => {
      pool?.close()
      pool = openPool({ processes: 1, script: MISBEHAVING, ...(filesPerReader !== undefined && { filesPerReader }) })
      const results = [await pool.scan(Buffer.from('count')), await pool.scan(Buffer.from('count'))]
      return results.map((result) => (result.outcome === 'not-scanned' ? result.reason : result.type))
    }
    expect(await types(1)).toEqual(['file 1', 'file 1'])
    expect(await types()).toEqual(['file 1', 'file 2'])
  })

  it('ends with the pool, also one that does not end by itself, and whole when it is ended', async () => {
    const readers = () => runningProcesses().filter(({ command }) => command.includes('misbehaving-reader'))
    pool?.close()
    await until(() => readers().length === 0)
    const jail = open()
    await jail.scan(Buffer.from('stay'))
    expect(readers()).not.toEqual([])
    jail.close()
    await until(() => readers().length === 0)
    await reasonFor('sleep', { wallMs: 600 })
    await until(() => readers().length === 0)
  })

  describe('and what it reaches', () => {
    let listener: Server
    let order: string
    beforeAll(async () => {
      listener = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1')
      await once(listener, 'listening')
      order = `escape ${process.pid} ${(listener.address() as AddressInfo).port}`
    })
    afterAll(() => void listener.close())

    it.skipIf(findFence() === 'permissions')('is nothing: no file, no process, no environment, no address (needs namespaces)', async () => {
      expect(open().fence()).toBe('namespaces')
      expect(await open().scan(Buffer.from(order))).toMatchObject({ type: 'fenced' })
    })

    it('is no file, no process and no environment where the system gives it no namespaces', async () => {
      expect(await open({}, 1, 'permissions').scan(Buffer.from(order))).toMatchObject({ type: 'signal connect' })
    })

    it('would be all of these without a fence, as the control of the tests above', async () => {
      const child = spawn(process.execPath, [MISBEHAVING], { stdio: ['pipe', 'pipe', 'inherit'] })
      child.stdin.end(Buffer.concat([frame(Buffer.from('{}')), frame(Buffer.from(order))]))
      const stdout = await buffer(child.stdout)
      rmSync('/tmp/vedette-escape', { force: true })
      expect(JSON.parse(stdout.subarray(4).toString())).toMatchObject({ type: 'read write start environment signal connect' })
    })
  })
})

describe('without namespaces', () => {
  it('the limits hold all the same', async () => {
    const ended = async (order: string, limits?: Partial<JailLimits>) => {
      const result = await open(limits, 1, 'permissions').scan(Buffer.from(order))
      return result.outcome === 'not-scanned' ? result.reason.limit : result.outcome
    }
    expect(await ended('hang', { cpuMs: 800 })).toBe('cpu')
    expect(await ended('grow', { memoryBytes: 2 ** 28 })).toBe('memory')
    expect(await ended('abort')).toBe('memory')
  })
})
