import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** Folders of documents, in the order in which pages list them. */
export const FOLDERS = ['oletools', 'maldoca', 'yara-x', 'poi', 'tika', 'pdfjs', 'qpdf'] as const
/** Those that hold ordinary or damaged documents alone. */
export const BENIGN: ReadonlySet<string> = new Set(['poi', 'tika', 'pdfjs', 'qpdf'])

/** The folder of real documents: the one that was named, that of VEDETTE_CORPORA, or one beside the checkout; undefined where there is none. They are only read. */
export function findCorpora(named: string | undefined): string | undefined {
  const places = [named, process.env['VEDETTE_CORPORA'], join(import.meta.dirname, '../../../shared/corpora')]
  return places.find((place) => place !== undefined && existsSync(place))
}
