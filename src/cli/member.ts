import { readFile, stat } from 'node:fs/promises'
import { Option, type Command } from 'commander'
import { z } from 'zod'
import { StartupError } from '#platform/errors.ts'
import { MEMBERSHIP_STATES, TIERS } from '#program/membership/contract.ts'
import { ImportFault, MAX_IMPORT_BYTES } from '#program/membership/imports/contract.ts'
import { listMembers } from '#cli/find-member.ts'
import { addStandingCommands } from '#cli/member-standing.ts'
import { connectToServer } from '#cli/server-client.ts'
import { asJson, asTable, shown } from '#cli/text-table.ts'

interface Json {
  readonly json?: true
}

/** Exit code of an import that names bad lines. */
const BAD_LINES = 3
const EXIT_CODES = `
Exit codes: 0 done, 1 refused or the server cannot be reached, 2 wrong use, 3 the list has bad lines.
Data goes to standard output, everything else to standard error.`

/** `vedette member`: the members of an operator over the interface of a running server (VEDETTE_URL, VEDETTE_TOKEN). */
export function command(program: Command): void {
  const member = program
    .command('member')
    .description('the members of your operator, at the server of VEDETTE_URL with the token VEDETTE_TOKEN')
    .addHelpText('after', EXIT_CODES)
  member
    .command('list')
    .description('list the members')
    .addOption(new Option('--state <state>', 'only those in this state').choices(MEMBERSHIP_STATES))
    .addOption(new Option('--tier <tier>', 'only those of this tier').choices(TIERS))
    .option('--json', 'as JSON')
    .action(async ({ state, tier, json }: Json & { state?: string; tier?: string }) => {
      const members = (await listMembers(connectToServer())).filter((one) => (!state || one.state === state) && (!tier || one.tier === tier))
      process.stdout.write(
        json
          ? asJson(members)
          : asTable(
              ['ID', 'NAME', 'KIND', 'TIER', 'STATE'],
              members.map(({ id, name, kind, tier: held, state: is }) => [id, name, kind, held, is]),
            ),
      )
    })
  member
    .command('import')
    .argument('<file>', 'CSV with a header: name, kind, tier, jurisdiction, since, contact_name, contact_email, role_address, website')
    .description('propose a list of members; a second officer approves it in the console')
    .option('--dry-run', 'only name the bad lines; nothing is written')
    .option('--json', 'as JSON')
    .action(importList)
  addStandingCommands(member)
}

/** What the server says of a list; rows in full are for `--json`. */
const Report = z.looseObject({
  rowCount: z.number(),
  good: z.array(z.looseObject({ line: z.number() })),
  faults: z.array(ImportFault),
  import: z.looseObject({ id: z.string() }).nullable(),
})

async function importList(file: string, { dryRun, json }: Json & { dryRun?: true }): Promise<void> {
  const server = connectToServer()
  const bytes = await readList(file)
  const ask = (dry: boolean) => server.send(Report, 'POST', `/api/member-imports?dryRun=${dry}`, bytes, 'text/csv')
  const tried = await ask(true)
  const report = tried.faults.length > 0 || dryRun ? tried : await ask(false)
  process.stderr.write(summaryOf(report))
  if (json) process.stdout.write(asJson(report))
  else
    process.stdout.write(
      report.faults.map(({ line, column, code, message }) => `${shown(file)}:${line ?? '-'}: ${shown(column ?? '-')}: ${code}: ${message}\n`).join(''),
    )
  if (report.faults.length > 0) process.exitCode = BAD_LINES
}

function summaryOf({ rowCount, good, faults, import: proposed }: z.output<typeof Report>): string {
  const counted = `${rowCount} ${rowCount === 1 ? 'row' : 'rows'}, ${good.length} good.`
  if (faults.length > 0) return `${counted} ${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}; nothing was written.\n`
  return proposed
    ? `${counted} Proposed as ${proposed.id}; a second membership officer approves it on the page "Import members".\n`
    : `${counted} Nothing was written.\n`
}

async function readList(file: string): Promise<Uint8Array> {
  try {
    const { size } = await stat(file)
    if (size > MAX_IMPORT_BYTES) throw new StartupError(`${file} is larger than ${MAX_IMPORT_BYTES / 2 ** 20} MiB.`)
    return await readFile(file)
  } catch (cause) {
    if (cause instanceof StartupError) throw cause
    throw new StartupError(`${file} cannot be read (${(cause as NodeJS.ErrnoException).code}).`, { cause })
  }
}
