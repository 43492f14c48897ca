import { readFileSync } from 'node:fs'

/** Version of this program, as package.json names it. */
export const { version: VERSION } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
