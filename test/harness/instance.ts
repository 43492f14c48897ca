import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pause, stopwatch } from '#platform/clock/clock.ts'

/** A whole Vedette as a person starts it: `bin/vedette start` or `demo` with its own data folder and port. */
export interface Instance {
  readonly url: string
  readonly dataDir: string
  readonly env: NodeJS.ProcessEnv
  /** Everything it printed so far. */
  output(): string
  /** Process ids of a part of it that live now. */
  pids(part: 'supervisor' | 'serve' | 'worker' | 'postgres'): number[]
  ready(): Promise<void>
  /** Sends a signal to the starting process and waits for its exit code. */
  end(signal?: NodeJS.Signals): Promise<number | null>
  /** Starts it again over the same data. */
  restart(): Promise<void>
  remove(): void
}

export async function startInstance(command: 'start' | 'demo', extra: NodeJS.ProcessEnv = {}): Promise<Instance> {
  const dataDir = mkdtempSync(join(tmpdir(), 'vedette-instance-'))
  const port = await freePort()
  const env = { ...process.env, VEDETTE_DATA: dataDir, VEDETTE_PORT: String(port), VEDETTE_LOG_LEVEL: 'error', VEDETTE_RATE_LIMIT: '100000', ...extra }
  const url = `http://localhost:${port}`
  let started: ChildProcess
  let printed = ''

  const launch = () => {
    started = spawn('bin/vedette', [command], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    started.stdout!.on('data', (chunk) => (printed += String(chunk)))
    started.stderr!.on('data', (chunk) => (printed += String(chunk)))
  }
  const ready = async () => {
    const elapsed = stopwatch()
    for (;;) {
      const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined)
      if (answer?.status === 200) return
      if (started.exitCode !== null) throw new Error(`ended with ${started.exitCode} before it was ready:\n${printed}`)
      if (elapsed() > 90_000) throw new Error(`not ready after 90 s:\n${printed}`)
      await pause(100)
    }
  }
  launch()
  return {
    url,
    dataDir,
    env,
    output: () => printed,
    pids: (part) => (part === 'supervisor' ? [started.pid!] : processesOf(dataDir, part, started.pid!)),
    ready,
    end: async (signal = 'SIGINT') => {
      if (started.exitCode !== null || started.signalCode !== null) return started.exitCode
      const exited = once(started, 'exit')
      started.kill(signal)
      return ((await exited) as [number | null])[0]
    },
    restart: async () => {
      launch()
      await ready()
    },
    remove: () => rmSync(dataDir, { recursive: true, force: true }),
  }
}

/** A port that nothing listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

function processesOf(dataDir: string, part: 'serve' | 'worker' | 'postgres', supervisor: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
        if (part === 'postgres') return args.includes(join(dataDir, 'postgres', 'cluster')) && args[0]!.endsWith('postgres')
        const parent = Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1])
        return parent === supervisor && args.includes(part)
      } catch {
        return false
      }
    })
}
