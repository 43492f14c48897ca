import { createSocket } from 'node:dgram'
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { pause } from '#platform/clock/clock.ts'
import { launch, LAYERS, type Layer, type WallOptions } from '#scanner/detonation/machine/wall.ts'
import { loadMemory } from '#scanner/detonation/machine/memory.ts'

/** What one start of the hostile program gave: its answers, and what the wall said of itself. */
export interface Attempt {
  readonly answers: Readonly<Record<string, 'reached' | 'denied' | 'absent' | 'died'>>
  readonly reasons: Readonly<Record<string, string>>
  /** Empty where the wall was complete, else why it was refused; undefined without a wall. */
  readonly wall?: string
  readonly ended: boolean
}

/** All attempts of one worker. */
export interface Attempts {
  readonly behind: Attempt
  readonly withoutFilter: Attempt
  readonly outside: Attempt
  readonly alone: Readonly<Record<string, { readonly behind: Attempt; readonly outside: Attempt }>>
  readonly layers: Readonly<Record<Layer, string>>
}

const PROBES = join(import.meta.dirname, 'probes.pl')
const MEMORY = 64 * 2 ** 20
const FILE = 8 * 2 ** 20
const OPTIONS: WallOptions = { memoryBytes: MEMORY, processes: 32, cpus: 1, fileBytes: FILE }
const REFUSES_MS = 1_500
const ALONE = ['memory-bomb', 'memory-file-bomb'] as const

const folder = mkdtempSync(join(tmpdir(), 'vedette-wall-'))
const at = (name: string) => join(folder, name)
const servers: { close(): unknown }[] = []
let given: Record<string, string | number> = {}

try {
  console.log(JSON.stringify(await attempts()))
} finally {
  for (const server of servers) server.close()
  rmSync(folder, { recursive: true, force: true })
}

async function attempts(): Promise<Attempts> {
  prepare()
  const [port, socket, abstract] = [await listen(0), at('database'), `vedette-wall-${process.pid}`]
  await listen(socket)
  await listen(`\0${abstract}`)
  const victim = spawn('/usr/bin/sleep', ['100'], { stdio: 'ignore' })
  const other = launch(['perl', '-e', 'sleep 100'], OPTIONS, ['ignore', 'ignore', 'ignore', ...files()])
  try {
    given = {
      secret: at('secret'),
      public: at('public'),
      folder: at('runs'),
      source: PROBES,
      worker: process.pid,
      victim: victim.pid!,
      machine: await other.complete(),
      port,
      udp: await echo(),
      socket,
      abstract,
      limit: FILE,
      mib: 128,
      answers: 3,
      group: ['/sys/fs/cgroup/cgroup.procs', '/sys/fs/cgroup/memory/cgroup.procs'].find((path) => readable(path))!,
    }
    const alone = async (name: string) => ({ behind: await behind(name), outside: await outside(name) })
    return {
      behind: await behind('all'),
      withoutFilter: await behind('all', 'calls'),
      outside: await outside('all'),
      alone: Object.fromEntries(await inTurn(ALONE, async (name) => [name, await alone(name)] as const)),
      layers: Object.fromEntries(await inTurn(LAYERS, async (layer) => [layer, await refusal(layer)] as const)) as Record<Layer, string>,
    }
  } finally {
    victim.kill('SIGKILL')
    await other.remove()
  }
}

async function inTurn<A, B>(all: readonly A[], work: (one: A) => Promise<B>): Promise<B[]> {
  const done: B[] = []
  for (const one of all) done.push(await work(one))
  return done
}

function readable(path: string): boolean {
  return spawnSync('/usr/bin/test', ['-e', path]).status === 0
}

function prepare(): void {
  mkdirSync(at('runs'))
  for (const name of ['secret', 'public', 'image', 'overlay', 'memory', 'state', 'kernel', 'initrd']) {
    writeFileSync(at(name), name, { mode: name === 'secret' || name === 'overlay' || name === 'image' ? 0o600 : 0o644 })
  }
  truncateSync(at('memory'), 2 ** 20)
}

