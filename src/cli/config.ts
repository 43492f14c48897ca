import type { Command } from 'commander'
import { describeSettings, readConfig, type Config, type Edition, type SettingDescription } from '#platform/config.ts'
import { socketPlace } from '#platform/db/socket-dir.ts'
import { clusterDirOf } from '#platform/db/server.ts'
import { editionOption } from '#cli/edition.ts'

interface Description {
  readonly settings: readonly SettingDescription[]
  readonly database: { readonly kind: 'embedded' | 'external'; readonly socket: string | null }
}

/** `vedette config`: every setting with its meaning and value; secrets are hidden, the database socket is named. */
export function command(program: Command): void {
  program
    .command('config')
    .description('list every setting with its meaning and value')
    .addOption(editionOption())
    .option('--json', 'as JSON')
    .action(({ edition, json }: { edition: Edition; json?: true }) => {
      const config = readConfig(edition)
      const description: Description = { settings: describeSettings(config), database: databaseOf(config) }
      process.stdout.write(json ? `${JSON.stringify(description, null, 2)}\n` : asText(description))
    })
}

function databaseOf(config: Config): Description['database'] {
  if (config.databaseUrl !== undefined) return { kind: 'external', socket: null }
  return { kind: 'embedded', socket: socketPlace(clusterDirOf(config)) ?? null }
}

function asText({ settings, database }: Description): string {
  const lines = settings.map(({ name, value, set, meaning }) => `${name}=${value ?? ''}${set ? '' : '  (default)'}\n    ${meaning}\n`)
  const embedded = database.socket ? `embedded, on the socket in ${database.socket}` : 'embedded, on a socket that the first start makes'
  const where = database.kind === 'embedded' ? embedded : 'the one in DATABASE_URL'
  return `${lines.join('')}\nDatabase: ${where}\n`
}
