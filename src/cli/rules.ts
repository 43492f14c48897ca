import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { Option, type Command } from 'commander'
import { z } from 'zod'
import { StartupError } from '#platform/errors.ts'
import { TLP_LABELS } from '#program/packages/contract.ts'
import { connectToServer, everyItem, type ServerClient } from '#cli/server-client.ts'
import { asJson, asTable } from '#cli/text-table.ts'

const EXIT_CODES = `
A set is named by its id, or by its name whatever its case. TLP:RED and AMBER+STRICT rules are known to your organisation and the
operator only; of a match of a RED one nobody else is told anything.
Exit codes: 0 done, 1 refused (rules that do not compile are named by line and column) or the server cannot be reached, 2 wrong use.`

/** A set as the list shows it; what else the server says of it is kept for `--json`. */
const YaraSet = z.looseObject({
  id: z.string(),
  name: z.string(),
  tlp: z.string(),
  enabled: z.boolean(),
  version: z.number(),
  owner: z.looseObject({ kind: z.string(), name: z.string().nullable() }),
})
type YaraSet = z.output<typeof YaraSet>
const Nothing = z.unknown()

/** `vedette rules`: YARA sets of your organisation at a running server (VEDETTE_URL, VEDETTE_TOKEN). */
export function command(program: Command): void {
  const rules = program
    .command('rules')
    .description('the YARA sets of your organisation, at the server of VEDETTE_URL with the token VEDETTE_TOKEN')
    .addHelpText('after', EXIT_CODES)
  rules
    .command('list')
    .description('list your sets, and those of others that you may know')
    .option('--json', 'as JSON')
    .action(async ({ json }: { json?: true }) => {
      const sets = await everyItem(connectToServer(), YaraSet, '/api/yara-sets')
      process.stdout.write(json ? asJson(sets) : asText(sets))
    })
  rules
    .command('add')
    .argument('<file>', 'YARA rules, one file')
    .description('add a set, or replace the one of yours that has its name; it is matched against what is handed in from then on')
    .addOption(tlp().makeOptionMandatory())
    .option('--name <name>', "what it is called; the file's name unless said")
    .option('--operator <id>', 'which operator it is for, where your organisation is a member of several')
    .action(add)
  for (const [verb, enabled] of [
    ['enable', true],
    ['disable', false],
  ] as const)
    rules
      .command(verb)
      .argument('<set>', 'id or name of a set of yours')
      .description(enabled ? 'match it again from now on' : 'match it no longer')
      .action(async (text: string) => {
        const server = connectToServer()
        const { id, name } = await findOwn(server, text)
        await server.send(Nothing, 'PUT', `/api/yara-sets/${id}/state`, { enabled })
        process.stderr.write(`${name} is ${verb}d.\n`)
      })
  rules
    .command('remove')
    .argument('<set>', 'id or name of a set of yours')
    .description('delete it with the text of every version')
    .action(async (text: string) => {
      const server = connectToServer()
      const { id, name } = await findOwn(server, text)
      await server.send(Nothing, 'DELETE', `/api/yara-sets/${id}`)
      process.stderr.write(`${name} is removed.\n`)
    })
}

function tlp(): Option {
  return new Option('--tlp <label>', 'who may know the rules, and what others are told of a match').choices(TLP_LABELS)
}

async function add(file: string, { tlp: label, name = basename(file), operator }: { tlp: string; name?: string; operator?: string }): Promise<void> {
  const text = await readText(file)
  const server = connectToServer()
  const [known, ...others] = (await listOwn(server)).filter((set) => set.name.toLowerCase() === name.trim().toLowerCase())
  if (others.length > 0) throw new StartupError(`Several sets of yours are called ${name}; give another one with --name.`)
  const wish = { name, tlp: label, text }
  const set = known
    ? await server.send(YaraSet, 'PUT', `/api/yara-sets/${known.id}`, { ...wish, version: known.version })
    : await server.send(YaraSet, 'POST', '/api/yara-sets', { ...wish, ...(operator !== undefined && { operator }) })
  process.stdout.write(`${set.id}\n`)
  process.stderr.write(`${set.name} is version ${set.version} now, TLP:${set.tlp}${set.enabled ? '' : ', disabled'}.\n`)
}

async function readText(file: string): Promise<string> {
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw new StartupError(`${file} cannot be read (${error.code}).`)
  })
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new StartupError(`${file} is not UTF-8.`)
  }
}

async function listOwn(server: ServerClient): Promise<YaraSet[]> {
  return (await everyItem(server, YaraSet, '/api/yara-sets')).filter(({ owner }) => owner.kind === 'own')
}

async function findOwn(server: ServerClient, text: string): Promise<YaraSet> {
  const key = text.trim().toLowerCase()
  const found = (await listOwn(server)).filter(({ id, name }) => id === key || name.toLowerCase() === key)
  if (found.length === 1) return found[0]!
  if (found.length === 0) throw new StartupError(`There is no set ${text} of yours.`)
  throw new StartupError(`Several sets of yours are called ${text}; give the id of one: ${found.map(({ id }) => id).join(', ')}.`)
}

function asText(sets: readonly YaraSet[]): string {
  const whose = ({ owner }: YaraSet) => (owner.kind === 'own' ? 'own' : (owner.name ?? 'a member'))
  return asTable(
    ['ID', 'NAME', 'WHOSE', 'TLP', 'STATE', 'VERSION'],
    sets.map((set) => [set.id, set.name, whose(set), set.tlp, set.enabled ? 'enabled' : 'disabled', String(set.version)]),
  )
}
