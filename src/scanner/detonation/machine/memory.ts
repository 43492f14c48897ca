import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const KEEPER = fileURLToPath(new URL('./keep-ram.pl', import.meta.url))

/** The memory of a template, loaded once for all clones. */
export interface LoadedMemory {
  /** A descriptor of a memory file that nobody can change any more: a clone maps it privately. */
  readonly file: number
  /** Gives the memory back, once no clone has it any more. */
  close(): void
}

/** Loads a file into a sealed memory file. It ends with this process, however that ends. Throws where it cannot be read, or there is not enough memory. */
export async function loadMemory(path: string): Promise<LoadedMemory> {
  const keeper = spawn('/usr/bin/perl', [KEEPER, path], { stdio: ['pipe', 'pipe', 'pipe'], env: {} })
  keeper.stdin.on('error', () => undefined)
  let said = ''
  keeper.stderr.on('data', (text: Buffer) => (said = (said + text.toString()).slice(-1000)))
  try {
    const answer = await Promise.race([once(keeper.stdout, 'data').then(String), once(keeper, 'close').then(() => '')])
    if (!/^\d+\n$/.test(answer))
      throw new Error(
        `the memory of the template could not be loaded: ${said.trim() || `its keeper was ended (${keeper.signalCode ?? keeper.exitCode}): there may be too little memory`}`,
      )
    const file = openSync(`/proc/${keeper.pid}/fd/${answer.trim()}`, 'r')
    const close = () => {
      closeSync(file)
      keeper.kill('SIGKILL')
    }
    return { file, close }
  } catch (error) {
    keeper.kill('SIGKILL')
    throw error
  }
}
