import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { checkpointFileOf } from '#platform/audit/create-audit.ts'
import { verifyLog, type LogReport } from '#platform/audit/verify-log.ts'
import type { Edition } from '#platform/config.ts'
import { StartupError } from '#platform/errors.ts'
import { editionOption } from '#cli/edition.ts'
import type { Tools } from '#cli/discover-commands.ts'

interface Options {
  readonly edition: Edition
  readonly json?: true
  readonly checkpoint?: string
}

/** `vedette log verify`: checks the whole audit log and every row it binds; exits 1 and names table, id and leaf of each fault. */
export function command(program: Command, { withApp }: Tools): void {
  const log = program.command('log').description('the audit log')
  log
    .command('verify')
    .description('check every leaf, the tree, its signatures and every bound row; works with the server running or stopped')
    .addOption(editionOption())
    .option('--checkpoint <file>', 'a checkpoint kept elsewhere that the log must still contain')
    .option('--json', 'as JSON')
    .action(async ({ edition, json, checkpoint }: Options) => {
      if (checkpoint !== undefined && !existsSync(checkpoint)) throw new StartupError(`There is no file ${checkpoint}.`)
      const report = await withApp(edition, (app) =>
        verifyLog(app, { checkpointFiles: [checkpointFileOf(app.config.dataDir), ...(checkpoint ? [checkpoint] : [])] }),
      )
      process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : asText(report))
      process.exitCode = report.ok ? 0 : 1
    })
}

function asText({ ok, size, root, checked, faults, faultCount }: LogReport): string {
  const lines = faults.map(({ table, id, leaf, reason }) => `FAULT table ${table}, id ${id ?? '-'}, leaf ${leaf ?? '-'}: ${reason}\n`)
  const verdict = ok
    ? 'The log is whole.'
    : `The log is NOT whole: ${faultCount} fault${faultCount === 1 ? '' : 's'}${faultCount > faults.length ? `, the first ${faults.length} above` : ''}.`
  return `${lines.join('')}tree size ${size}\nroot ${root}\n${checked.leaves} leaves and ${checked.rows} bound rows checked\n${verdict}\n`
}
