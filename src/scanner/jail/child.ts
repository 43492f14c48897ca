import { scanBytes } from '#scanner/reports/scan-report.ts'
import { Frames, frame } from './frames.ts'

/**
 * The process that reads hostile bytes: takes frames with a file each on standard input and answers each with the scan report
 * as JSON. It has no environment, no file system beyond its own source, and no right to start a process (see pool.ts).
 */
const frames = new Frames(Number.MAX_SAFE_INTEGER)
for await (const chunk of process.stdin) {
  for (const bytes of frames.take(chunk as Buffer)) process.stdout.write(frame(Buffer.from(JSON.stringify(scanBytes(bytes)))))
}
