import { InvalidArgumentError, type Command } from 'commander'
import { z } from 'zod'
import { connectToServer } from '#cli/server-client.ts'
import { asJson, asTable, shown } from '#cli/text-table.ts'

const Difference = z.looseObject({
  kind: z.string(),
  package: z.string(),
  version: z.number(),
  person: z.looseObject({ name: z.string() }).nullable(),
  at: z.string(),
  leaf: z.number().nullable(),
  recorded: z.string(),
  found: z.string(),
})
const Replay = z.looseObject({
  release: z.string(),
  at: z.string(),
  versions: z.number(),
  contacts: z.number(),
  receipts: z.number(),
  decisions: z.record(z.string(), z.number()),
  differences: z.array(Difference),
})

/** `vedette cycle replay RELEASE`: a past cycle decided again under the rules of its time, by the server, which holds its records. */
export function command(program: Command): void {
  const cycle = program.command('cycle').description('one release with everything that is on it')
  cycle
    .command('replay')
    .argument('<release>', 'instant of a release of the rule, such as 2026-12-08T18:00:00Z, or id of another', release)
    .description('decide a past cycle again under the rules of its time; exit 0 when nothing differs, 1 when something does')
    .option('--json', 'as JSON')
    .action(async (key: string, { json }: { json?: true }) => {
      const replay = await connectToServer().send(Replay, 'POST', `/api/releases/${encodeURIComponent(key)}/replay`, {})
      process.stdout.write(json ? asJson(replay) : asText(replay))
      process.exitCode = replay.differences.length === 0 ? 0 : 1
    })
}

function release(text: string): string {
  if (z.union([z.iso.datetime(), z.uuid()]).safeParse(text).success) return text
  throw new InvalidArgumentError('Write the instant of a release as 2026-12-08T18:00:00Z, or its id.')
}

function asText({ at, versions, contacts, receipts, decisions, differences }: z.output<typeof Replay>): string {
  const rules = Object.entries(decisions).map(([rule, count]) => `${count} under ${rule}`)
  const lines = [
    `Until ${at}: ${versions} versions, ${contacts} contacts, ${receipts} receipts.`,
    `Decided again: ${rules.length > 0 ? rules.join(', ') : 'nothing was given'}.`,
    `Differences: ${differences.length}`,
  ]
  const rows = differences.map((one) => [one.kind, one.at, one.package, String(one.version), one.person?.name ?? '', one.recorded, one.found].map(shown))
  return `${lines.map((line) => `${shown(line)}\n`).join('')}${rows.length > 0 ? asTable(['WHAT', 'AT', 'PACKAGE', 'VERSION', 'PERSON', 'ON RECORD', 'FOUND'], rows) : ''}`
}
