import type { Command } from 'commander'
import { issueHostLink } from '#platform/auth/issue-host-link.ts'
import type { Edition } from '#platform/config.ts'
import { Problem, StartupError } from '#platform/errors.ts'
import { idSchema } from '#platform/ids.ts'
import { editionOption } from '#cli/edition.ts'
import type { Tools } from '#cli/discover-commands.ts'

/** `vedette link PERSON`: a recovery link made on the machine itself, for when no second operator is left. */
export function command(program: Command, { withApp }: Tools): void {
  program
    .command('link')
    .argument('<person>', 'id of the person, as the People page shows it')
    .description('print a one-time recovery link for a person; the audit log says that it was made on this machine')
    .addOption(editionOption())
    .action(async (person: string, { edition }: { edition: Edition }) => {
      const id = idSchema<'person'>().safeParse(person)
      if (!id.success) throw new StartupError(`${person} is not the id of a person.`)
      const link = await withApp(edition, (app) => issueHostLink(app, id.data)).catch((error: unknown) => {
        throw error instanceof Problem
          ? new StartupError(error.code === 'NOT_FOUND' ? `There is no person ${person}.` : error.message, { cause: error })
          : error
      })
      process.stdout.write(`${link.url}\nIt works once, until ${link.expiresAt.toISOString()}.\n`)
    })
}
