import { stopwatch } from '#platform/clock/clock.ts'

/** Says on standard error what a long step does and how long it took; standard output stays for results. */
export async function step<T>(what: string, work: () => Promise<T>): Promise<T> {
  const elapsed = stopwatch()
  if (process.stderr.isTTY) process.stderr.write(`  ${what} ...`)
  try {
    const value = await work()
    process.stderr.write(`${process.stderr.isTTY ? '\r' : ''}  ${what}: ${(elapsed() / 1000).toFixed(1)} s   \n`)
    return value
  } catch (error) {
    if (process.stderr.isTTY) process.stderr.write('\n')
    throw error
  }
}
