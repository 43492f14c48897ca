import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { LOCK_FILE, type Config } from '#platform/config.ts'
import { StartupError } from '#platform/errors.ts'

/** Lets one `vedette start` own a data folder. Returns how to give it back. Throws StartupError while another owns it. */
export function lockInstance(config: Config): () => void {
  const file = join(config.dataDir, LOCK_FILE)
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      const fd = openSync(file, 'wx', 0o600)
      writeSync(fd, `${process.pid} ${startOf(process.pid)}\n`)
      closeSync(fd)
      return () => rmSync(file, { force: true })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      const owner = ownerOf(file)
      if (owner !== undefined)
        throw new StartupError(`Vedette already runs on ${config.dataDir} as process ${owner}; end that one, or set VEDETTE_DATA to another folder.`)
      rmSync(file, { force: true })
    }
  }
  throw new StartupError(`Another program keeps writing ${file}; end it and start again.`)
}

/** The process that holds the lock, or undefined when it died without giving it back. */
function ownerOf(file: string): number | undefined {
  try {
    const [pid, start] = readFileSync(file, 'utf8').trim().split(' ')
    process.kill(Number(pid), 0)
    return startOf(Number(pid)) === start ? Number(pid) : undefined
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? -1 : undefined
  }
}

/** What tells a process from a later one with the same number: its start time, where the system says it. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    return ''
  }
}
