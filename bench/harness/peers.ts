import { spawnSync } from 'node:child_process'

/** A program by others that reads the same documents, driven file after file in one process that is warm. */
export interface Peer {
  readonly name: string
  /** Python that defines `work(path)`. */
  readonly code: string
}

export const PEERS: Readonly<Record<'olevba' | 'rtfobj' | 'pdfid', Peer>> = {
  olevba: {
    name: 'olevba',
    code: 'from oletools.olevba import VBA_Parser\ndef work(p):\n  v = VBA_Parser(p)\n  if v.detect_vba_macros(): v.analyze_macros()\n  v.close()',
  },
  rtfobj: { name: 'rtfobj', code: "from oletools.rtfobj import RtfObjParser\ndef work(p):\n  RtfObjParser(open(p, 'rb').read()).parse()" },
  pdfid: { name: 'pdfid', code: 'from pdfid.pdfid import PDFiD\ndef work(p):\n  PDFiD(p)' },
}

const HARNESS = `
import sys, time, io, contextlib
paths = sys.stdin.read().splitlines()
errors = 0
def run(path):
  global errors
  try:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()): work(path)
  except BaseException: errors += 1
run(paths[0])
errors = 0
start = time.process_time()
for path in paths: run(path)
print(time.process_time() - start, errors)
`

/** Processor seconds that the peer takes for the files; undefined where it is not installed. */
export function measurePeer({ code }: Peer, paths: readonly string[]): { readonly cpuSeconds: number; readonly errors: number } | undefined {
  const run = spawnSync('python3', ['-c', code + HARNESS], { input: paths.join('\n'), encoding: 'utf8', timeout: 1_200_000 })
  const [cpuSeconds, errors] = run.status === 0 ? run.stdout.trim().split(' ').map(Number) : []
  return cpuSeconds === undefined ? undefined : { cpuSeconds, errors: errors! }
}
