import { Command } from 'commander'
import type { Edition } from '#platform/config.ts'
import { readConfig, type Config } from '#platform/config.ts'
import { VERSION } from '#platform/version.ts'
import { editionOption } from '#cli/edition.ts'
import { discoverCommands } from '#cli/discover-commands.ts'
import type { Connections } from '#platform/db/server.ts'

// What a command does not use it does not load: a short one is mostly its start.
/** Reads the arguments of this process and does what they say; rejects for wrong use and for what fails. */
export async function runCommandLine(): Promise<void> {
  const program = new Command('vedette')
    .description('An open platform for active protections programmes')
    .version(VERSION)
    .exitOverride()
    .showHelpAfterError('(vedette --help lists the commands)')
  program
    .command('start')
    .description('run database, server and worker on this machine')
    .action(async () => {
      const config = readConfig('live')
      const [{ startAll }, { printFirstLink }] = await Promise.all([import('#main/all.ts'), import('#main/first-operator.ts')])
      await runUntilStopped(async () => {
        const everything = await startAll(config)
        try {
          await everything.ready()
          await printFirstLink(config, everything.connections)
          return everything.stop
        } catch (error) {
          await everything.stop()
          throw error
        }
      })
    })
  program
    .command('demo')
    .description('the same with the demonstration loaded')
    .action(() => runUntilStopped(async () => (await import('#main/demo.ts')).demonstrate(readConfig('demo'))))
  program
    .command('serve')
    .description('run the server alone')
    .addOption(editionOption())
    .action(single(async () => (await import('#main/serve.ts')).serve))
  program
    .command('worker')
    .description('run the worker alone')
    .addOption(editionOption())
    .action(single(async () => (await import('#main/worker.ts')).work))
  for (const add of await discoverCommands(process.argv[2]))
    add(program, { withApp: async (edition, work) => (await import('#main/app.ts')).withApp(edition, work) })
  await program.parseAsync()
}

function single(load: () => Promise<(config: Config, connections: Connections) => Promise<() => Promise<void>>>) {
  return async ({ edition }: { edition: Edition }) => {
    const config = readConfig(edition)
    const [run, { connect }] = await Promise.all([load(), import('#main/app.ts')])
    await runUntilStopped(async () => {
      const stop = await run(config, await connect(config))
      process.send?.('up')
      return stop
    })
  }
}

/** Starts something, waits for Ctrl-C, a TERM signal or the end of the parent process, and stops it. */
async function runUntilStopped(start: () => Promise<() => Promise<void>>): Promise<void> {
  const asked = new Promise<string>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve(signal))
    process.on('disconnect', () => resolve('the end of its parent'))
  })
  const starting = start()
  const stop = await Promise.race([starting, asked.then(() => undefined)])
  const why = await asked
  if (!process.send) process.stderr.write(`\nEnding, asked by ${why} ...\n`)
  await (stop ?? (await starting.catch(() => undefined)))?.()
}
