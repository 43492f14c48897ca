import { readdirSync } from 'node:fs'
import type { Command } from 'commander'
import type { App } from '#platform/app.ts'
import type { Edition } from '#platform/config.ts'

/** What a command gets from the entry point: the application over a database that runs already, or is started for the command's time. */
export interface Tools {
  withApp<T>(edition: Edition, work: (app: App) => Promise<T>): Promise<T>
}

/** Adds one command, or a group with its subcommands, to the program. */
export type AddCommand = (program: Command, tools: Tools) => void

/**
 * What the files of this folder export as `command`: a file is named as its command of `vedette` is. Of the command that is asked for
 * only its own file is loaded, which is what most of a short command's time would be; all of them for help, or a name that no file has.
 */
export async function discoverCommands(asked: string | undefined): Promise<AddCommand[]> {
  const files = readdirSync(new URL('.', import.meta.url)).filter((file) => /^[a-z-]+\.ts$/.test(file) && file !== 'discover-commands.ts')
  const chosen = files.includes(`${asked}.ts`) ? [`${asked}.ts`] : files.sort()
  const modules = await Promise.all(chosen.map((file) => import(new URL(file, import.meta.url).href) as Promise<{ command?: AddCommand }>))
  return modules.flatMap(({ command }) => (command ? [command] : []))
}
