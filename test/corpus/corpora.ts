import { existsSync } from 'node:fs'
import { join } from 'node:path'

export const CHECKOUT = join(import.meta.dirname, '../..')
/** Real documents, hostile ones among them, that are no part of the source: the folder that VEDETTE_CORPORA names, or the one beside the checkout. They are only read. */
export const CORPORA = process.env['VEDETTE_CORPORA'] ?? join(CHECKOUT, '../shared/corpora')
export const haveCorpora = existsSync(CORPORA)
/** What the name of a test adds where the folder is not at hand. */
export const unlessThere = haveCorpora ? '' : ' (skipped: VEDETTE_CORPORA names no folder, and none lies beside the checkout)'
