/** What bytes are, judged by magic and structure and never by a name. `unknown` is what no rule recognises. */
export type ContentType =
  // Documents and the containers that make them.
  | 'cfb'
  | 'zip'
  | 'rtf'
  | 'pdf'
  | 'xml'
  | 'html'
  | 'text'
  | 'csv'
  | 'slk'
  | 'iqy'
  | 'activemime'
  | 'mhtml'
  | 'eml'
  | 'msg'
  | 'tnef'
  | 'onenote'
  | 'biff'
  | 'word2'
  | 'hwp3'
  | 'access'
  | 'chm'
  // What a system runs, or what starts something else.
  | 'pe'
  | 'elf'
  | 'macho'
  | 'lnk'
  | 'url-file'
  | 'script'
  | 'java-class'
  | 'wasm'
  | 'dex'
  // Archives and images of disks.
  | 'gzip'
  | 'bzip2'
  | 'xz'
  | 'zstd'
  | 'rar'
  | '7z'
  | 'cab'
  | 'tar'
  | 'iso'
  | 'udf'
  | 'ar'
  | 'arj'
  | 'ace'
  | 'lzh'
  | 'wim'
  | 'vhd'
  | 'vhdx'
  // Pictures.
  | 'jpeg'
  | 'png'
  | 'gif'
  | 'bmp'
  | 'tiff'
  | 'emf'
  | 'wmf'
  | 'ico'
  | 'webp'
  | 'psd'
  | 'jpx'
  | 'jbig2'
  | 'eps'
  // Other media.
  | 'swf'
  | 'u3d'
  | 'prc'
  | 'font'
  | 'media'
  | 'unknown'
  | 'empty'

/** Files that a system runs, or that start something else, when they are opened. */
export const EXECUTABLE: ReadonlySet<ContentType> = new Set(['pe', 'elf', 'macho', 'lnk', 'url-file', 'script', 'java-class', 'dex'])

/** Pictures, whose bytes stand in documents by the thousand. */
export const PICTURES: ReadonlySet<ContentType> = new Set(['jpeg', 'png', 'gif', 'bmp', 'tiff', 'emf', 'wmf', 'ico', 'webp', 'psd', 'jpx', 'jbig2', 'eps'])

/** Pictures in which exploits live that a reader here looks for. */
export const READ_PICTURES: ReadonlySet<ContentType> = new Set(['tiff', 'jpeg', 'emf', 'wmf', 'eps'])

/** Formats that may hold something active and that no reader here opens: their content stays unexamined. */
export const UNOPENED_CONTAINERS: ReadonlySet<ContentType> = new Set([
  'onenote',
  'ar',
  'arj',
  'ace',
  'lzh',
  'wim',
  'vhd',
  'vhdx',
  'eml',
  'mhtml',
  'msg',
  'tnef',
  'html',
  'access',
  'chm',
  'hwp3',
  'word2',
])