async function listen(where: number | string): Promise<number> {
  const server = createServer((socket) => socket.destroy())
  servers.push(server)
  await once(server.listen(typeof where === 'number' ? { port: where, host: '127.0.0.1' } : { path: where }), 'listening')
  const address = server.address()
  return typeof address === 'object' && address ? address.port : 0
}

async function echo(): Promise<number> {
  const socket = createSocket('udp4', (message, from) => socket.send(message, from.port, from.address))
  servers.push(socket)
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return socket.address().port
}

/** In the places that a machine's descriptors have. */
function files(): ('ignore' | number)[] {
  const all: ('ignore' | number)[] = Array.from({ length: 11 }, () => 'ignore')
  all[9 - 3] = openSync(at('overlay'), 'r+')
  return all
}

async function behind(which: string, without?: Layer): Promise<Attempt> {
  const memory = await loadMemory(at('memory'))
  const script = readFileSync(PROBES, 'utf8')
  const stdio = descriptors(memory.file)
  const walled = launch(['perl', '-e', script, which, ...parameters()], { ...OPTIONS, ...(without && { without }) }, stdio)
  const wall = await walled.complete(REFUSES_MS).then(
    () => '',
    (error: Error) => error.message,
  )
  const attempt = await follow(walled.child)
  await walled.remove()
  memory.close()
  closeAll(stdio)
  return { ...attempt, wall }
}

async function outside(which: string): Promise<Attempt> {
  const stdio = descriptors(openSync(at('memory'), 'r'), 'r+')
  const child = spawn('/usr/bin/perl', [PROBES, which, ...parameters()], { stdio, env: {} })
  const attempt = await follow(child)
  closeAll(stdio)
  return attempt
}

function parameters(): string[] {
  return Object.entries(given).map(([name, value]) => `${name}=${value}`)
}

function descriptors(memory: number, image = 'r'): ('ignore' | 'pipe' | number)[] {
  const open = (name: string, how: string) => openSync(at(name), how)
  return [
    'pipe',
    'ignore',
    'pipe',
    'pipe',
    'ignore',
    'ignore',
    'ignore',
    'ignore',
    open('image', image),
    open('overlay', 'r+'),
    memory,
    open('state', 'r'),
    open('kernel', 'r'),
    open('initrd', 'r'),
  ]
}

function closeAll(stdio: readonly ('ignore' | 'pipe' | number)[]): void {
  for (const [i, one] of stdio.entries()) if (typeof one === 'number' && i !== 10) closeSync(one)
}

async function follow(child: ChildProcess): Promise<Attempt> {
  let text = ''
  let said = ''
  child.stdin!.end('\n')
  ;(child.stdio[3] as Readable).on('data', (some: Buffer) => (text += some.toString()))
  child.stderr!.on('data', (some: Buffer) => (said += some.toString()))
  await Promise.race([once(child, 'close'), pause(25_000)])
  child.kill('SIGKILL')
  const lines = text.split('\n').map((line) => line.split('\t'))
  const told = lines.filter(([name]) => name && name !== 'end')
  return {
    answers: Object.fromEntries(told.map(([name, answer, why]) => [name, why?.startsWith('died') ? 'died' : answer])) as Attempt['answers'],
    reasons: Object.fromEntries([...told.map(([name, , why]) => [name, why]), ['said', said]]) as Attempt['reasons'],
    ended: lines.some(([name]) => name === 'end'),
  }
}

/** What a launch says that lacks one layer. */
async function refusal(without: Layer): Promise<string> {
  const walled = launch(['perl', '-e', 'sleep 100'], { ...OPTIONS, without }, ['ignore', 'ignore', 'ignore'])
  try {
    await walled.complete(REFUSES_MS)
    return ''
  } catch (error) {
    return (error as Error).message
  } finally {
    walled.child.kill('SIGKILL')
    await walled.remove()
  }
}
