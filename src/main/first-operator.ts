import { issueFirstLink } from '#platform/auth/issue-first-link.ts'
import type { Config } from '#platform/config.ts'
import type { Connections } from '#platform/db/server.ts'
import { createApp } from '#main/app.ts'

/** On an instance without an operator: prints the one-time link that creates the first one. Says where the console is otherwise. */
export async function printFirstLink(config: Config, connections: Connections): Promise<void> {
  const { app, close } = await createApp(config, connections, 'start')
  try {
    const link = await issueFirstLink(app)
    if (link)
      process.stdout.write(
        `\nThis instance is empty. Create its first operator with this link; it works once, until ${link.expiresAt.toISOString()}:\n\n  ${link.url}\n\n`,
      )
    else process.stdout.write(`\nVedette is ready at ${config.url.origin}\n\n`)
  } finally {
    await close()
  }
}
