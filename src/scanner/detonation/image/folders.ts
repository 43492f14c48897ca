import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { apart, runProgram, type Mode } from './run-program.ts'

/** What a file of JSON holds; undefined where there is none that can be read. */
export function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}

/** Puts a finished folder in the place of another: whoever looks finds the one or the other, and `restoreFolder` mends it when this is cut short. */
export function replaceFolder(made: string, folder: string): void {
  const old = `${folder}.old`
  rmSync(old, { recursive: true, force: true })
  if (existsSync(folder)) renameSync(folder, old)
  renameSync(made, folder)
  rmSync(old, { recursive: true, force: true })
}

/** Takes up what a build left that was killed: an old folder whose successor never came, and what was half made. */
export async function restoreFolder(folder: string, mode: Mode): Promise<void> {
  const old = `${folder}.old`
  if (existsSync(old)) {
    if (existsSync(folder)) rmSync(old, { recursive: true, force: true })
    else renameSync(old, folder)
  }
  if (existsSync(`${folder}.making`)) await removeTree(`${folder}.making`, mode)
}

/** Removes a tree whose files have many owners. */
export async function removeTree(path: string, mode: Mode): Promise<void> {
  const { code, said } = await runProgram(apart(mode, ['rm', '-rf', '--one-file-system', '--', path]))
  if (code !== 0) throw new Error(`${path} cannot be removed: ${said.trim().slice(-500)}`)
}
