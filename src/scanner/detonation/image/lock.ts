import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { StartupError } from '#platform/errors.ts'

/**
 * Lets one at a time work in a folder; gives back how to end it, and undefined where another works there and it is not to `wait` for that. The system takes the
 * lock back when this process ends, however that comes. Throws StartupError where the folder cannot be locked, and the signal's reason.
 */
export async function holdLock(
  folder: string,
  { wait = false, signal }: { wait?: boolean; signal?: AbortSignal } = {},
): Promise<(() => Promise<void>) | undefined> {
  signal?.throwIfAborted()
  mkdirSync(folder, { recursive: true })
  const holder = spawn('flock', [...(wait ? [] : ['--nonblock']), '--conflict-exit-code', '75', join(folder, '.lock'), 'sh', '-c', 'echo held; exec cat'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    detached: true,
  })
  const giveUp = () => holder.kill()
  signal?.addEventListener('abort', giveUp, { once: true })
  const ending = await new Promise<string>((resolve) => {
    holder.once('error', (error) => resolve(error.message))
    holder.once('exit', (status) => resolve(`it ended with ${status ?? 'a signal'}`))
    holder.stdout.once('data', () => resolve('held'))
  })
  signal?.removeEventListener('abort', giveUp)
  if (ending === 'it ended with 75') return undefined
  if (ending !== 'held') {
    signal?.throwIfAborted()
    throw new StartupError(`${folder} cannot be locked (flock: ${ending}); make it writable, install flock of util-linux, or use another folder.`)
  }
  return async () => {
    const ended = once(holder, 'exit')
    holder.stdin.end()
    await ended
  }
}

/** Lets one build at a time work in a folder; gives back how to end it. Throws StartupError where another works there, unless it is to wait for that. */
export async function lockFolder(folder: string, wait = false): Promise<() => Promise<void>> {
  const held = await holdLock(folder, { wait })
  if (!held) throw new StartupError(`Another build works in ${folder}; wait until it has ended.`)
  return held
}
