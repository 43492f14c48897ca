import { scanBytes } from '#scanner/reports/scan-report.ts'
import { answer, requests } from './requests.ts'

/**
 * The process that reads hostile bytes: takes files with their passwords on standard input and answers each with the scan report
 * as JSON. It has no environment, no file beyond its own program, and no right to start a process (see pool.ts).
 */
for (const { about, bytes } of requests()) answer(scanBytes(bytes, { passwords: about.passwords ?? [] }))
