import { spawn } from 'node:child_process'
import { StringDecoder } from 'node:string_decoder'

/** How a program ended. */
export interface Outcome {
  /** Undefined where a signal ended it, or where it could not be started. */
  readonly code: number | undefined
  /** The end of what it said on both outputs. */
  readonly said: string
}

/** How a tree of files of many owners can be made here: as root, or as root of a user namespace. */
export type Mode = 'root' | 'unshare'

const MOST_SAID = 256 * 1024

/** What programs of a build are given of the environment: where a proxy is, and nothing of ours. */
const CLEAN = `exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 HOME=/ DEBIAN_FRONTEND=noninteractive \
\${http_proxy:+"http_proxy=$http_proxy"} \${https_proxy:+"https_proxy=$https_proxy"} \${no_proxy:+"no_proxy=$no_proxy"} "$@"`

/**
 * The command in namespaces of its own: what it mounts is never seen outside, and it ends with everything it started when this process ends, however
 * that comes.
 */
export function apart(mode: Mode, command: readonly string[]): string[] {
  const owners = mode === 'unshare' ? ['--user', '--map-auto', '--map-root-user'] : []
  return ['setpriv', '--pdeathsig=KILL', 'unshare', ...owners, '--mount', '--pid', '--fork', '--kill-child=KILL', '--mount-proc', '--', ...command]
}

/**
 * Runs a program and tells its lines as they come. An abort kills it with all that it started; the promise resolves when the last of them is gone.
 * `settings` are variables of its environment beside the few that every program gets.
 */
export function runProgram(
  command: readonly string[],
  { signal, settings = {}, tell = () => undefined }: { signal?: AbortSignal; settings?: Readonly<Record<string, string>>; tell?: (line: string) => void } = {},
): Promise<Outcome> {
  const variables = Object.entries(settings).map(([name, value]) => `${name}=${value}`)
  return new Promise((resolve) => {
    // A group of its own: Ctrl-C at the terminal reaches this process alone, which then ends the group.
    const child = spawn('/bin/sh', ['-c', CLEAN, 'sh', ...variables, ...command], { stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    let said = ''
    const kill = () => endGroup(child.pid)
    if (signal?.aborted) kill()
    signal?.addEventListener('abort', kill, { once: true })
    for (const stream of [child.stdout, child.stderr])
      inLines(stream, (line) => {
        said = `${said}${line}\n`.slice(-MOST_SAID)
        tell(line)
      })
    const end = (code: number | undefined) => {
      signal?.removeEventListener('abort', kill)
      resolve({ code, said })
    }
    child.once('error', (error) => {
      said += error.message
      end(undefined)
    })
    child.once('close', (code) => end(code ?? undefined))
  })
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}

const MOST_LINE = 16 * 1024

function inLines(stream: NodeJS.ReadableStream, tell: (line: string) => void): void {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  stream.on('data', (bytes: Buffer) => {
    const lines = (rest + decoder.write(bytes)).split(/[\r\n]+/)
    rest = lines.pop()!.slice(-MOST_LINE)
    for (const line of lines) if (line !== '') tell(line)
  })
  stream.on('end', () => rest !== '' && tell(rest))
}
