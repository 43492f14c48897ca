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

/** Every file in this folder that exports `command`: one per command of `vedette`. */
export async function discoverCommands(): Promise<AddCommand[]> {
  const files = readdirSync(new URL('.', import.meta.url)).filter((file) => /^[a-z-]+\.ts$/.test(file) && file !== 'discover-commands.ts')
  const modules = await Promise.all(files.sort().map((file) => import(new URL(file, import.meta.url).href) as Promise<{ command?: AddCommand }>))
  return modules.flatMap(({ command }) => (command ? [command] : []))
}
