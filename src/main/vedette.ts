import { StartupError } from '#platform/errors.ts'
import { VERSION } from '#platform/version.ts'

/** The command `vedette`. What the version needs is here; everything else is loaded only to run. */
async function main(): Promise<void> {
  if (process.argv.length === 3 && ['--version', '-V'].includes(process.argv[2]!)) {
    process.stdout.write(`${VERSION}\n`)
    return
  }
  const { runCommandLine } = await import('#main/command-line.ts')
  await runCommandLine()
}

process.on('unhandledRejection', fail)
process.on('uncaughtException', fail)
main().then(() => process.exit(), fail)

/**
 * One sentence for what a person can mend, the stack only for what we must; exit code 1, wrong use of a command 2. Of a scan and
 * a detonation, whose 1 says that something was seen, every failure is 2.
 */
function fail(error: unknown): never {
  // Commander has said it already; it is not loaded for its class.
  if (error instanceof Error && error.name === 'CommanderError') process.exit((error as Error & { exitCode: number }).exitCode === 0 ? 0 : 2)
  if (error instanceof StartupError) process.stderr.write(`vedette: ${error.message}\n`)
  else process.stderr.write(`vedette: unexpected failure: ${error instanceof Error ? error.stack : String(error)}\n`)
  process.exit(['scan', 'detonate'].includes(process.argv[2]!) ? 2 : 1)
}
