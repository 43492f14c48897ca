import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { StartupError } from '#platform/errors.ts'

/**
 * Lets one build at a time work in a folder; gives back how to end it. The system takes the lock back when this process ends, however that comes.
 * Throws StartupError where another works there, unless it is to wait for that.
 */
export async function lockFolder(folder: string, wait = false): Promise<() => Promise<void>> {
  mkdirSync(folder, { recursive: true })
  const holder = spawn('flock', [...(wait ? [] : ['--nonblock']), '--conflict-exit-code', '75', join(folder, '.lock'), 'sh', '-c', 'echo held; exec cat'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    detached: true,
  })
  const ending = await new Promise<string>((resolve) => {
    holder.once('error', (error) => resolve(error.message))
    holder.once('exit', (status) => resolve(`it ended with ${status ?? 'a signal'}`))
    holder.stdout.once('data', () => resolve('held'))
  })
  if (ending === 'it ended with 75') throw new StartupError(`Another build works in ${folder}; wait until it has ended.`)
  if (ending !== 'held') throw new StartupError(`${folder} cannot be locked (flock: ${ending}); make it writable, or give another one with --out.`)
  return async () => {
    const ended = once(holder, 'exit')
    holder.stdin.end()
    await ended
  }
}
