import type { Command } from 'commander'
import { confirmOnHost } from '#platform/clock/confirm-on-host.ts'
import type { Edition } from '#platform/config.ts'
import { Problem, StartupError } from '#platform/errors.ts'
import { editionOption } from '#cli/edition.ts'
import type { Tools } from '#cli/discover-commands.ts'

interface ConfirmOptions {
  readonly edition: Edition
  readonly instant?: string
  readonly lowerMark?: true
}

/** `vedette clock`: what time the instance trusts, and the confirmation by whoever holds the machine. */
export function command(program: Command, { withApp }: Tools): void {
  const clock = program.command('clock').description('the trusted instant')
  clock
    .command('show')
    .description('print the trusted instant and why it stands still, if it does')
    .addOption(editionOption())
    .option('--json', 'as JSON')
    .action(async ({ edition, json }: { edition: Edition; json?: true }) => {
      const state = await withApp(edition, async (app) => ({ now: app.clock.now().toISOString(), disagreement: app.clock.disagreement() ?? null }))
      process.stdout.write(json ? `${JSON.stringify(state)}\n` : `${state.now}\n${state.disagreement ?? 'The clocks agree.'}\n`)
    })
  clock
    .command('confirm')
    .description('confirm the time in the name of whoever holds this machine, when no two publishers can; the audit log says so')
    .addOption(editionOption())
    .option('--instant <instant>', 'the time by a clock outside this machine, such as 2026-11-22T11:38:00Z')
    .option('--lower-mark', 'also set back a high-water mark that wrong clocks had pushed ahead')
    .action(async ({ edition, instant, lowerMark }: ConfirmOptions) => {
      if (instant !== undefined && Number.isNaN(Date.parse(instant))) throw new StartupError(`${instant} is not an instant; write it as 2026-11-22T11:38:00Z.`)
      await withApp(edition, (app) =>
        confirmOnHost(app, { by: 'host', ...(instant && { instant: new Date(instant) }), ...(lowerMark && { lowerMark }) }),
      ).catch(explain)
      process.stdout.write('The time is confirmed; every process follows within seconds.\n')
    })
}

function explain(error: unknown): never {
  throw error instanceof Problem ? new StartupError(error.message, { cause: error }) : error
}
