import { InvalidArgumentError, type Command } from 'commander'
import { z } from 'zod'
import { TIERS } from '#program/membership/contract.ts'
import { findMember } from '#cli/find-member.ts'
import { connectToServer } from '#cli/server-client.ts'
import { asJson, asTable, shown } from '#cli/text-table.ts'

interface Json {
  readonly json?: true
}
interface Why extends Json {
  readonly reason: string
  readonly evidence?: string
}

const Who = z.looseObject({ id: z.string(), name: z.string() })
const Held = z.looseObject({ tier: z.string(), state: z.string(), until: z.string().nullable(), jurisdiction: z.string().nullable() })
const Change = z.looseObject({
  id: z.string(),
  kind: z.string(),
  state: z.string(),
  organisation: Who,
  after: Held,
  reason: z.string(),
  proposed: z.looseObject({ by: Who, at: z.string() }),
  approved: z.looseObject({ by: Who, at: z.string() }).nullable(),
})
const Standing = z.looseObject({
  present: Held,
  since: z.string(),
  due: z.string(),
  history: z.array(Held.extend({ since: z.string() })),
  changes: z.array(Change),
  people: z.array(Who),
})
type Standing = z.output<typeof Standing>
const CouldRead = z.looseObject({
  at: z.string(),
  people: z.array(z.looseObject({ person: Who, versions: z.array(z.looseObject({ package: z.string(), version: z.number(), parts: z.array(z.string()) })) })),
})

/** What a member holds and held, and the changes of it: at once what narrows, waiting for a second officer what widens. */
export function addStandingCommands(member: Command): void {
  addQuestions(member)
  change(member, 'suspend', 'suspend a member, at once', (_, why) => ({ kind: 'suspend', ...why }))
  change(member, 'reinstate', 'propose that a member is active again', (_, why, { backAccess }) => ({
    kind: 'reinstate',
    backAccess: backAccess ?? false,
    ...why,
  })).option('--back-access', 'give back what opened while it was suspended')
  change(member, 'terminate', 'end a membership, at once and for good', (_, why) => ({ kind: 'terminate', ...why }))
  member
    .command('tier')
    .argument('<member>', 'id or name')
    .argument('<tier>', TIERS.join(', '), tierOf)
    .description('change the tier of a member: a lower one at once, a higher one once a second officer approves')
    .requiredOption('--reason <text>', 'why; kept sealed')
    .option('--evidence <text>', 'what it rests on')
    .option('--json', 'as JSON')
    .action((text: string, tier: string, options: Why) => send(text, { kind: 'tier', tier, ...whyOf(options) }, options))
  member
    .command('approve')
    .argument('<change>', 'id of a change that another officer proposed')
    .description('approve a change of standing as the second officer')
    .option('--json', 'as JSON')
    .action(async (id: string, { json }: Json) => {
      print(await connectToServer().send(Change, 'POST', `/api/standing-changes/${encodeURIComponent(id)}/approval`, {}), json)
    })
}

function addQuestions(member: Command): void {
  member
    .command('show')
    .argument('<member>', 'id or name')
    .description('show what a member holds, who its people are, and what waits')
    .option('--json', 'as JSON')
    .action(async (text: string, { json }: Json) => {
      const { found, standing } = await read(text)
      process.stdout.write(json ? asJson({ ...found, standing }) : standingText(found, standing))
    })
  member
    .command('history')
    .argument('<member>', 'id or name')
    .description('show every standing that a member held, the newest first')
    .option('--json', 'as JSON')
    .action(async (text: string, { json }: Json) => {
      const { history, changes } = (await read(text)).standing
      process.stdout.write(json ? asJson({ history, changes }) : historyText(history))
    })
  member
    .command('could-read')
    .argument('<member>', 'id or name')
    .requiredOption('--at <instant>', 'an instant that is over, such as 2026-11-22T12:00:00Z', instantOf)
    .description('say what each contact of a member could read of your packages at an instant')
    .option('--json', 'as JSON')
    .action(async (text: string, { at, json }: Json & { at: string }) => {
      const server = connectToServer()
      const { id } = await findMember(server, text)
      const answer = await server.get(CouldRead, `/api/organisations/${id}/could-read?at=${encodeURIComponent(at)}`)
      const rows = answer.people.flatMap(({ person, versions }) => versions.map((one) => [person.name, one.package, String(one.version), one.parts.join(' ')]))
      process.stdout.write(json ? asJson(answer) : asTable(['PERSON', 'PACKAGE', 'VERSION', 'PARTS'], rows))
    })
}

function standingText(found: Awaited<ReturnType<typeof findMember>>, { present, since, due, people, changes }: Standing): string {
  const { id, name, kind } = found
  const { tier, state, until, jurisdiction } = present
  const facts = { id, name, kind, tier, state, since, renewal: due, until, jurisdiction, people: people.map((person) => person.name).join(', ') }
  const lines = Object.entries(facts).map(([fact, value]) => [fact, value || '-'] as const)
  const waiting = changes.filter((one) => one.state === 'waits').map((one) => ['waits', `${one.id} ${one.kind}, proposed by ${one.proposed.by.name}`] as const)
  return [...lines, ...waiting].map(([fact, value]) => `${fact.padEnd(12)} ${shown(value)}\n`).join('')
}

function historyText(history: Standing['history']): string {
  const rows = history.map(({ since, tier, state, until, jurisdiction }) => [since, tier, state, until ?? '-', jurisdiction ?? '-'])
  return asTable(['SINCE', 'TIER', 'STATE', 'UNTIL', 'JURISDICTION'], rows)
}

type Reasons = { readonly reason: string; readonly evidence?: string }
type Body = (member: string, why: Reasons, options: { readonly backAccess?: true }) => object

function change(member: Command, name: string, description: string, body: Body): Command {
  return member
    .command(name)
    .argument('<member>', 'id or name')
    .description(description)
    .requiredOption('--reason <text>', 'why; kept sealed')
    .option('--evidence <text>', 'what it rests on')
    .option('--json', 'as JSON')
    .action((text: string, options: Why & { backAccess?: true }) => send(text, body(text, whyOf(options), options), options))
}

function whyOf({ reason, evidence }: Why): Reasons {
  return { reason, ...(evidence !== undefined && { evidence }) }
}

async function send(text: string, body: object, { json }: Json): Promise<void> {
  const server = connectToServer()
  const { id } = await findMember(server, text)
  print(await server.send(Change, 'POST', `/api/organisations/${id}/standing-changes`, body), json)
}

/** The change to standard output; what is still to do to standard error. */
function print(done: z.output<typeof Change>, json: true | undefined): void {
  const { id, kind, state, organisation, after } = done
  process.stdout.write(json ? asJson(done) : `${id}  ${kind} of ${shown(organisation.name)}: ${state} (${after.tier}, ${after.state})\n`)
  if (state === 'waits') process.stderr.write(`A second membership officer has to approve it: vedette member approve ${id}\n`)
}

async function read(text: string) {
  const server = connectToServer()
  const found = await findMember(server, text)
  return { found, standing: await server.get(Standing, `/api/organisations/${found.id}/standing`) }
}

function tierOf(text: string): string {
  if ((TIERS as readonly string[]).includes(text)) return text
  throw new InvalidArgumentError(`Give one of ${TIERS.join(', ')}.`)
}

function instantOf(text: string): string {
  if (/^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(Date.parse(text))) return text
  throw new InvalidArgumentError('Write an instant as 2026-11-22T12:00:00Z.')
}
