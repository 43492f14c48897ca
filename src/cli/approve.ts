import type { Command } from 'commander'
import type { App } from '#platform/app.ts'
import { system } from '#platform/auth/actor.ts'
import { approveRoleChangeOnHost } from '#platform/auth/approve-role-change.ts'
import { roleChangeState } from '#platform/auth/role-change.ts'
import { listRoleChanges } from '#platform/auth/role-change-store.ts'
import type { Edition } from '#platform/config.ts'
import { Problem, StartupError } from '#platform/errors.ts'
import { idSchema } from '#platform/ids.ts'
import { editionOption } from '#cli/edition.ts'
import type { Tools } from '#cli/discover-commands.ts'

const MOST_LISTED = 200

/** `vedette approve [ROLE-CHANGE]`: the second officer's part in giving roles, done on the machine itself, for when no second officer is left. */
export function command(program: Command, { withApp }: Tools): void {
  program
    .command('approve')
    .argument('[role-change]', 'id of the role change; without it, those that wait are listed')
    .description('approve a role change when no second membership officer is left; the audit log says that it was done on this machine')
    .addOption(editionOption())
    .action(async (text: string | undefined, { edition }: { edition: Edition }) => {
      process.stdout.write(await withApp(edition, (app) => (text === undefined ? list(app) : approve(app, text))))
    })
}

async function list(app: App): Promise<string> {
  const changes = await app.db.read(system('host'), (tx) => listRoleChanges(tx, MOST_LISTED, undefined))
  const waiting = changes.filter((change) => roleChangeState(change, app.clock.now()) === 'waits')
  if (waiting.length === 0) return 'No role change waits.\n'
  return waiting.map(({ id, person_name, roles, proposer_name }) => `${id}  ${person_name}: ${roles.join(', ')}, proposed by ${proposer_name}\n`).join('')
}

async function approve(app: App, text: string): Promise<string> {
  const id = idSchema<'role-change'>().safeParse(text)
  if (!id.success) throw new StartupError(`${text} is not the id of a role change.`)
  const { change, link } = await approveRoleChangeOnHost(app, id.data).catch((error: unknown) => {
    if (!(error instanceof Problem)) throw error
    throw new StartupError(error.code === 'NOT_FOUND' ? `There is no role change ${text}.` : error.message, { cause: error })
  })
  const done = `${change.person_name} now holds: ${change.roles.join(', ')}.\n`
  return link ? `${done}${link.url}\nIt works once, until ${link.expiresAt.toISOString()}.\n` : done
}
