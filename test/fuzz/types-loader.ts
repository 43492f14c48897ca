import { readFile } from 'node:fs/promises'
import { stripTypeScriptTypes, type LoadHook, type ResolveHook } from 'node:module'
import { fileURLToPath } from 'node:url'

/** Hooks under those of the fuzzer: it instruments modules of JavaScript only, and names its target with `.js` at the end. */
export const resolve: ResolveHook = (specifier, context, next) => next(specifier.replace(/\.ts\.js$/, '.ts'), context)

export const load: LoadHook = async (url, context, next) => {
  if (!url.startsWith('file:') || !url.endsWith('.ts')) return next(url, context)
  return { format: 'module', source: stripTypeScriptTypes(await readFile(fileURLToPath(url), 'utf8')), shortCircuit: true }
}
